//! A session token as it is sent: bare, since SDKs read it without an envelope.
//!
//! Invariant: nothing but the token is in it.

use serde::Serialize;

/// A session token.
#[derive(Clone, Serialize)]
pub struct TokenView<'a> {
    object: &'static str,
    jwt: &'a str,
}

impl<'a> TokenView<'a> {
    /// A compact JWS as it is sent.
    #[must_use]
    pub const fn of(jwt: &'a str) -> Self {
        Self { object: "token", jwt }
    }
}

/// Without the token, which is a credential.
impl std::fmt::Debug for TokenView<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("TokenView").finish_non_exhaustive()
    }
}
