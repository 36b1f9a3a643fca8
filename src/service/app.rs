//! What every request shares: database, clock, randomness, keys, hasher, configuration. Cheap to clone.

use crate::{rate_limit::RateLimiter, session::token::RidingTokens, signing_key::key_set::KeySet};
use domain::permission::ActingSession;
use entity::{UnixMilliseconds, id::InstanceId};
use kernel::{
    caller::Instance,
    config::Config,
    crypto::{jwt::VerificationKey, keyring::Keyring, password_hash::PasswordHasher},
    notice::NoticeBus,
    runtime::{clock::Clock, entropy::Entropy},
};
use moka::sync::Cache;
use sea_orm::DbErr;
use std::sync::Arc;
use store::{Pool, Scope, Tx, cache::RowCache};

/// The running server's parts.
#[derive(Clone, Debug)]
pub struct App(Arc<Parts>);

/// The parts themselves.
#[derive(Debug)]
pub struct Parts {
    /// The pool.
    pub database: Pool,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Entropy,
    /// Data keys, opened.
    pub keyring: Keyring,
    /// Argon2id on its own threads.
    pub hasher: PasswordHasher,
    /// The process configuration.
    pub config: Config,
    /// Notices of change.
    pub notices: NoticeBus,
    /// Budgets that are counted in memory.
    pub rate_limiter: RateLimiter,
    /// What is remembered between requests.
    pub caches: Caches,
}

/// What is remembered between requests. Each entry carries the generation or the version of [`NoticeBus`] that it was read
/// in, and is read again when that has grown.
#[derive(Debug)]
pub struct Caches {
    /// Clients with their sessions, and users.
    pub rows: RowCache,
    /// Every instance, by id, host and publishable key.
    pub directory: arc_swap::ArcSwapOption<Directory>,
    /// Signing and verification keys.
    pub keys: Cache<InstanceId, (u64, Arc<KeySet>)>,
    /// Session tokens that were found good, by their fingerprints.
    pub tokens: Cache<[u8; 32], Arc<VerifiedToken>>,
    /// Session tokens that rode along in answers a moment ago. What they say is their key, so nothing outdates them but time.
    pub riding: RidingTokens,
}

/// A session token whose signature and claims were found good.
#[derive(Debug)]
pub struct VerifiedToken {
    /// The generation in which it was verified.
    pub generation: u64,
    /// The instance whose token it is.
    pub instance_id: InstanceId,
    /// The issuer that it was held against.
    pub issuer: String,
    /// When it was verified.
    pub verified_at: UnixMilliseconds,
    /// Whose session it is for, and until when.
    pub acting: ActingSession,
}

/// Every instance of this server.
#[derive(Debug)]
pub struct Directory {
    /// The generation in which it was read.
    pub generation: u64,
    /// Oldest first.
    pub instances: Vec<Arc<Instance>>,
}

impl Caches {
    /// Caches that remember nothing yet and believe the bus.
    #[must_use]
    pub fn new(bus: NoticeBus) -> Self {
        Self {
            rows: RowCache::new(bus),
            directory: arc_swap::ArcSwapOption::empty(),
            keys: Cache::new(1_000),
            tokens: Cache::new(4_096),
            riding: RidingTokens::new(),
        }
    }
}

impl App {
    /// Puts the parts together.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }

    /// The connections to the database.
    #[must_use]
    pub fn pool(&self) -> &Pool {
        &self.0.database
    }

    /// The time.
    #[must_use]
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.0.clock
    }

    /// Randomness.
    #[must_use]
    pub fn entropy(&self) -> &Entropy {
        &self.0.entropy
    }

    /// Data keys, opened.
    #[must_use]
    pub fn keyring(&self) -> &Keyring {
        &self.0.keyring
    }

    /// Argon2id on its own threads.
    #[must_use]
    pub fn hasher(&self) -> &PasswordHasher {
        &self.0.hasher
    }

    /// The process configuration.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.0.config
    }

    /// Notices of change.
    #[must_use]
    pub fn notices(&self) -> &NoticeBus {
        &self.0.notices
    }

    /// Budgets that are counted in memory.
    #[must_use]
    pub fn rate_limiter(&self) -> &RateLimiter {
        &self.0.rate_limiter
    }

    /// What is remembered between requests.
    #[must_use]
    pub fn caches(&self) -> &Caches {
        &self.0.caches
    }

    /// The present time, in Unix milliseconds.
    #[must_use]
    pub fn now(&self) -> UnixMilliseconds {
        self.clock().now()
    }

    /// Opens a transaction that writes in one instance.
    ///
    /// # Errors
    /// When the database cannot be reached or stays busy.
    pub async fn begin(&self, instance: &InstanceId) -> Result<Tx, DbErr> {
        Tx::begin(
            self.pool(),
            instance.clone(),
            &**self.clock(),
            self.entropy().clone(),
            self.notices().clone(),
        )
        .await
    }

    /// Reads of one instance, without a transaction.
    #[must_use]
    pub fn reader<'a>(&'a self, instance: &'a InstanceId) -> Scope<'a, Pool> {
        Scope::new(self.pool(), instance)
    }
}

const _: fn() = || {
    fn is_send_and_sync<T: Send + Sync>() {}
    is_send_and_sync::<App>();
    is_send_and_sync::<VerificationKey>();
};
