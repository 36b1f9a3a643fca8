//! Session tokens, and those that ride along in answers about a client: one page load asks several times, and each of its
//! answers would sign the same again.
//!
//! Invariant: a token is handed out again only in place of one that would say the same, and only while that is as good.

use domain::session::claims::{SessionTokenClaims, next_due_at};
use entity::UnixMilliseconds;
use kernel::{
    crypto::{digest::token_fingerprint, jwt::SigningKey},
    error::Result,
};
use moka::sync::Cache;
use std::{ops::Range, sync::Arc};
use tokio::sync::Mutex;

/// For how long a token rides along again, in milliseconds.
const RIDING_TIME: i64 = 5_000;
/// By how much the clock may go back and be the same still, in milliseconds.
const CLOCK_LEEWAY: i64 = 1_000;
/// How many are kept. Some kilobyte each.
const CAPACITY: u64 = 4_096;

/// A session token.
#[derive(Clone)]
pub struct Token {
    /// The compact JWS (RFC 7515 section 3.1).
    pub jwt: String,
    /// Its `iat`.
    pub issued_at: UnixMilliseconds,
    /// Its `exp`.
    pub expires_at: UnixMilliseconds,
}

impl Token {
    /// While it needs no successor. A clock that was put back to before it was made has ended that too, since nobody knows then
    /// how long ago it was.
    #[must_use]
    pub fn suffices(&self) -> Range<UnixMilliseconds> {
        self.issued_at.saturating_sub(CLOCK_LEEWAY)..next_due_at(self.issued_at, self.expires_at)
    }
}

impl std::fmt::Debug for Token {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Token")
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

/// The tokens that rode along a moment ago, by what they say and by which key.
#[derive(Debug)]
pub struct RidingTokens(Cache<[u8; 32], Arc<Mutex<Option<Riding>>>>);

#[derive(Debug)]
struct Riding {
    token: Token,
    signed_at: UnixMilliseconds,
    /// Its `iat`, in Unix seconds.
    issued_at: i64,
}

impl Riding {
    /// Whether it is as good as a new one. SDKs refuse a token whose second lies before the last change of its client, and a
    /// clock that was put back must not keep one alive.
    fn will_do(&self, now: UnixMilliseconds, client_updated_at: UnixMilliseconds) -> bool {
        (0..RIDING_TIME).contains(&(now - self.signed_at)) && self.issued_at.saturating_mul(1_000) >= client_updated_at
    }
}

/// The token that is to ride along.
pub(super) struct Wanted<'a> {
    /// What signs it.
    pub(super) key: &'a SigningKey,
    /// What it says, were it made now.
    pub(super) claims: &'a SessionTokenClaims,
    /// When its client last changed.
    pub(super) client_updated_at: UnixMilliseconds,
}

impl RidingTokens {
    /// None yet.
    #[must_use]
    pub fn new() -> Self {
        Self(Cache::new(CAPACITY))
    }

    /// The wanted token if it rode along a moment ago, else a new one, which `sign` makes. Whoever asks for the same meanwhile
    /// waits for it.
    ///
    /// # Errors
    /// When it cannot be signed.
    pub(super) async fn get(
        &self,
        wanted: Wanted<'_>,
        now: impl Fn() -> UnixMilliseconds + Send,
        sign: impl FnOnce() -> Result<Token> + Send,
    ) -> Result<Token> {
        let Wanted {
            key,
            claims,
            client_updated_at,
        } = wanted;
        let place = self.0.get_with(name_of(key, claims)?, Arc::default);
        let mut riding = place.lock().await;
        // Not earlier: whoever waited would take a token for one of the future.
        let now = now();
        if let Some(known) = riding.as_ref().filter(|known| known.will_do(now, client_updated_at)) {
            return Ok(known.token.clone());
        }
        let token = sign()?;
        *riding = Some(Riding {
            token: token.clone(),
            signed_at: now,
            issued_at: claims.iat,
        });
        Ok(token)
    }
}

impl Default for RidingTokens {
    fn default() -> Self {
        Self::new()
    }
}

/// What tells tokens apart that are not the same but for the time of their making.
fn name_of(key: &SigningKey, claims: &SessionTokenClaims) -> Result<[u8; 32]> {
    let said = serde_json::to_string(&claims.timeless()).map_err(crate::internal)?;
    Ok(token_fingerprint(&format!("{} {said}", key.kid())))
}

#[cfg(test)]
mod tests {
    use super::{Riding, Token};

    #[test]
    fn a_token_rides_again_for_five_seconds_unless_its_client_changed_or_the_clock_went_back() {
        let riding = Riding {
            token: Token {
                jwt: String::new(),
                issued_at: 0,
                expires_at: 0,
            },
            signed_at: 10_400,
            issued_at: 10,
        };
        for (now, client_updated_at, expected) in [
            (10_400, 0, true),
            (15_399, 0, true),
            (15_400, 0, false),
            (10_399, 0, false),
            (11_000, 10_000, true),
            (11_000, 10_001, false),
            (11_000, 10_700, false),
        ] {
            let will_do = riding.will_do(now, client_updated_at);
            assert_eq!(will_do, expected, "at {now}, changed at {client_updated_at}");
        }
    }

    #[test]
    fn a_token_suffices_until_shortly_before_its_end_and_while_the_clock_stays() {
        let token = Token {
            jwt: String::new(),
            issued_at: 100_000,
            expires_at: 160_000,
        };
        for (now, expected) in [(98_999, false), (99_000, true), (149_999, true), (150_000, false)] {
            assert_eq!(token.suffices().contains(&now), expected, "at {now}");
        }
    }
}
