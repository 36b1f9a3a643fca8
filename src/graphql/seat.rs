//! The places of what stays open, and what is followed there: who may have how much of it.
//!
//! Invariant: what is taken is taken with each holder or with none, and given back by dropping it.

use domain::permission::Actor;
use graphql_transport::Weight;
use kernel::caller::Caller;
use service::network::{network_of, networks_around};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

/// What an operation may cost whose caller holds no secret key; see [`graphql_transport::Limits::highest_cost`].
pub(super) const COST_PER_PERSON: u64 = 5_000;
/// Of so many sockets and event streams of the node, one may belong to somebody of whom nothing is proven, who can be anybody as often as they
/// like; and of so many bytes that are kept for what is followed, of the node and of each network.
const SHARE_OF_STRANGERS: usize = 4;
/// The most sockets and event streams of one client, session token, secret key or, of nobody known, network.
const STREAMS_PER_HOLDER: usize = 32;
/// The most of them of one network, whoever they belong to; the wider ones around it may have multiples.
const STREAMS_PER_NETWORK: usize = 128;
/// The most operations that are followed on them at the same time, of one holder.
const OPERATIONS_PER_HOLDER: usize = 100;
/// What those of one holder may cost together: a change makes each of them answer, and must not be dearer than any request.
const FOLLOWED_COST_PER_HOLDER: u64 = COST_PER_PERSON;
/// About how many bytes may be kept for what is followed, for each socket or event stream that a holder or a network may have.
const BYTES_PER_STREAM: u64 = 128 * 1024;
/// The same for each of those that the node may have, of which few are what they may be.
const BYTES_PER_STREAM_OF_NODE: u64 = 64 * 1024;
/// The name of the node as a whole among holders.
const NODE: &str = "node";

/// The places of a node.
pub(super) struct Seats {
    /// How many sockets and event streams there may be.
    streams: usize,
    holders: Holders,
}

/// What each holder of places has: sockets and streams, and what runs on them.
type Holders = Arc<Mutex<HashMap<String, Held>>>;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Held {
    streams: usize,
    operations: usize,
    cost: u64,
    bytes: u64,
}

/// Somebody who may hold so many sockets and event streams, and so much for what is followed on them.
#[derive(Clone, Debug)]
struct Holder {
    name: String,
    streams: usize,
    bytes: u64,
}

impl Holder {
    fn new(name: String, streams: usize, bytes_per_stream: u64) -> Self {
        let bytes = u64::try_from(streams)
            .unwrap_or(u64::MAX)
            .saturating_mul(bytes_per_stream);
        Self { name, streams, bytes }
    }

    /// All strangers of a network or the node together, who may hold that share of the bytes, and of the node's places.
    fn of_strangers(&self) -> Self {
        let streams = match self.name.as_str() {
            NODE => (self.streams / SHARE_OF_STRANGERS).max(1),
            _ => self.streams,
        };
        Self {
            name: format!("strangers of {}", self.name),
            streams,
            bytes: self.bytes / u64::try_from(SHARE_OF_STRANGERS).unwrap_or(1),
        }
    }
}

/// A place with each of its holders (who calls first, then the networks around them, and the node), given back when it is dropped.
pub(super) struct Seat {
    taken: Arc<[Holder]>,
    holders: Holders,
}

/// One of the operations that who calls follows, given back when it is dropped.
pub(super) struct Running {
    taken: Arc<[Holder]>,
    weight: Weight,
    holders: Holders,
}

impl Seats {
    /// Places for so many sockets and event streams.
    pub(super) fn new(streams: usize) -> Self {
        Self {
            streams,
            holders: Holders::default(),
        }
    }

    /// A place of the caller, of whom something is proven or nothing, with each of its holders, or none.
    pub(super) fn take(&self, caller: &Caller, is_proven: bool) -> Option<Seat> {
        let holder = match &caller.actor {
            Actor::Anonymous => network_of(caller.request.address).to_string(),
            // Whoever planted a token must not take the places of who has the present one.
            Actor::Client { client_id } if caller.token().is_some_and(|token| token.is_former) => {
                format!("{client_id} by a former token")
            }
            Actor::Client { client_id } => client_id.to_string(),
            Actor::SessionToken(acting) => acting.session_id.to_string(),
            Actor::SecretKey { secret_key_id } => secret_key_id.to_string(),
        };
        let networks = networks_around(caller.request.address);
        let networks = networks.into_iter().map(|(network, length, share)| {
            let streams = STREAMS_PER_NETWORK.saturating_mul(usize::try_from(share).unwrap_or(1));
            Holder::new(format!("{network}/{length}"), streams, BYTES_PER_STREAM)
        });
        let own = Holder::new(holder, STREAMS_PER_HOLDER, BYTES_PER_STREAM);
        let node = Holder::new(NODE.to_owned(), self.streams, BYTES_PER_STREAM_OF_NODE);
        let around: Vec<Holder> = networks.chain([node]).collect();
        let shares: Vec<Holder> = match is_proven {
            false => around.iter().map(Holder::of_strangers).collect(),
            true => Vec::new(),
        };
        let wanted = std::iter::once(own).chain(around).chain(shares).collect();
        Seat::take(&self.holders, wanted)
    }
}

