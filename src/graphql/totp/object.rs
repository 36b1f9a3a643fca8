//! What is shown of an authenticator app.

use crate::{
    error::{Nullable, nullable},
    scalar::DateTime,
};
use async_graphql::{Context, ID, Object};
use service::totp::TotpState;

/// A person's authenticator app.
pub struct Totp(TotpState);

impl From<TotpState> for Totp {
    fn from(state: TotpState) -> Self {
        Self(state)
    }
}

/// A person's authenticator app: a second proof at sign-in once a code of it was shown.
#[Object]
impl Totp {
    /// Its identifier.
    async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// The secret in base 32, for people who type it into their app; null when it was not just made.
    async fn secret(&self) -> Option<&str> {
        self.0.secret.as_deref().map(String::as_str)
    }

    /// The `otpauth://totp/…` URI that apps read the secret from; null when it was not just made.
    async fn uri(&self) -> Option<&str> {
        self.0.uri.as_deref().map(String::as_str)
    }

    /// The URI as a QR code, an SVG document; null when it was not just made.
    async fn qr_code(&self, context: &Context<'_>) -> Nullable<String> {
        nullable(context, self.0.qr_code())
    }

    /// Whether a code of it was shown, from when on it is asked for.
    async fn verified(&self) -> bool {
        self.0.verified
    }

    /// The codes that stand in for it, which the person is given with it; null when they were not just made.
    async fn backup_codes(&self) -> Option<&[String]> {
        self.0.backup_codes.as_deref()
    }

    /// When it was set up.
    async fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }

    /// When it last changed.
    async fn updated_at(&self) -> DateTime {
        self.0.updated_at.into()
    }
}
