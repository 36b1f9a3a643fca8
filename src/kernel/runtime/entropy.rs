//! Random bytes, and the identifiers and tokens that are made of them.
//!
//! Invariant: outside tests every byte comes from the operating system's generator by way of AWS-LC; there is no fallback
//! to anything weaker.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use entity::id::{ID_ENTROPY_BYTES, TypedId};
use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use std::sync::{Arc, Mutex, PoisonError};

/// Bytes in a token made by [`Entropy::token`].
pub const TOKEN_BYTES: usize = 32;

/// A source of random bytes. Clones draw from the same source.
#[derive(Clone, Debug)]
pub struct Entropy {
    source: Source,
}

#[derive(Clone, Debug)]
enum Source {
    System,
    Seeded(Arc<Mutex<StdRng>>),
}

impl Entropy {
    /// The operating system's randomness.
    #[must_use]
    pub fn system() -> Self {
        Self { source: Source::System }
    }

    /// A generator that gives the same bytes for the same seed. For tests: its secrets are no secrets.
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        let generator = StdRng::seed_from_u64(seed);
        Self {
            source: Source::Seeded(Arc::new(Mutex::new(generator))),
        }
    }

    /// Fills `bytes` with randomness.
    ///
    /// Ends the process when the operating system has no randomness to give: nothing that follows would be safe, and an
    /// error would invite a caller to go on.
    pub fn fill(&self, bytes: &mut [u8]) {
        match &self.source {
            Source::System => {
                if aws_lc_rs::rand::fill(bytes).is_err() {
                    tracing::error!("the operating system gives no randomness; stopping");
                    std::process::abort();
                }
            }
            // A panic in another test's thread leaves the generator in a state as random as any.
            Source::Seeded(generator) => generator
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .fill_bytes(bytes),
        }
    }

    /// `LENGTH` random bytes.
    #[must_use]
    pub fn bytes<const LENGTH: usize>(&self) -> [u8; LENGTH] {
        let mut bytes = [0; LENGTH];
        self.fill(&mut bytes);
        bytes
    }

    /// A new identifier, time-ordered by `now` (Unix milliseconds).
    #[must_use]
    pub fn id<T: TypedId>(&self, now: i64) -> T {
        T::generate(now, self.bytes::<ID_ENTROPY_BYTES>())
    }

    /// A new secret: 256 random bits in 43 characters of base64url (RFC 4648 section 5) without padding.
    #[must_use]
    pub fn token(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.bytes::<TOKEN_BYTES>())
    }
}

#[cfg(test)]
mod tests {
    use super::Entropy;
    use entity::id::{SessionId, TypedId as _};

    #[test]
    fn one_seed_gives_one_sequence() {
        let (first, second, other) = (Entropy::seeded(1), Entropy::seeded(1), Entropy::seeded(2));
        let token = first.token();
        assert_eq!(token, second.token());
        assert_ne!(token, other.token());
        assert_ne!(token, first.token());
    }

    #[test]
    fn clones_share_their_source() {
        let entropy = Entropy::seeded(1);
        assert_ne!(entropy.clone().token(), entropy.token());
    }

    #[test]
    fn system_tokens_differ_and_are_256_bits() {
        let entropy = Entropy::system();
        let token = entropy.token();
        assert_eq!(token.len(), 43);
        assert_ne!(token, entropy.token());
    }

    #[test]
    fn ids_sort_by_their_time() {
        let entropy = Entropy::seeded(3);
        let earlier: SessionId = entropy.id(1_795_000_000_000);
        let later: SessionId = entropy.id(1_795_000_001_000);
        assert!(earlier < later);
        assert!(earlier.as_str().starts_with("sess_"));
    }
}
