//! What a session token says. Signing it is not here.
//!
//! Invariant: a token says nothing that its session does not; it has no audience, and names the party that it was
//! minted for whenever there is one.

use super::Session;
use crate::settings::session::TokenVersionSetting;
use entity::{
    id::{SessionId, UserId},
    kind::SessionStatus,
};
use serde::{Deserialize, Serialize};

/// A token is good from this many seconds before it was made, for clocks that are slow.
pub const NOT_BEFORE_LEEWAY_SECONDS: i64 = 10;

/// The longest time before its end at which a token is followed by the next one, in milliseconds.
const LEAD_MS: i64 = 10_000;

/// The first API version whose callers understand tokens of version 2.
const FIRST_API_VERSION_WITH_V2: &str = "2025-04-10";

/// The form of the claims.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenVersion {
    /// The older form, which every caller understands.
    V1,
    /// The newer form, with `v` and `jti`.
    V2,
}

impl TokenVersion {
    /// The form for callers of an API version (`YYYY-MM-DD`). Dates that are not known yet count by their order;
    /// what is no date counts as none.
    #[must_use]
    pub fn for_api_version(api_version: Option<&str>) -> Self {
        // Dates of this form sort as texts.
        match api_version {
            Some(version) if is_date(version) && version >= FIRST_API_VERSION_WITH_V2 => Self::V2,
            _ => Self::V1,
        }
    }

    /// The form that an instance has chosen.
    #[must_use]
    pub fn chosen(setting: TokenVersionSetting, api_version: Option<&str>) -> Self {
        match setting {
            TokenVersionSetting::V1 => Self::V1,
            TokenVersionSetting::V2 => Self::V2,
            TokenVersionSetting::ByApiVersion => Self::for_api_version(api_version),
        }
    }
}

/// Whether `text` is `YYYY-MM-DD` with a month and a day that exist in some year.
fn is_date(text: &str) -> bool {
    let within = |part: &str, length: usize, lowest: u32, highest: u32| {
        part.len() == length
            && part.bytes().all(|byte| byte.is_ascii_digit())
            && part
                .parse()
                .is_ok_and(|number: u32| (lowest..=highest).contains(&number))
    };
    let mut parts = text.split('-');
    matches!(
        (parts.next(), parts.next(), parts.next(), parts.next()),
        (Some(year), Some(month), Some(day), None)
            if within(year, 4, 0, 9999) && within(month, 2, 1, 12) && within(day, 2, 1, 31)
    )
}

/// The claims of a session token, in the order in which they are written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionTokenClaims {
    /// The origin that the token was minted for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub azp: Option<String>,
    /// When it expires, in Unix seconds.
    pub exp: i64,
    /// Minutes since the first and the second factor; -1 for never.
    pub fva: [i64; 2],
    /// When it was made, in Unix seconds.
    pub iat: i64,
    /// Who made it.
    pub iss: String,
    /// Its own identifier, from version 2 on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jti: Option<String>,
    /// From when it is good, in Unix seconds.
    pub nbf: i64,
    /// The session.
    pub sid: SessionId,
    /// The status of the session.
    pub sts: SessionStatus,
    /// The user.
    pub sub: UserId,
    /// The version, from 2 on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub v: Option<u8>,
}

/// How a token is to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenRequest<'a> {
    /// The form of the claims.
    pub version: TokenVersion,
    /// The `iss`, without a slash at its end.
    pub issuer: &'a str,
    /// The request's `Origin`.
    pub origin: Option<&'a str>,
    /// An identifier that no other token has; used from version 2 on.
    pub token_id: String,
    /// How long it lives, in seconds.
    pub lifetime_seconds: u32,
}

impl SessionTokenClaims {
    /// The claims of a token of `session` made at `now` (Unix milliseconds). Whether the session is active is for the
    /// caller to check.
    #[must_use]
    pub fn new(session: &Session, request: TokenRequest<'_>, now: i64) -> Self {
        let issued_at = now.div_euclid(1000);
        let is_v2 = request.version == TokenVersion::V2;
        Self {
            azp: request.origin.map(str::to_owned),
            exp: issued_at.saturating_add(i64::from(request.lifetime_seconds)),
            fva: session.factor_verification_age(now),
            iat: issued_at,
            iss: request.issuer.to_owned(),
            jti: is_v2.then_some(request.token_id),
            nbf: issued_at.saturating_sub(NOT_BEFORE_LEEWAY_SECONDS),
            sid: session.id,
            sts: session.status_at(now),
            sub: session.user_id,
            v: is_v2.then_some(2),
        }
    }

    /// The same without when it was made and without its own identifier: how long it is good from then on, and all else.
    #[must_use]
    pub fn timeless(&self) -> Self {
        Self {
            exp: self.exp.saturating_sub(self.iat),
            iat: 0,
            jti: None,
            nbf: self.nbf.saturating_sub(self.iat),
            ..self.clone()
        }
    }
}

/// When the next token is due for whoever follows the tokens of a session (all in Unix milliseconds): ten seconds before the end of
/// this one, so that none ends on its way, or when a third of its life is left, if that is less.
#[must_use]
pub fn next_due_at(issued_at: i64, expires_at: i64) -> i64 {
    let lifetime = expires_at.saturating_sub(issued_at).max(0);
    expires_at.saturating_sub(LEAD_MS.min(lifetime / 3))
}

#[cfg(test)]
mod tests;
