//! Password digests: Argon2id (RFC 9106) on threads of its own, and verification of imported digests.
//!
//! Hashing is slow on purpose, so it never runs on a thread that serves requests, and what waits for it is bounded.
//! Invariant: verifying without a stored digest costs what verifying with a current one costs, so that time does not tell
//! who exists.

mod digest;
mod pool;

use crate::runtime::entropy::Entropy;
use argon2::Params;
use digest::Scheme;
use pool::Pool;
use std::{fmt, sync::Arc};
use tokio::sync::Semaphore;
use zeroize::Zeroizing;

/// What hashing costs and how much of it may run and wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HasherConfig {
    /// Threads that hash. Each holds `memory_kib` for as long as it lives.
    pub threads: usize,
    /// Passwords that may wait; more are turned away as busy.
    pub queue: usize,
    /// Memory of one digest, in KiB.
    pub memory_kib: u32,
    /// Passes over the memory.
    pub iterations: u32,
    /// Lanes of the memory. They are computed one after the other.
    pub parallelism: u32,
}

impl Default for HasherConfig {
    /// One thread per two cores, and the OWASP minimum for Argon2id: 19 MiB, two passes, one lane.
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            threads: cores.div_ceil(2),
            queue: 128,
            memory_kib: 19 * 1024,
            iterations: 2,
            parallelism: 1,
        }
    }
}

impl HasherConfig {
    /// How long a full queue takes, in whole seconds, at least one: what a busy caller is told. An estimate from the
    /// cost, since one pass over 19 MiB takes some 8 ms on present hardware.
    fn retry_after_seconds(&self) -> u32 {
        const KIB_PER_MILLISECOND: u64 = 2_400;
        let cost = u64::from(self.memory_kib) * u64::from(self.iterations);
        let waiting = self.queue.div_ceil(self.threads.max(1)) as u64;
        let seconds = cost.saturating_mul(waiting) / KIB_PER_MILLISECOND / 1_000;
        u32::try_from(seconds).unwrap_or(u32::MAX).max(1)
    }
}

/// Why a password was not hashed or checked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HasherError {
    /// Too many passwords wait already.
    #[error("too many passwords wait to be hashed")]
    Busy {
        /// When to come again, in seconds.
        retry_after_seconds: u32,
    },
    /// The stored digest is of an unknown form, malformed, or would cost more than is allowed.
    #[error("the stored digest is not supported: {reason}")]
    Unsupported {
        /// What is wrong with it. Never a part of the digest.
        reason: &'static str,
    },
    /// The configured cost is impossible.
    #[error("the configured hashing cost is impossible: {reason}")]
    Config {
        /// What is wrong with it.
        reason: String,
    },
    /// The job failed or its thread is gone. The cause is in the log.
    #[error("the password hasher failed")]
    Failed,
}

/// What checking a password found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Whether the password is the right one.
    pub matches: bool,
    /// Whether the stored digest is of another algorithm or cost than new ones: replace it if the password matches.
    pub outdated: bool,
}

/// Hashes and checks passwords. Clones share the threads, which end when the last clone is dropped.
#[derive(Clone)]
pub struct PasswordHasher {
    shared: Arc<Shared>,
}

struct Shared {
    pool: Pool,
    beside: Arc<Semaphore>,
    /// Places for those who wait for `beside`, or have it.
    waiting: Semaphore,
    retry_after_seconds: u32,
    scheme: Scheme,
    entropy: Entropy,
    /// A digest of no password, of the cost of new ones.
    dummy: String,
}

impl fmt::Debug for PasswordHasher {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("PasswordHasher")
            .field("scheme", &self.shared.scheme)
            .finish_non_exhaustive()
    }
}

impl PasswordHasher {
    /// Starts the threads.
    ///
    /// # Errors
    ///
    /// `Config` when the cost is impossible, `Failed` when no thread can be started.
    pub fn start(config: HasherConfig, entropy: Entropy) -> Result<Self, HasherError> {
        let scheme = Params::new(
            config.memory_kib,
            config.iterations,
            config.parallelism,
            Some(digest::OUTPUT_BYTES),
        )
        .map(Scheme::new)
        .map_err(|error| HasherError::Config {
            reason: error.to_string(),
        })?;
        // Random in place of a computed output: no password is known to give it, and checking against it costs the same.
        let dummy = scheme.digest_text(&entropy.bytes(), &entropy.bytes())?;
        let pool = Pool::start(&config, scheme.block_count())?;
        Ok(Self {
            shared: Arc::new(Shared {
                pool,
                beside: Arc::new(Semaphore::new(config.threads.max(1))),
                waiting: Semaphore::new(config.queue.max(1) + config.threads.max(1)),
                retry_after_seconds: config.retry_after_seconds(),
                scheme,
                entropy,
                dummy,
            }),
        })
    }

    /// A new digest of `password`, as a PHC string.
    ///
    /// # Errors
    ///
    /// `Busy` when too many wait, `Failed` when the job failed.
    pub async fn hash(&self, password: Zeroizing<String>) -> Result<String, HasherError> {
        let scheme = self.shared.scheme.clone();
        let salt = self.shared.entropy.bytes();
        self.shared
            .pool
            .run(move |memory| scheme.hash(memory, password.as_bytes(), &salt))
            .await
    }

