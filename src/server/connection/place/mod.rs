//! Places for connections: a number in all, a number per network, and who makes room when there is none.
//!
//! Invariant: a place is held as long as the socket is open, so that there are never more sockets than places.

#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeSet, HashMap},
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Instant, timeout},
};
use tokio_util::sync::CancellationToken;

/// How long a connection that has to make room may take to close.
const LEAVING: Duration = Duration::from_millis(250);

/// What a connection is doing, as far as its place is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rank {
    /// The server is working for it, or it was upgraded: it keeps its place.
    Busy,
    /// In the middle of a request, and only the client can go on. Makes room when nobody is silent.
    Waiting(Instant),
    /// Between two requests since then, or before the first. The longest silent makes room first.
    Quiet(Instant),
}

impl Rank {
    /// The order in which connections make room.
    const fn turn(self, id: u64) -> Option<(u8, Instant, u64)> {
        match self {
            Self::Busy => None,
            Self::Quiet(since) => Some((0, since, id)),
            Self::Waiting(since) => Some((1, since, id)),
        }
    }
}

/// Why there is no place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoPlace {
    /// All are taken, and nobody can make room.
    Full,
    /// The network has as many as it may, and none of them can make room.
    Network,
}

/// The places of one door. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Places(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    total: u32,
    per_network: usize,
    permits: Arc<Semaphore>,
    book: Mutex<Book>,
}

type Turns = BTreeSet<(u8, Instant, u64)>;

#[derive(Debug, Default)]
struct Book {
    next: u64,
    members: HashMap<u64, Member>,
    turns: Turns,
    networks: HashMap<IpAddr, Network>,
}

#[derive(Debug)]
struct Member {
    network: Option<IpAddr>,
    rank: Rank,
    leave: CancellationToken,
    gone: CancellationToken,
}

#[derive(Debug, Default)]
struct Network {
    count: usize,
    turns: Turns,
}

impl Places {
    pub(super) fn new(total: usize, per_network: usize) -> Self {
        let total = u32::try_from(total.min(Semaphore::MAX_PERMITS)).unwrap_or(u32::MAX);
        Self(Arc::new(Inner {
            total,
            per_network,
            permits: Arc::new(Semaphore::new(total as usize)),
            book: Mutex::default(),
        }))
    }

    /// Takes a place, for which another connection may have to go. `network` is whom it counts for, if for anybody.
    pub(super) async fn admit(&self, network: Option<IpAddr>) -> Result<Place, NoPlace> {
        if let Some(network) = network {
            self.make_room_in(network).await?;
        }
        let permit = match Arc::clone(&self.0.permits).try_acquire_owned() {
            Ok(permit) => permit,
            Err(_) => self.make_room().await?,
        };
        Ok(self.enter(network, permit))
    }

    /// Waits until every place is free.
    pub(super) async fn all_free(&self) {
        drop(self.0.permits.acquire_many(self.0.total).await);
    }

    /// Closes the connection that is to make room first. Returns whether there was one.
    pub(super) fn evict(&self) -> bool {
        self.0.book().dismiss_first()
    }

    async fn make_room(&self) -> Result<OwnedSemaphorePermit, NoPlace> {
        if !self.evict() {
            return Err(NoPlace::Full);
        }
        let permit = timeout(LEAVING, Arc::clone(&self.0.permits).acquire_owned()).await;
        permit.ok().and_then(Result::ok).ok_or(NoPlace::Full)
    }

    async fn make_room_in(&self, network: IpAddr) -> Result<(), NoPlace> {
        let gone = {
            let mut book = self.0.book();
            let Some(entry) = book.networks.get(&network) else {
                return Ok(());
            };
            if entry.count < self.0.per_network {
                return Ok(());
            }
            let first = entry.turns.first().map(|(.., id)| *id);
            first.and_then(|id| book.dismiss(id)).ok_or(NoPlace::Network)?
        };
        timeout(LEAVING, gone.cancelled()).await.map_err(|_| NoPlace::Network)
    }

    fn enter(&self, network: Option<IpAddr>, permit: OwnedSemaphorePermit) -> Place {
        let (leave, gone) = (CancellationToken::new(), CancellationToken::new());
        let mut book = self.0.book();
        let id = book.next;
        book.next += 1;
        let member = Member {
            network,
            rank: Rank::Busy,
            leave: leave.clone(),
            gone: gone.clone(),
        };
        book.members.insert(id, member);
        if let Some(network) = network {
            book.networks.entry(network).or_default().count += 1;
        }
        book.set_rank(id, Rank::Quiet(Instant::now()));
        drop(book);
        Place {
            ranking: Ranking {
                places: Arc::clone(&self.0),
                id,
            },
            leave,
            gone,
            _permit: permit,
        }
    }
}

impl Inner {
    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Book {
    fn set_rank(&mut self, id: u64, rank: Rank) {
        let Some(member) = self.members.get_mut(&id) else {
            return;
        };
        let (old, network) = (std::mem::replace(&mut member.rank, rank), member.network);
        if old == rank || member.leave.is_cancelled() {
            return;
        }
        self.take_turn(old.turn(id), network);
        let Some(turn) = rank.turn(id) else { return };
        self.turns.insert(turn);
        if let Some(network) = network.and_then(|network| self.networks.get_mut(&network)) {
            network.turns.insert(turn);
        }
    }

    fn take_turn(&mut self, turn: Option<(u8, Instant, u64)>, network: Option<IpAddr>) {
        let Some(turn) = turn else { return };
        self.turns.remove(&turn);
        if let Some(network) = network.and_then(|network| self.networks.get_mut(&network)) {
            network.turns.remove(&turn);
        }
    }

    fn dismiss_first(&mut self) -> bool {
        let first = self.turns.first().map(|(.., id)| *id);
        first.and_then(|id| self.dismiss(id)).is_some()
    }

    /// Asks a connection to go; its turn is over then, so that nobody is asked twice. Returns what is cancelled when it has
    /// gone.
    fn dismiss(&mut self, id: u64) -> Option<CancellationToken> {
        let member = self.members.get(&id)?;
        member.leave.cancel();
        let (gone, turn, network) = (member.gone.clone(), member.rank.turn(id), member.network);
        self.take_turn(turn, network);
        Some(gone)
    }

    fn remove(&mut self, id: u64) {
        let Some(member) = self.members.remove(&id) else { return };
        self.take_turn(member.rank.turn(id), member.network);
        let Some(address) = member.network else { return };
        if let Some(network) = self.networks.get_mut(&address) {
            network.count -= 1;
            if network.count == 0 {
                self.networks.remove(&address);
            }
        }
    }
}

/// A place that is taken. Dropping it frees it.
#[derive(Debug)]
pub(super) struct Place {
    ranking: Ranking,
    leave: CancellationToken,
    gone: CancellationToken,
    _permit: OwnedSemaphorePermit,
}

impl Place {
    /// Cancelled when the connection has to make room.
    pub(super) fn leave(&self) -> CancellationToken {
        self.leave.clone()
    }

    pub(super) fn ranking(&self) -> Ranking {
        self.ranking.clone()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.ranking.places.book().remove(self.ranking.id);
        self.gone.cancel();
    }
}

/// Tells what a connection is doing. Does not hold its place.
#[derive(Clone, Debug)]
pub(super) struct Ranking {
    places: Arc<Inner>,
    id: u64,
}

impl Ranking {
    pub(super) fn set(&self, rank: Rank) {
        self.places.book().set_rank(self.id, rank);
    }
}
