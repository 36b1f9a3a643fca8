//! What is remembered of clients and users between requests, so that hot reads cost no statement.
//!
//! Each entry carries the [`Version`] of its id that it was read at, and counts only while that is the present one.
//! Whoever changes a client, its sessions or a user says so ([`Notice::Client`], [`Notice::User`]) in the transaction of
//! the change, so an entry is outdated on this node before the change is acknowledged, and on the others when its notice
//! arrives there. Activity is written without a notice; therefore nothing is remembered for longer than a
//! minute.
//!
//! Invariant: an entry may let somebody in, only the database turns somebody away. Absence is never remembered, and a
//! service that would refuse by what is remembered reads again with [`Freshness::Present`].
//!
//! [`Notice::Client`]: kernel::notice::Notice::Client
//! [`Notice::User`]: kernel::notice::Notice::User

use super::{
    Scope,
    client::{self, StoredClient},
    user::{self, StoredUser},
};
use entity::{
    UnixMilliseconds,
    id::{ClientId, InstanceId, SessionId, TypedId, UserId},
};
use kernel::notice::{NoticeBus, Version};
use moka::sync::Cache;
use sea_orm::{ConnectionTrait, DbErr};
use std::{collections::HashMap, hash::Hash, sync::Arc};

/// How long an entry is used at most, in milliseconds: as long as activity may go unwritten.
const MAXIMUM_AGE: i64 = 60_000;
/// Entries of each kind. A few kilobytes each.
const CAPACITY: u64 = 4_096;

/// Whether what is remembered will do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freshness {
    /// It will: as it was at the last notice that arrived.
    Remembered,
    /// It will not: as it is in the database.
    Present,
}

/// Clients with their sessions, and users with their identifications.
#[derive(Debug)]
pub struct RowCache {
    bus: NoticeBus,
    clients: Cache<ClientId, Remembered<StoredClient>>,
    /// On which client a session lives. That never changes, so it needs no version.
    client_of: Cache<SessionId, ClientId>,
    users: Cache<UserId, Remembered<StoredUser>>,
}

#[derive(Debug)]
struct Remembered<T> {
    version: Version,
    read_at: UnixMilliseconds,
    value: Arc<T>,
}

// A derived impl would ask for `T: Clone`.
impl<T> Clone for Remembered<T> {
    fn clone(&self) -> Self {
        Self {
            value: Arc::clone(&self.value),
            ..*self
        }
    }
}

/// What is remembered belongs to one instance each.
trait OfInstance {
    fn instance(&self) -> &InstanceId;
}

impl OfInstance for StoredClient {
    fn instance(&self) -> &InstanceId {
        &self.row.instance_id
    }
}

impl OfInstance for StoredUser {
    fn instance(&self) -> &InstanceId {
        &self.row.instance_id
    }
}

impl RowCache {
    /// A cache that remembers nothing yet and believes the bus.
    #[must_use]
    pub fn new(bus: NoticeBus) -> Self {
        Self {
            bus,
            clients: Cache::new(CAPACITY),
            client_of: Cache::new(CAPACITY),
            users: Cache::new(CAPACITY),
        }
    }

