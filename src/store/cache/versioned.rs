//! What is remembered by version: the one way in which this server remembers what other servers may change.
//!
//! Invariant: an entry counts only while the [`Version`] that it was read at is the present one of what it belongs to. It may
//! let somebody in; whoever would be turned away by it is judged by what is stored instead. Absence is never remembered.
//!
//! What has just changed is asked for by all who were told so: one of them reads it, and the others wait for that.

use entity::{
    UnixMilliseconds,
    id::{ClientId, InstanceId, UserId},
};
use kernel::notice::{Announced, NoticeBus, Version};
use moka::sync::Cache;
use std::{fmt, future::Future, hash::Hash, sync::Arc, time::Duration};
use tokio::{
    sync::{Mutex, OwnedMutexGuard},
    time::timeout,
};

/// Entries of each kind. A few kilobytes each.
const CAPACITY: u64 = 4_096;
/// How long somebody waits for another's reading before they read for themselves: whoever reads may themselves be waiting, for a
/// client that does not take what it is sent.
const PATIENCE: Duration = Duration::from_millis(100);

/// What an entry counts besides its value, where bytes are counted, so that the smallest do not become the most memory.
const ENTRY_BYTES: usize = 256;

/// What something is remembered under.
pub trait Key: Clone + Eq + Hash + fmt::Debug + Send + Sync + 'static {
    /// Of what the notices are that outdate it.
    type Of: Announced;

    /// Whose notices outdate it.
    fn of(&self) -> &Self::Of;
}

macro_rules! keys {
    ($($id:ty)+) => {$(
        impl Key for $id {
            type Of = Self;

            fn of(&self) -> &Self {
                self
            }
        }
    )+};
}

keys! { ClientId InstanceId UserId }

/// How far what is remembered is believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Belief {
    /// Only while every notice of other processes arrives, and for this long at most, in milliseconds.
    Strict(i64),
    /// Until a notice arrives, and while notices may be missed for as long as it takes until everybody is told so.
    Heard,
}

/// Values of one kind, each of which belongs to what its key names.
pub struct Versioned<K, V> {
    bus: NoticeBus,
    belief: Belief,
    entries: Cache<K, Entry<V>>,
    /// Who reads what is missing. To lose one costs a reading.
    turns: Cache<K, Arc<Mutex<()>>>,
}

/// The turn to read something, until it is dropped.
pub(super) type Turn = OwnedMutexGuard<()>;

struct Entry<V> {
    version: Version,
    read_at: UnixMilliseconds,
    value: Arc<V>,
}

// A derived impl would ask for `V: Clone`.
impl<V> Clone for Entry<V> {
    fn clone(&self) -> Self {
        Self {
            value: Arc::clone(&self.value),
            ..*self
        }
    }
}

// It says how many there are, and nothing of what they are.
impl<K: Key, V: Send + Sync + 'static> fmt::Debug for Versioned<K, V> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Versioned")
            .field("belief", &self.belief)
            .field("entries", &self.entries.entry_count())
            .finish_non_exhaustive()
    }
}