impl Seat {
    /// Takes a place with each of these holders, or with none.
    fn take(holders: &Holders, wanted: Vec<Holder>) -> Option<Self> {
        let mut held = holders.lock().unwrap_or_else(PoisonError::into_inner);
        let is_full = |holder: &Holder| {
            held.get(&holder.name)
                .is_some_and(|held| held.streams >= holder.streams)
        };
        if wanted.iter().any(is_full) {
            return None;
        }
        for holder in &wanted {
            held.entry(holder.name.clone()).or_default().streams += 1;
        }
        drop(held);
        Some(Self {
            taken: wanted.into(),
            holders: Arc::clone(holders),
        })
    }

    /// Begins to follow something of that weight, if who calls may follow that as well, and there is room for it.
    pub(super) fn begin(&self, weight: Weight) -> Option<Running> {
        let mut held = self.holders.lock().unwrap_or_else(PoisonError::into_inner);
        let own = held.get(&self.taken.first()?.name).copied().unwrap_or_default();
        if own.operations >= OPERATIONS_PER_HOLDER || own.cost.saturating_add(weight.cost) > FOLLOWED_COST_PER_HOLDER {
            return None;
        }
        let has_room = |holder: &Holder| {
            let kept = held.get(&holder.name).map_or(0, |held| held.bytes);
            kept.saturating_add(weight.bytes) <= holder.bytes
        };
        if !self.taken.iter().all(has_room) {
            return None;
        }
        for holder in self.taken.iter() {
            let held = held.entry(holder.name.clone()).or_default();
            held.operations += 1;
            held.cost += weight.cost;
            held.bytes += weight.bytes;
        }
        drop(held);
        Some(Running {
            taken: Arc::clone(&self.taken),
            weight,
            holders: Arc::clone(&self.holders),
        })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        give_back(&self.holders, &self.taken, |held| held.streams -= 1);
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let weight = self.weight;
        give_back(&self.holders, &self.taken, |held| {
            held.operations -= 1;
            held.cost -= weight.cost;
            held.bytes -= weight.bytes;
        });
    }
}

fn give_back(holders: &Holders, taken: &[Holder], give: impl Fn(&mut Held)) {
    let mut holders = holders.lock().unwrap_or_else(PoisonError::into_inner);
    for holder in taken {
        if let Some(held) = holders.get_mut(&holder.name) {
            give(held);
            if *held == Held::default() {
                holders.remove(&holder.name);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{BYTES_PER_STREAM, FOLLOWED_COST_PER_HOLDER, Holder, Holders, OPERATIONS_PER_HOLDER, Seat};
    use graphql_transport::Weight;

    fn holder(name: &str, streams: usize) -> Holder {
        Holder::new(name.to_owned(), streams, BYTES_PER_STREAM)
    }

    #[test]
    fn a_holder_has_so_many_places_and_gets_them_back() {
        let holders = Holders::default();
        let take = |name: &str| Seat::take(&holders, vec![holder(name, 3), holder("network", 5)]);
        let mut seats: Vec<_> = (0..3).map(|_| take("a").unwrap()).collect();
        assert!(take("a").is_none());
        seats.extend([take("b").unwrap(), take("c").unwrap()]);
        assert!(take("d").is_none(), "the network has no more");
        seats.remove(0);
        assert!(take("a").is_some());
        drop(seats);
        assert!(holders.lock().unwrap().is_empty());
    }

    #[test]
    fn a_holder_follows_so_many_operations_on_however_many_places() {
        let holders = Holders::default();
        let seat = || Seat::take(&holders, vec![holder("a", 9), holder("network", 9)]).unwrap();
        let (one, another) = (seat(), seat());
        let light = Weight { cost: 1, bytes: 1 };
        let mut running: Vec<_> = (0..OPERATIONS_PER_HOLDER / 2)
            .flat_map(|_| [one.begin(light).unwrap(), another.begin(light).unwrap()])
            .collect();
        assert!(one.begin(light).is_none() && another.begin(light).is_none());
        running.pop();
        assert!(one.begin(light).is_some());
        drop((running, one, another));
        assert!(holders.lock().unwrap().is_empty());
    }

    #[test]
    fn what_a_holder_follows_may_cost_together_what_a_request_may() {
        let holders = Holders::default();
        let seat = |name: &str| Seat::take(&holders, vec![holder(name, 9), holder("network", 9)]).unwrap();
        let (one, other) = (seat("a"), seat("b"));
        let dear = |cost| Weight { cost, bytes: 1 };
        let running = one.begin(dear(FOLLOWED_COST_PER_HOLDER - 10)).unwrap();
        assert!(one.begin(dear(11)).is_none());
        assert!(one.begin(dear(10)).is_some());
        assert!(
            other.begin(dear(FOLLOWED_COST_PER_HOLDER)).is_some(),
            "each holder by themselves"
        );
        drop(running);
        assert!(one.begin(dear(FOLLOWED_COST_PER_HOLDER)).is_some());
    }

    #[test]
    fn what_is_kept_for_a_holder_and_for_a_network_has_a_bound_in_bytes() {
        let holders = Holders::default();
        let seat = |name: &str| Seat::take(&holders, vec![holder(name, 2), holder("network", 3)]).unwrap();
        let (one, other) = (seat("a"), seat("b"));
        let heavy = |streams: u64| Weight {
            cost: 1,
            bytes: streams * BYTES_PER_STREAM,
        };
        assert!(one.begin(heavy(3)).is_none());
        let running = one.begin(heavy(2)).unwrap();
        assert!(one.begin(heavy(1)).is_none());
        assert!(other.begin(heavy(2)).is_none(), "the network has no more");
        assert!(other.begin(heavy(1)).is_some());
        drop(running);
        assert!(other.begin(heavy(2)).is_some());
        drop((one, other));
        assert!(holders.lock().unwrap().is_empty());
    }
}
