//! What is remembered of rows between requests, so that hot reads cost no statement.
//!
//! Whoever writes such rows says so in the transaction of the change, by the function of `store` that writes them, so an entry
//! is outdated on this node before the change is acknowledged, and on the others when its notice arrives there. `announced`
//! holds every transaction of a debug build to that. Activity is written without a notice; therefore nothing is remembered
//! for longer than a minute.
//!
//! Invariant: that of [`versioned`], and a row is given to nobody but through a scope of its own instance.

pub mod versioned;

pub use versioned::{Belief, Key, Versioned};

use super::{
    Scope,
    client::{self, StoredClient},
    user::{self, StoredUser},
};
use domain::session::Session;
use entity::{
    UnixMilliseconds,
    id::{ClientId, InstanceId, SessionId, UserId},
};
use kernel::notice::{NoticeBus, Version};
use moka::sync::Cache;
use sea_orm::{ConnectionTrait, DbErr};
use std::{collections::HashMap, future::Future, sync::Arc};

/// How long a row is remembered at most, in milliseconds: as long as activity may go unwritten.
const MAXIMUM_AGE: i64 = 60_000;
/// Sessions of which it is remembered on which client they live.
const SESSIONS: u64 = 4_096;

/// Whether what is remembered will do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freshness {
    /// It will: as it was at the last notice that arrived.
    Remembered,
    /// It will not: as it is in the database.
    Present,
}

/// Rows of a kind with what belongs to them, as they are remembered. Each has its line in [`RowCache`].
pub trait Stored: Send + Sync + Sized + 'static {
    /// What names them.
    type Id: Key;

    /// Where they are remembered.
    fn table(rows: &RowCache) -> &Versioned<Self::Id, Self>;

    /// Those of these identifiers that there are, in as many statements however many they are.
    fn read<C: ConnectionTrait>(
        scope: Scope<'_, C>,
        ids: &[Self::Id],
    ) -> impl Future<Output = Result<HashMap<Self::Id, Self>, DbErr>> + Send;

    /// Its identifier.
    fn id(&self) -> &Self::Id;

    /// Whose it is.
    fn instance(&self) -> &InstanceId;

    /// The sessions that live on it, if it is a client.
    fn sessions(&self) -> &[Session];
}

