//! How mail leaves.
//!
//! Without a server no mail leaves: the development inbox shows it instead.

#[cfg(doc)]
use super::Judges;
use super::{layer::Layers, secret::SecretText};
use url::{Host, Url};

/// The `[mail]` section and `smtp_url`.
#[derive(Clone, Debug)]
pub struct Mail {
    /// `smtp://` or `smtps://` with a host; secret because it may hold a password.
    pub smtp_url: Option<SecretText>,
    /// Name by which mail servers are greeted; without it the host that this server is reached at.
    pub ehlo_name: Option<Host>,
    /// Sender of every mail, as one that [`Judges::is_sender`] accepts.
    pub from: String,
}

impl Mail {
    pub(super) fn read(layers: &mut Layers) -> Option<Self> {
        let smtp_url = layers.text("smtp_url", "smtp://user:password@host:port, or smtps://", |text| {
            let url = Url::parse(text).ok()?;
            let is_mail_server =
                matches!(url.scheme(), "smtp" | "smtps") && url.host_str().is_some_and(|host| !host.is_empty());
            is_mail_server.then(|| SecretText::new(text.to_owned()))
        });
        let ehlo_name = layers.text("mail.ehlo_name", "a host name or an IP address", |text| {
            Host::parse(text).ok()
        });
        let is_sender = layers.judges().is_sender;
        let from = layers.text("mail.from", "an address such as \"Name <name@example.com>\"", |text| {
            is_sender(text).then(|| text.to_owned())
        });
        Some(Self {
            smtp_url,
            ehlo_name,
            from: from?,
        })
    }
}
