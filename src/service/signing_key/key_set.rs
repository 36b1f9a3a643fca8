//! The keys of one instance, opened and ready for use.

use crate::internal;
use entity::UnixMilliseconds;
use kernel::{
    crypto::jwt::{Jwk, SigningKey, VerificationKey},
    error::{Error, Result},
};
use serde::Serialize;
use std::sync::Arc;

/// The keys of one instance.
#[derive(Debug)]
pub struct KeySet {
    /// Signs new tokens.
    pub signer: Arc<SigningKey>,
    /// Verifies living tokens, the newest first.
    pub verifiers: Vec<Arc<VerificationKey>>,
    /// The JWKS document (RFC 7517), as bytes ready to be sent.
    pub jwks: bytes::Bytes,
    /// When the first of the retired keys leaves the set; `None` while none is retired.
    pub(super) outdated_at: Option<UnixMilliseconds>,
}

/// RFC 7517 section 5.
#[derive(Serialize)]
struct JwkSet {
    keys: Vec<Jwk>,
}

impl KeySet {
    /// The verification key of that `kid`.
    #[must_use]
    pub fn verifier(&self, kid: &str) -> Option<Arc<VerificationKey>> {
        self.verifiers.iter().find(|key| key.kid() == kid).cloned()
    }

    /// The set of these keys, the one that signs first.
    ///
    /// # Errors
    /// When there is none, or the document cannot be written.
    pub(super) fn of(keys: Vec<SigningKey>, outdated_at: Option<UnixMilliseconds>) -> Result<Self> {
        let verifiers = keys.iter().map(|key| Arc::new(key.verification_key())).collect();
        let document = JwkSet {
            keys: keys.iter().map(SigningKey::jwk).collect(),
        };
        let jwks = serde_json::to_vec(&document).map_err(internal)?.into();
        let signer = keys
            .into_iter()
            .next()
            .ok_or_else(|| Error::internal(anyhow::anyhow!("no signing key")))?;
        Ok(Self {
            signer: Arc::new(signer),
            verifiers,
            jwks,
            outdated_at,
        })
    }
}
