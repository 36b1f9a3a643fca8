//! The certificate that is served with, read again whenever its files change.

use anyhow::{Context as _, Result};
use arc_swap::ArcSwap;
use rustls::{
    ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, SystemTime},
};
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

/// How often the files are looked at.
const RELOAD: Duration = Duration::from_secs(30);

/// A certificate and its key. Cheap to clone; all clones serve with the newest one.
#[derive(Clone, Debug)]
pub struct Tls {
    certificate: PathBuf,
    key: PathBuf,
    current: Arc<ArcSwap<ServerConfig>>,
}

impl Tls {
    /// Reads the PEM files.
    ///
    /// # Errors
    /// When one of them cannot be read, or they do not belong together.
    pub async fn load(certificate: PathBuf, key: PathBuf) -> Result<Self> {
        let current = read(&certificate, &key).await.context("the TLS files cannot be read")?;
        Ok(Self {
            certificate,
            key,
            current: Arc::new(ArcSwap::from_pointee(current)),
        })
    }

    /// What a new connection is served with.
    pub(super) fn current(&self) -> Arc<ServerConfig> {
        self.current.load_full()
    }

    /// Reads the files again whenever they have changed, until `shutdown`.
    pub async fn follow(self, shutdown: CancellationToken) {
        let mut seen = self.changed();
        let mut interval = interval(RELOAD);
        interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = shutdown.cancelled() => return,
                _ = interval.tick() => {}
            }
            let now = self.changed();
            // What cannot be read now is tried again: nothing tells when it can.
            if now != seen && self.reload().await {
                seen = now;
            }
        }
    }

    /// Whether the files could be read.
    async fn reload(&self) -> bool {
        match read(&self.certificate, &self.key).await {
            Ok(config) => {
                self.current.store(Arc::new(config));
                tracing::info!("the TLS files were read again");
                true
            }
            Err(error) => {
                tracing::error!("the TLS files changed but cannot be read, the old ones stay: {error:#}");
                false
            }
        }
    }

    fn changed(&self) -> [Option<SystemTime>; 2] {
        [&self.certificate, &self.key].map(|path| std::fs::metadata(path).and_then(|metadata| metadata.modified()).ok())
    }
}

async fn read(certificate: &Path, key: &Path) -> Result<ServerConfig> {
    let bytes = async |path: &Path| {
        let read = tokio::fs::read(path).await;
        read.with_context(|| format!("{} cannot be read", path.display()))
    };
    let chain: Vec<_> = CertificateDer::pem_slice_iter(&bytes(certificate).await?)
        .collect::<Result<_, _>>()
        .with_context(|| format!("{} is not PEM", certificate.display()))?;
    let private = PrivateKeyDer::from_pem_slice(&bytes(key).await?)
        .with_context(|| format!("{} holds no private key in PEM", key.display()))?;
    let mut config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(chain, private)
        .context("the certificate and the key cannot be used")?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

#[cfg(test)]
mod tests {
    use super::Tls;
    use std::{fs, path::Path, sync::Arc};

    /// Writes a certificate and a key that belong together.
    fn issue(directory: &Path) {
        let issued = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
        fs::write(directory.join("certificate.pem"), issued.cert.pem()).unwrap();
        fs::write(directory.join("key.pem"), issued.signing_key.serialize_pem()).unwrap();
    }

    async fn load(directory: &Path) -> anyhow::Result<Tls> {
        drop(rustls::crypto::aws_lc_rs::default_provider().install_default());
        Tls::load(directory.join("certificate.pem"), directory.join("key.pem")).await
    }

    #[tokio::test]
    async fn new_files_replace_the_old_ones_and_broken_ones_do_not() {
        let directory = tempfile::tempdir().unwrap();
        issue(directory.path());
        let tls = load(directory.path()).await.unwrap();
        let first = tls.current();
        issue(directory.path());
        tls.reload().await;
        let second = tls.current();
        assert!(!Arc::ptr_eq(&first, &second));
        fs::write(directory.path().join("key.pem"), "not a key").unwrap();
        tls.reload().await;
        assert!(Arc::ptr_eq(&second, &tls.current()));
    }

    #[tokio::test]
    async fn files_that_are_missing_or_do_not_belong_together_are_refused() {
        let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let message = format!("{:#}", load(one.path()).await.unwrap_err());
        assert!(message.contains("certificate.pem cannot be read"), "{message}");
        issue(one.path());
        issue(other.path());
        fs::copy(other.path().join("key.pem"), one.path().join("key.pem")).unwrap();
        let message = format!("{:#}", load(one.path()).await.unwrap_err());
        assert!(message.contains("cannot be used"), "{message}");
    }
}
