//! An authenticator app as it is sent.
//!
//! Invariant: the secret is there only in the answer to the request that made it.

use entity::{UnixMilliseconds, id::TotpId};
use serde::Serialize;
use service::totp::TotpState;

/// An authenticator app.
#[derive(Serialize)]
pub struct TotpView<'a> {
    object: &'static str,
    id: &'a TotpId,
    secret: Option<&'a str>,
    uri: Option<&'a str>,
    verified: bool,
    backup_codes: Option<&'a [String]>,
    created_at: UnixMilliseconds,
    updated_at: UnixMilliseconds,
}

impl<'a> TotpView<'a> {
    /// An app as it stands.
    #[must_use]
    pub fn of(state: &'a TotpState) -> Self {
        Self {
            object: "totp",
            id: &state.id,
            secret: state.secret.as_deref().map(String::as_str),
            uri: state.uri.as_deref().map(String::as_str),
            verified: state.verified,
            backup_codes: state.backup_codes.as_deref(),
            created_at: state.created_at,
            updated_at: state.updated_at,
        }
    }
}