    /// Runs work on a password that takes little beside hashing, as much of it at a time as there are threads that hash, but not
    /// on them: after a hash the processor's caches hold nothing else, and such work alone would take several times as long.
    ///
    /// # Errors
    ///
    /// `Busy` when too much waits, `Failed` when the work panicked.
    pub async fn run_beside<Answer>(
        &self,
        work: impl FnOnce() -> Answer + Send + 'static,
    ) -> Result<Answer, HasherError>
    where
        Answer: Send + 'static,
    {
        let _place = self.shared.waiting.try_acquire().map_err(|_| HasherError::Busy {
            retry_after_seconds: self.shared.retry_after_seconds,
        })?;
        let permit = Arc::clone(&self.shared.beside).acquire_owned().await;
        let permit = permit.map_err(|_| HasherError::Failed)?;
        // The permit goes along, since a caller who leaves does not stop the work.
        let done = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            work()
        });
        done.await.map_err(|_| HasherError::Failed)
    }

    /// Checks the spellings of one password against a stored digest. New digests are made of the first one; a digest that
    /// another one matches is outdated. Without a digest the answer is no, at the same cost.
    ///
    /// # Errors
    ///
    /// `Busy` when too many wait, `Unsupported` when the digest cannot be checked, `Failed` when the job failed.
    pub async fn verify(
        &self,
        spellings: Vec<Zeroizing<String>>,
        digest: Option<String>,
    ) -> Result<Verdict, HasherError> {
        let scheme = self.shared.scheme.clone();
        let known = digest.is_some();
        let digest = digest.unwrap_or_else(|| self.shared.dummy.clone());
        // One job, so that a password has one place in the queue however it is spelt.
        let verdict = self
            .shared
            .pool
            .run(move |memory| {
                first_match(&spellings, |spelling| {
                    scheme.verify(memory, spelling.as_bytes(), &digest)
                })
            })
            .await?;
        Ok(if known { verdict } else { Verdict::NO })
    }
}

impl Verdict {
    /// It is not the right one.
    const NO: Self = Self {
        matches: false,
        outdated: false,
    };
}

/// The verdict on the first spelling that matches. While none does, each is checked, whatever the digest.
fn first_match(
    spellings: &[Zeroizing<String>],
    mut verify: impl FnMut(&str) -> Result<Verdict, HasherError>,
) -> Result<Verdict, HasherError> {
    let mut verdict = Verdict::NO;
    for (index, spelling) in spellings.iter().enumerate() {
        verdict = verify(spelling)?;
        if verdict.matches {
            verdict.outdated |= index > 0;
            break;
        }
    }
    Ok(verdict)
}

#[cfg(test)]
mod tests {
    use super::{HasherConfig, HasherError, PasswordHasher, Verdict};
    use crate::runtime::entropy::Entropy;
    use zeroize::Zeroizing;

    const CHEAP: HasherConfig = HasherConfig {
        threads: 1,
        queue: 4,
        memory_kib: 64,
        iterations: 1,
        parallelism: 1,
    };
    const RIGHT: Verdict = Verdict {
        matches: true,
        outdated: false,
    };
    const WRONG: Verdict = Verdict::NO;

    fn hasher(config: HasherConfig) -> PasswordHasher {
        PasswordHasher::start(config, Entropy::seeded(1)).unwrap()
    }

    fn password(text: &str) -> Zeroizing<String> {
        Zeroizing::new(text.to_owned())
    }

    fn spelt(text: &str) -> Vec<Zeroizing<String>> {
        vec![password(text)]
    }

    #[tokio::test]
    async fn a_digest_of_another_spelling_matches_and_is_outdated() {
        let hasher = hasher(CHEAP);
        let digest = hasher.hash(password("typed")).await.unwrap();
        let both = |first: &str, second: &str| vec![password(first), password(second)];
        assert_eq!(
            hasher.verify(both("typed", "other"), Some(digest.clone())).await,
            Ok(RIGHT)
        );
        let verdict = hasher.verify(both("normal", "typed"), Some(digest.clone())).await;
        assert_eq!(
            verdict,
            Ok(Verdict {
                matches: true,
                outdated: true
            })
        );
        assert_eq!(hasher.verify(both("normal", "other"), Some(digest)).await, Ok(WRONG));
        assert_eq!(hasher.verify(both("normal", "other"), None).await, Ok(WRONG));
    }

    #[test]
    fn each_spelling_costs_a_check_until_one_matches() {
        let spellings = [password("a"), password("b"), password("c")];
        for (right, checked) in [("a", 1), ("b", 2), ("c", 3), ("d", 3)] {
            let mut count = 0;
            let verdict = super::first_match(&spellings, |spelling| {
                count += 1;
                Ok(Verdict {
                    matches: spelling == right,
                    outdated: false,
                })
            });
            assert_eq!((verdict.unwrap().matches, count), (right != "d", checked), "{right}");
        }
    }

