//! An authenticator app as it is shown, by both faces alike.

use crate::internal;
use entity::{UnixMilliseconds, id::TotpId, totp::Model};
use kernel::{crypto::totp::Authenticator, error::Result};
use qrcode::{QrCode, render::svg};
use std::fmt;
use zeroize::Zeroizing;

/// The fewest pixels of a QR code, each way.
const QR_PIXELS: u32 = 200;

/// An authenticator app.
#[derive(Clone)]
pub struct TotpState {
    /// Its identifier.
    pub id: TotpId,
    /// The secret in base 32, as people type it; only when it was just made.
    pub secret: Option<Zeroizing<String>>,
    /// What a QR code of it holds; only when it was just made.
    pub uri: Option<Zeroizing<String>>,
    /// Whether its owner has shown a code of it.
    pub verified: bool,
    /// The codes that stand in for it; only when they were just made.
    pub backup_codes: Option<Vec<String>>,
    /// When it was set up.
    pub created_at: UnixMilliseconds,
    /// When it last changed.
    pub updated_at: UnixMilliseconds,
}

impl fmt::Debug for TotpState {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("TotpState")
            .field("id", &self.id)
            .field("verified", &self.verified)
            .finish_non_exhaustive()
    }
}

impl TotpState {
    /// A new one, with its secret.
    pub(super) fn new(row: &Model, authenticator: &Authenticator) -> Result<Self> {
        Ok(Self {
            secret: Some(authenticator.secret()),
            uri: Some(authenticator.uri().map_err(internal)?),
            ..Self::of(row)
        })
    }

    /// One whose secret is not shown any more.
    pub(super) fn of(row: &Model) -> Self {
        Self {
            id: row.id,
            secret: None,
            uri: None,
            verified: row.verified,
            backup_codes: None,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }

    /// The URI as a QR code: an SVG document. Only when it was just made.
    ///
    /// # Errors
    /// When the URI is too long for a code.
    pub fn qr_code(&self) -> Result<Option<String>> {
        let Some(uri) = &self.uri else { return Ok(None) };
        let code = QrCode::new(uri.as_bytes()).map_err(internal)?;
        let image = code
            .render::<svg::Color<'_>>()
            .min_dimensions(QR_PIXELS, QR_PIXELS)
            .build();
        Ok(Some(image))
    }
}