macro_rules! remembered {
    ($($(#[$doc:meta])* $table:ident: $value:ident by $id:ident, read by $read:path, with sessions $sessions:expr;)+) => {
        /// The rows that are remembered.
        #[derive(Debug)]
        pub struct RowCache {
            $($(#[$doc])* $table: Versioned<$id, $value>,)+
            /// On which client a session lives. That never changes, so it needs no version.
            client_of: Cache<SessionId, ClientId>,
        }

        impl RowCache {
            /// A cache that remembers nothing yet and believes the bus.
            #[must_use]
            pub fn new(bus: &NoticeBus) -> Self {
                Self {
                    $($table: Versioned::new(bus, Belief::Strict(MAXIMUM_AGE)),)+
                    client_of: Cache::new(SESSIONS),
                }
            }
        }

        $(impl Stored for $value {
            type Id = $id;

            fn table(rows: &RowCache) -> &Versioned<$id, Self> {
                &rows.$table
            }

            async fn read<C: ConnectionTrait>(scope: Scope<'_, C>, ids: &[$id]) -> Result<HashMap<$id, Self>, DbErr> {
                $read(scope, ids).await
            }

            fn id(&self) -> &$id {
                &self.row.id
            }

            fn instance(&self) -> &InstanceId {
                &self.row.instance_id
            }

            fn sessions(&self) -> &[Session] {
                let sessions: fn(&Self) -> &[Session] = $sessions;
                sessions(self)
            }
        })+
    };
}

remembered! {
    /// With the sessions that they list.
    clients: StoredClient by ClientId, read by client::stored_by_ids, with sessions |client| &client.sessions;
    /// With their identifications and the failures counted against them.
    users: StoredUser by UserId, read by user::stored_by_ids, with sessions |_| &[];
}

impl RowCache {
    /// The rows of one kind that a scope may see, at that time.
    #[must_use]
    pub fn of<'a, V: Stored, C: ConnectionTrait>(
        &'a self,
        scope: Scope<'a, C>,
        now: UnixMilliseconds,
    ) -> Remembered<'a, V, C> {
        Remembered {
            rows: self,
            table: V::table(self),
            scope,
            now,
        }
    }

    /// Remembers a row as a transaction has left it, as [`Versioned::feed`] says. For a user the version was read before its
    /// identifications were.
    pub fn feed<V: Stored>(&self, version: Option<Version>, written_at: UnixMilliseconds, value: V) {
        self.note_sessions(&value);
        let id = value.id().clone();
        drop(V::table(self).feed(&id, version, written_at, value));
    }

    /// The client that a session lives on, if that was ever read here.
    #[must_use]
    pub fn client_of(&self, session: &SessionId) -> Option<ClientId> {
        self.client_of.get(session)
    }

    /// Remembers on which client a session lives.
    pub fn remember_client_of(&self, session: &SessionId, client: &ClientId) {
        self.client_of.insert(*session, *client);
    }

    fn note_sessions<V: Stored>(&self, value: &V) {
        for session in value.sessions() {
            self.remember_client_of(&session.id, &session.client_id);
        }
    }
}

/// The rows of one kind of one instance: remembered, or else read.
#[derive(Debug)]
pub struct Remembered<'a, V: Stored, C> {
    rows: &'a RowCache,
    table: &'a Versioned<V::Id, V>,
    scope: Scope<'a, C>,
    now: UnixMilliseconds,
}

impl<V: Stored, C: ConnectionTrait> Remembered<'_, V, C> {
    /// What `decide` makes of the row: of the remembered one, and where that gives nothing, of the stored one.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn admit<T>(&self, id: &V::Id, decide: impl Fn(&Arc<V>) -> Option<T>) -> Result<Option<T>, DbErr> {
        let decide = |known: &Arc<V>| self.seen(known).and_then(&decide);
        self.table.admit(id, self.now, self.stored(id), decide).await
    }

    /// The row.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn find(&self, id: &V::Id, freshness: Freshness) -> Result<Option<Arc<V>>, DbErr> {
        let mut version = self.table.version(id);
        let mut turn = None;
        if freshness == Freshness::Remembered {
            if let Some(known) = self.recall_at(id, version) {
                return Ok(Some(known));
            }
            (turn, version) = self.table.turn(id, version).await;
            if let Some(known) = self.recall_at(id, version) {
                return Ok(Some(known));
            }
        }
        let stored = self.stored(id).await?;
        let known = stored.map(|stored| self.table.remember(id, version, self.now, stored));
        // Those who wait find it remembered.
        drop(turn);
        Ok(known)
    }

    /// The row, if it is remembered.
    #[must_use]
    pub fn recall(&self, id: &V::Id) -> Option<Arc<V>> {
        self.recall_at(id, self.table.version(id))
    }

    /// The rows of those identifiers.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn list(&self, ids: &[V::Id]) -> Result<HashMap<V::Id, Arc<V>>, DbErr> {
        let mut found = HashMap::with_capacity(ids.len());
        let mut missing = Vec::new();
        for id in ids {
            let version = self.table.version(id);
            match self.recall_at(id, version) {
                Some(known) => drop(found.insert(id.clone(), known)),
                None => missing.push((id.clone(), version)),
            }
        }
        if missing.is_empty() {
            return Ok(found);
        }
        let mut turn = None;
        // Who wanted several turns could wait for somebody who has one of them and wants another.
        if let [(id, version)] = missing.as_mut_slice() {
            (turn, *version) = self.table.turn(id, *version).await;
            if let Some(known) = self.recall_at(id, *version) {
                found.insert(id.clone(), known);
                return Ok(found);
            }
        }
        let asked: Vec<V::Id> = missing.iter().map(|(id, _)| id.clone()).collect();
        let mut read = Box::pin(V::read(self.scope, &asked)).await?;
        for (id, version) in missing {
            if let Some(stored) = read.remove(&id) {
                self.rows.note_sessions(&stored);
                let kept = self.table.remember(&id, version, self.now, stored);
                found.insert(id, kept);
            }
        }
        drop(turn);
        Ok(found)
    }

    /// Boxed, as in [`Remembered::list`]: what waits for a reading is large, and whoever finds the row remembered, or follows it on
    /// a connection, has no use for the room.
    async fn stored(&self, id: &V::Id) -> Result<Option<V>, DbErr> {
        let mut read = Box::pin(V::read(self.scope, std::slice::from_ref(id))).await?;
        let stored = read.remove(id);
        if let Some(stored) = &stored {
            self.rows.note_sessions(stored);
        }
        Ok(stored)
    }

    fn recall_at(&self, id: &V::Id, version: Option<Version>) -> Option<Arc<V>> {
        self.seen(&self.table.recall_at(id, version, self.now)?).cloned()
    }

    /// The value, if the scope may see it.
    fn seen<'v>(&self, value: &'v Arc<V>) -> Option<&'v Arc<V>> {
        (value.instance() == self.scope.instance()).then_some(value)
    }
}

#[cfg(test)]
mod tests;