    #[tokio::test]
    async fn other_work_is_answered_and_its_panic_ends_no_thread() {
        let hasher = hasher(CHEAP);
        assert_eq!(
            hasher.run_beside(|| -> u32 { panic!("a defect") }).await,
            Err(HasherError::Failed)
        );
        assert_eq!(hasher.run_beside(|| 7).await, Ok(7));
    }

    #[tokio::test]
    async fn other_work_waits_in_a_bounded_queue() {
        let hasher = hasher(HasherConfig { queue: 1, ..CHEAP });
        let (go, wait) = std::sync::mpsc::channel::<()>();
        let mut first = Box::pin(hasher.run_beside(move || wait.recv().is_ok()));
        let mut second = Box::pin(hasher.run_beside(|| true));
        assert!(futures_util::poll!(&mut first).is_pending() && futures_util::poll!(&mut second).is_pending());
        let refused = hasher.run_beside(|| true).await;
        assert!(matches!(refused, Err(HasherError::Busy { .. })), "{refused:?}");
        go.send(()).unwrap();
        assert_eq!((first.await, second.await), (Ok(true), Ok(true)));
        assert_eq!(hasher.run_beside(|| true).await, Ok(true));
    }

    #[tokio::test]
    async fn a_password_matches_its_digest_and_no_other() {
        let hasher = hasher(CHEAP);
        let digest = hasher.hash(password("correct horse")).await.unwrap();
        assert!(digest.starts_with("$argon2id$v=19$m=64,t=1,p=1$"), "{digest}");
        assert_ne!(digest, hasher.hash(password("correct horse")).await.unwrap());
        assert_eq!(
            hasher.verify(spelt("correct horse"), Some(digest.clone())).await,
            Ok(RIGHT)
        );
        for other in ["", "correct hors", "correct horse ", "Correct horse", "correct horse\0"] {
            assert_eq!(
                hasher.verify(spelt(other), Some(digest.clone())).await,
                Ok(WRONG),
                "{other}"
            );
        }
    }

    #[tokio::test]
    async fn no_digest_matches_nothing() {
        let hasher = hasher(CHEAP);
        assert_eq!(hasher.verify(spelt(""), None).await, Ok(WRONG));
        assert_eq!(hasher.verify(spelt("correct horse"), None).await, Ok(WRONG));
    }

    #[test]
    fn the_dummy_digest_has_the_cost_of_new_ones() {
        let hasher = hasher(CHEAP);
        let mut memory = super::pool::Memory::new(hasher.shared.scheme.block_count());
        let real = hasher.shared.scheme.hash(&mut memory, b"x", &[1; 16]).unwrap();
        let cost = |digest: &str| digest.rsplitn(3, '$').map(str::len).collect::<Vec<_>>();
        assert_eq!(cost(&real), cost(&hasher.shared.dummy));
        assert_eq!(real.rsplitn(3, '$').nth(2), hasher.shared.dummy.rsplitn(3, '$').nth(2));
    }

    #[tokio::test]
    async fn digests_of_another_cost_still_match_and_are_outdated() {
        let old = hasher(CHEAP).hash(password("secret")).await.unwrap();
        for config in [
            HasherConfig {
                memory_kib: 128,
                ..CHEAP
            },
            HasherConfig { iterations: 2, ..CHEAP },
            HasherConfig {
                parallelism: 2,
                ..CHEAP
            },
            HasherConfig {
                memory_kib: 32,
                ..CHEAP
            },
        ] {
            let verdict = hasher(config).verify(spelt("secret"), Some(old.clone())).await;
            assert_eq!(
                verdict,
                Ok(Verdict {
                    matches: true,
                    outdated: true
                }),
                "{config:?}"
            );
        }
    }

    #[tokio::test]
    async fn a_hasher_serves_many_at_once() {
        let hasher = hasher(HasherConfig {
            threads: 2,
            queue: 64,
            ..CHEAP
        });
        let jobs: Vec<_> = (0..32)
            .map(|number| {
                let hasher = hasher.clone();
                tokio::spawn(async move {
                    let digest = hasher.hash(password(&number.to_string())).await?;
                    hasher.verify(spelt(&number.to_string()), Some(digest)).await
                })
            })
            .collect();
        for job in jobs {
            assert_eq!(job.await.unwrap(), Ok(RIGHT));
        }
    }

    #[test]
    fn an_impossible_cost_is_refused_at_start() {
        for config in [
            HasherConfig { memory_kib: 1, ..CHEAP },
            HasherConfig { iterations: 0, ..CHEAP },
            HasherConfig {
                parallelism: 0,
                ..CHEAP
            },
        ] {
            let refused = PasswordHasher::start(config, Entropy::seeded(1));
            assert!(matches!(refused, Err(HasherError::Config { .. })), "{config:?}");
        }
    }

    #[test]
    fn a_busy_caller_is_told_how_long_a_full_queue_takes() {
        assert_eq!(CHEAP.retry_after_seconds(), 1);
        let slow = HasherConfig {
            threads: 1,
            queue: 256,
            ..HasherConfig::default()
        };
        assert_eq!(slow.retry_after_seconds(), 4);
    }
}