impl<K: Key, V: Send + Sync + 'static> Versioned<K, V> {
    /// Nothing yet, and what comes is believed so far by what the bus says.
    #[must_use]
    pub fn new(bus: &NoticeBus, belief: Belief) -> Self {
        Self::with(bus, belief, Cache::new(CAPACITY))
    }

    /// The same, of values that are of very different sizes: so many bytes are kept of what `bytes` says of each.
    #[must_use]
    pub fn of_bytes(bus: &NoticeBus, belief: Belief, capacity: u64, bytes: fn(&V) -> usize) -> Self {
        let weigher = move |_: &K, entry: &Entry<V>| {
            let all = bytes(&entry.value).saturating_add(ENTRY_BYTES);
            u32::try_from(all).unwrap_or(u32::MAX)
        };
        Self::with(
            bus,
            belief,
            Cache::builder().weigher(weigher).max_capacity(capacity).build(),
        )
    }

    fn with(bus: &NoticeBus, belief: Belief, entries: Cache<K, Entry<V>>) -> Self {
        Self {
            bus: bus.clone(),
            belief,
            entries,
            turns: Cache::new(CAPACITY),
        }
    }

    /// The version at which something may be remembered that is read from now on; nothing where it may not.
    #[must_use]
    pub fn version(&self, key: &K) -> Option<Version> {
        match self.belief {
            Belief::Strict(_) => self.bus.version(key.of()),
            Belief::Heard => self.bus.heard_version(key.of()),
        }
    }

    /// What `decide` makes of the value: of the remembered one, and where that is missing or gives nothing, of what `read`
    /// gives. So what is remembered can say yes, and only what is stored can say no. Nothing where neither gives anything.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn admit<T, E>(
        &self,
        key: &K,
        now: UnixMilliseconds,
        read: impl Future<Output = Result<Option<V>, E>>,
        decide: impl Fn(&Arc<V>) -> Option<T>,
    ) -> Result<Option<T>, E> {
        let mut version = self.version(key);
        let mut turn = None;
        let mut known = self.recall_at(key, version, now);
        if known.is_none() {
            (turn, version) = self.turn(key, version).await;
            known = self.recall_at(key, version, now);
        }
        if let Some(admitted) = known.and_then(|known| decide(&known)) {
            return Ok(Some(admitted));
        }
        let Some(value) = read.await? else { return Ok(None) };
        let known = self.remember(key, version, now, value);
        // Those who wait find it remembered.
        drop(turn);
        Ok(decide(&known))
    }

    /// Waits until nobody else reads what is not remembered at that version, but not for long; gives the version from then on. Whoever
    /// has waited finds what was read remembered, unless it has changed since. Where nothing may be remembered, nobody waits.
    pub(super) async fn turn(&self, key: &K, version: Option<Version>) -> (Option<Turn>, Option<Version>) {
        if version.is_none() {
            return (None, None);
        }
        let turn = self.turns.get_with(key.clone(), Arc::default);
        let turn = match Arc::clone(&turn).try_lock_owned() {
            Ok(turn) => Some(turn),
            Err(_) => timeout(PATIENCE, turn.lock_owned()).await.ok(),
        };
        (turn, self.version(key))
    }

    /// The value, if it is remembered.
    #[must_use]
    pub fn recall(&self, key: &K, now: UnixMilliseconds) -> Option<Arc<V>> {
        self.recall_at(key, self.version(key), now)
    }

    pub(super) fn recall_at(&self, key: &K, version: Option<Version>, now: UnixMilliseconds) -> Option<Arc<V>> {
        let (version, known) = (version?, self.entries.get(key)?);
        let is_young = match self.belief {
            // A clock that was set back must not keep an entry alive.
            Belief::Strict(maximum_age) => (0..maximum_age).contains(&(now - known.read_at)),
            Belief::Heard => true,
        };
        (known.version == version && is_young).then_some(known.value)
    }

    /// Keeps what was read, or computed, after the version was asked for; not where there was none.
    pub fn remember(
        &self,
        key: &K,
        version: Option<Version>,
        now: UnixMilliseconds,
        value: impl Into<Arc<V>>,
    ) -> Arc<V> {
        let value = value.into();
        if let Some(version) = version {
            let entry = Entry {
                version,
                read_at: now,
                value: Arc::clone(&value),
            };
            self.entries.insert(key.clone(), entry);
        }
        value
    }

    /// Keeps what a transaction has left that has announced it and is committed, so that what comes next need not read it.
    /// `version` was read in the transaction while nobody else could change it: when it has grown by more than the one notice
    /// since, somebody else has changed it, and what is kept here does not count.
    pub fn feed(&self, key: &K, version: Option<Version>, written_at: UnixMilliseconds, value: V) -> Arc<V> {
        self.remember(key, version.map(Version::next), written_at, value)
    }
}