    /// The client, if it is in use, with the sessions that it lists.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn client<C: ConnectionTrait>(
        &self,
        scope: Scope<'_, C>,
        id: &ClientId,
        now: UnixMilliseconds,
        freshness: Freshness,
    ) -> Result<Option<Arc<StoredClient>>, DbErr> {
        let version = self.bus.version(id);
        if freshness == Freshness::Remembered
            && let Some(known) = recall(&self.clients, scope, id, version, now)
        {
            return Ok(Some(known));
        }
        let Some(stored) = client::find_with_sessions(scope, id).await? else {
            return Ok(None);
        };
        Ok(Some(self.remember_client(version, now, stored)))
    }

    fn remember_client(
        &self,
        version: Option<Version>,
        now: UnixMilliseconds,
        stored: StoredClient,
    ) -> Arc<StoredClient> {
        let id = stored.row.id.clone();
        for session in &stored.sessions {
            self.client_of.insert(session.id.clone(), id.clone());
        }
        remember(&self.clients, &id, version, now, stored)
    }

    /// Remembers a client as a transaction has left it that has announced it and is committed, so that what comes next need
    /// not read it. `version` was read under the lock of its row: when it has grown by more than the one notice since, somebody
    /// else has changed the client, and what is remembered here does not count.
    pub fn feed_client(&self, version: Option<Version>, written_at: UnixMilliseconds, stored: StoredClient) {
        drop(self.remember_client(version.map(Version::next), written_at, stored));
    }

    /// The same for a user. `version` was read under the lock of its row and before its identifications were.
    pub fn feed_user(&self, version: Option<Version>, written_at: UnixMilliseconds, stored: StoredUser) {
        let id = stored.row.id.clone();
        drop(remember(
            &self.users,
            &id,
            version.map(Version::next),
            written_at,
            stored,
        ));
    }

    /// The client as it is remembered, without a statement; nothing where it is not.
    #[must_use]
    pub fn remembered_client<C: ConnectionTrait>(
        &self,
        scope: Scope<'_, C>,
        id: &ClientId,
        now: UnixMilliseconds,
    ) -> Option<Arc<StoredClient>> {
        recall(&self.clients, scope, id, self.bus.version(id), now)
    }

    /// The client that a session lives on, if that was ever read here.
    #[must_use]
    pub fn client_of(&self, session: &SessionId) -> Option<ClientId> {
        self.client_of.get(session)
    }

    /// Remembers on which client a session lives.
    pub fn remember_client_of(&self, session: &SessionId, client: &ClientId) {
        self.client_of.insert(session.clone(), client.clone());
    }

    /// The users of those identifiers. Two statements for all that are not remembered.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn users<C: ConnectionTrait>(
        &self,
        scope: Scope<'_, C>,
        ids: &[UserId],
        now: UnixMilliseconds,
    ) -> Result<HashMap<UserId, Arc<StoredUser>>, DbErr> {
        let mut found = HashMap::with_capacity(ids.len());
        let mut missing = Vec::new();
        for id in ids {
            let version = self.bus.version(id);
            match recall(&self.users, scope, id, version, now) {
                Some(known) => drop(found.insert(id.clone(), known)),
                None => missing.push((id.clone(), version)),
            }
        }
        if missing.is_empty() {
            return Ok(found);
        }
        let asked: Vec<UserId> = missing.iter().map(|(id, _)| id.clone()).collect();
        let mut read = user::stored_by_ids(scope, &asked).await?;
        for (id, version) in missing {
            if let Some(stored) = read.remove(&id) {
                found.insert(id.clone(), remember(&self.users, &id, version, now, stored));
            }
        }
        Ok(found)
    }
}

/// What is remembered under an id, if it is of the scope's instance and has not changed since it was read.
fn recall<I: TypedId + Hash + Eq + Send + Sync + 'static, T: OfInstance + Send + Sync + 'static, C: ConnectionTrait>(
    cache: &Cache<I, Remembered<T>>,
    scope: Scope<'_, C>,
    id: &I,
    version: Option<Version>,
    now: UnixMilliseconds,
) -> Option<Arc<T>> {
    let version = version?;
    let known = cache.get(id)?;
    // A clock that was set back must not keep an entry alive.
    let is_young = (0..MAXIMUM_AGE).contains(&(now - known.read_at));
    (known.version == version && is_young && known.value.instance() == scope.instance()).then_some(known.value)
}

/// Keeps what was read, unless there was no version to read it at.
fn remember<I: TypedId + Hash + Eq + Send + Sync + 'static, T: Send + Sync + 'static>(
    cache: &Cache<I, Remembered<T>>,
    id: &I,
    version: Option<Version>,
    now: UnixMilliseconds,
    value: T,
) -> Arc<T> {
    let value = Arc::new(value);
    if let Some(version) = version {
        let entry = Remembered {
            version,
            read_at: now,
            value: Arc::clone(&value),
        };
        cache.insert(id.clone(), entry);
    }
    value
}

#[cfg(test)]
mod tests;
