//! What every request shares: database, clock, randomness, keys, hasher, configuration. Cheap to clone.

use crate::{
    instance::listing::Directory, rate_limit::RateLimiter, session::token::RidingTokens, signing_key::key_set::KeySet,
};
use domain::permission::ActingSession;
use entity::{UnixMilliseconds, id::InstanceId};
use kernel::{
    caller::Instance,
    config::Config,
    crypto::{jwt::VerificationKey, keyring::Keyring, password_hash::PasswordHasher},
    notice::NoticeBus,
    runtime::{clock::Clock, entropy::Entropy},
};
use sea_orm::DbErr;
use std::sync::Arc;
use store::{
    Pool, Scope, Tx,
    cache::{Belief, Key, Remembered, RowCache, Versioned},
    client::StoredClient,
    user::StoredUser,
};

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

/// Bytes of the texts of trusted documents that are remembered, of all instances together.
const DOCUMENT_BYTES: u64 = 8 * 1024 * 1024;

/// What is remembered between requests, each by the version of what it belongs to.
#[derive(Debug)]
pub struct Caches {
    /// Clients with their sessions, and users.
    pub rows: RowCache,
    /// Instances with their settings.
    pub instances: Versioned<InstanceId, Instance>,
    /// Which instances there are, and by which hosts.
    pub directory: arc_swap::ArcSwapOption<Directory>,
    /// Signing and verification keys.
    pub keys: Versioned<InstanceId, KeySet>,
    /// Session tokens that were found good, by their fingerprints.
    pub tokens: Versioned<TokenKey, VerifiedToken>,
    /// The texts of documents that instances trust.
    pub documents: Versioned<DocumentKey, String>,
    /// Session tokens that rode along in answers a moment ago. What they say is their key, so nothing outdates them but time.
    pub riding: RidingTokens,
}

/// A session token of an instance: a change of its settings or of its keys outdates what was found of it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TokenKey {
    /// The instance whose token it is.
    pub instance_id: InstanceId,
    /// Its fingerprint.
    pub fingerprint: [u8; 32],
}

impl Key for TokenKey {
    type Of = InstanceId;

    fn of(&self) -> &InstanceId {
        &self.instance_id
    }
}

/// A document of an instance: a change of what this trusts outdates what is remembered of it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DocumentKey {
    /// The instance that trusts it.
    pub instance_id: InstanceId,
    /// The SHA-256 of its text.
    pub digest: [u8; 32],
}

impl Key for DocumentKey {
    type Of = InstanceId;

    fn of(&self) -> &InstanceId {
        &self.instance_id
    }
}

/// A session token whose signature and claims were found good.
#[derive(Debug)]
pub struct VerifiedToken {
    /// The issuer that it was held against.
    pub issuer: String,
    /// When it was verified.
    pub verified_at: UnixMilliseconds,
    /// Whose session it is for, and until when.
    pub acting: ActingSession,
}

impl Caches {
    /// Caches that remember nothing yet and believe the bus.
    #[must_use]
    pub fn new(bus: &NoticeBus) -> Self {
        Self {
            rows: RowCache::new(bus),
            instances: Versioned::new(bus, Belief::Heard),
            directory: arc_swap::ArcSwapOption::empty(),
            keys: Versioned::new(bus, Belief::Heard),
            tokens: Versioned::new(bus, Belief::Heard),
            documents: Versioned::of_bytes(bus, Belief::Heard, DOCUMENT_BYTES, String::len),
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
            *instance,
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

    /// Clients of one instance with their sessions, as they are remembered or stored now.
    #[must_use]
    pub(crate) fn clients<'a>(&'a self, instance: &'a InstanceId) -> Remembered<'a, StoredClient, Pool> {
        self.caches().rows.of(self.reader(instance), self.now())
    }

    /// Users of one instance, as they are remembered or stored now.
    #[must_use]
    pub(crate) fn users<'a>(&'a self, instance: &'a InstanceId) -> Remembered<'a, StoredUser, Pool> {
        self.caches().rows.of(self.reader(instance), self.now())
    }
}

const _: fn() = || {
    fn is_send_and_sync<T: Send + Sync>() {}
    is_send_and_sync::<App>();
    is_send_and_sync::<VerificationKey>();
};
