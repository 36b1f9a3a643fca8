//! Session tokens: RS256 JWTs (RFC 7519), signed by a cached key pair and verified by the jsonwebtoken crate.
//!
//! Invariant: what a token's header may hold is a closed list. A header that names an algorithm, a type or a field that is
//! not ours is refused before any key is looked up (RFC 8725 section 3).

mod session_token;
mod signing_key;

pub use session_token::{SessionOrganization, SessionTokenClaims, verify_session_token};
pub use signing_key::{Jwk, SigningKey, TokenCategory, VerificationKey};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::de::DeserializeOwned;

/// Why a token could not be made or is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// It is not a JWT with a header of ours.
    #[error("the token is malformed")]
    Malformed,
    /// It names a key that is not known.
    #[error("the token was signed by an unknown key")]
    UnknownKey,
    /// Its signature does not fit.
    #[error("the token's signature is wrong")]
    Signature,
    /// Another instance issued it.
    #[error("the token was issued by another instance")]
    Issuer,
    /// A claim is missing, present twice, or of the wrong form.
    #[error("the token's claims are malformed")]
    Claims,
    /// It is past its `exp`.
    #[error("the token has expired")]
    Expired,
    /// It is before its `nbf`.
    #[error("the token is not valid yet")]
    NotYetValid,
    /// The cryptographic library failed, or the claims are not JSON.
    #[error("the token could not be signed")]
    Signing,
}

/// The header of a token of exactly three parts, none of them empty. Verifies nothing.
pub(super) fn read_header<Header: DeserializeOwned>(token: &str) -> Option<Header> {
    let mut parts = token.split('.');
    let header = parts.next()?;
    let rest = [parts.next()?, parts.next()?];
    if parts.next().is_some() || header.is_empty() || rest.iter().any(|part| part.is_empty()) {
        return None;
    }
    let header = URL_SAFE_NO_PAD.decode(header).ok()?;
    serde_json::from_slice(&header).ok()
}
