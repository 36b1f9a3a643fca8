//! What one connection is doing, and until when that may last.
//!
//! Invariant: while no request is under way there is a deadline, and nothing but a request moves it: neither the bytes of
//! an unfinished header nor pings. Whatever brings the deadline closer happens in the connection's own task on HTTP/1,
//! which looks at it after each of its turns; on HTTP/2, whose requests have tasks of their own, it wakes that task.

use super::place::{Rank, Ranking};
use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{sync::Notify, time::Instant};

/// How long a connection may be in each state.
#[derive(Clone, Copy, Debug)]
pub(super) struct Deadlines {
    /// For the TLS handshake, then for the first request, then for each header from its first byte on.
    pub(super) header: Duration,
    /// For taking something of an answer: on HTTP/2 kept here, on HTTP/1 by the guarded socket.
    pub(super) answer: Duration,
    /// Between two requests.
    pub(super) idle: Duration,
}

/// Shared by all who see a part of the connection: socket, requests, their bodies, and who ends it.
#[derive(Debug)]
pub(super) struct Activity {
    deadlines: Deadlines,
    ranking: Ranking,
    changed: Notify,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// Since when no request is under way, or since when one is.
    since: Instant,
    /// Requests until now.
    requests: u64,
    /// By their numbers. On HTTP/1 there is one at most, on HTTP/2 as many as there may be streams.
    under_way: Vec<(u64, Phase)>,
    /// When the first byte after the last answer came, on HTTP/1.
    head_since: Option<Instant>,
    is_http2: bool,
    /// Bytes wait for the client to take them.
    is_blocked: bool,
    /// Upgraded: the requests are over, and what goes on is not HTTP.
    is_detached: bool,
    rank: Option<Rank>,
}

/// Whom a request waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// The server.
    Working,
    /// The client, for more of the body.
    Body,
    /// The client, to take what it was given of the answer then. On HTTP/2 only: on HTTP/1 the socket sees that.
    Answer(Instant),
}

impl Activity {
    pub(super) fn new(deadlines: Deadlines, ranking: Ranking) -> Arc<Self> {
        Arc::new(Self {
            deadlines,
            ranking,
            changed: Notify::new(),
            state: Mutex::new(State {
                since: Instant::now(),
                requests: 0,
                under_way: Vec::new(),
                head_since: None,
                is_http2: false,
                is_blocked: false,
                is_detached: false,
                rank: None,
            }),
        })
    }

    /// The deadlines of this connection.
    pub(super) const fn deadlines(&self) -> Deadlines {
        self.deadlines
    }

    /// Waits until the deadline may have come closer by what happened outside of the connection's own task, where HTTP/2
    /// has its requests.
    pub(super) async fn changed(&self) {
        self.changed.notified().await;
    }

    /// When the connection has kept the server waiting for too long; `None` while the server works for it, and on HTTP/1
    /// also while the client takes the answer.
    pub(super) fn deadline(&self) -> Option<Instant> {
        let state = self.state();
        let Deadlines { header, answer, idle } = self.deadlines;
        let taken = state.under_way.iter().filter_map(|(_, phase)| match phase {
            Phase::Answer(given) => Some(*given + answer),
            Phase::Working | Phase::Body => None,
        });
        match state.head_since {
            _ if !state.under_way.is_empty() => taken.min(),
            _ if state.requests == 0 => Some(state.since + header),
            Some(began) => Some((began + header).min(state.since + idle)),
            None => Some(state.since + idle),
        }
    }

    /// The handshake is over, or whatever came before the first request.
    pub(super) fn opened(&self) {
        self.state().since = Instant::now();
    }

    /// The connection is no longer HTTP; its place stays taken.
    pub(super) fn detach(&self) {
        self.change(|state| state.is_detached = true);
    }

    /// Bytes came in.
    pub(super) fn heard(&self) {
        let mut state = self.state();
        if state.under_way.is_empty() && !state.is_http2 && state.requests > 0 && state.head_since.is_none() {
            state.head_since = Some(Instant::now());
        }
    }

    /// The socket takes nothing at present, or takes all again.
    pub(super) fn set_blocked(&self, is_blocked: bool) {
        self.change(|state| state.is_blocked = is_blocked);
    }

    /// A request begins. It is over when what this returns is dropped.
    pub(super) fn begin(self: &Arc<Self>, is_http2: bool) -> UnderWay {
        let number = self.change(|state| {
            if state.under_way.is_empty() {
                state.since = Instant::now();
            }
            state.is_http2 = is_http2;
            state.head_since = None;
            state.requests += 1;
            state.under_way.push((state.requests, Phase::Working));
            state.requests
        });
        UnderWay {
            activity: Arc::clone(self),
            number,
            is_http2,
        }
    }

    fn set_phase(&self, number: u64, phase: Phase) {
        self.change(|state| {
            if let Some((_, old)) = state.under_way.iter_mut().find(|(request, _)| *request == number) {
                *old = phase;
            }
        });
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let mut state = self.state();
        let result = change(&mut state);
        let rank = state.rank();
        if state.rank.replace(rank) != Some(rank) {
            self.ranking.set(rank);
        }
        result
    }
}

impl State {
    fn rank(&self) -> Rank {
        let waits_for_client = self.is_blocked || self.under_way.iter().all(|(_, phase)| *phase != Phase::Working);
        if self.is_detached {
            Rank::Busy
        } else if self.under_way.is_empty() {
            Rank::Quiet(self.since)
        } else if waits_for_client {
            Rank::Waiting(self.since)
        } else {
            Rank::Busy
        }
    }
}

/// A request that is under way.
#[derive(Debug)]
pub(super) struct UnderWay {
    activity: Arc<Activity>,
    number: u64,
    is_http2: bool,
}

impl UnderWay {
    /// Names the request to who reads its body.
    pub(super) fn body(&self) -> BodyProgress {
        BodyProgress {
            activity: Arc::clone(&self.activity),
            number: self.number,
        }
    }

    /// A part of the answer was given away and waits to be taken. On HTTP/1 it is the socket that tells.
    pub(super) fn offers(&self) {
        if self.is_http2 {
            self.activity.set_phase(self.number, Phase::Answer(Instant::now()));
            self.activity.changed.notify_one();
        }
    }

    /// What was given has been taken, and the server has nothing more yet.
    pub(super) fn works(&self) {
        if self.is_http2 {
            self.activity.set_phase(self.number, Phase::Working);
        }
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        let activity = &self.activity;
        activity.change(|state| {
            state.under_way.retain(|(request, _)| *request != self.number);
            if state.under_way.is_empty() {
                state.since = Instant::now();
            }
        });
        if self.is_http2 {
            activity.changed.notify_one();
        }
    }
}

/// Tells how the body of a request is doing. As an extension of the request it outlives the request without harm.
#[derive(Clone, Debug)]
pub(super) struct BodyProgress {
    activity: Arc<Activity>,
    number: u64,
}

impl BodyProgress {
    /// The client has to send more.
    pub(super) fn waits(&self) {
        self.activity.set_phase(self.number, Phase::Body);
    }

    /// It did, or nobody waits for it any more.
    pub(super) fn goes_on(&self) {
        self.activity.set_phase(self.number, Phase::Working);
    }
}

#[cfg(test)]
mod tests {
    use super::{Activity, Deadlines};
    use crate::server::connection::place::{Place, Places};
    use std::{sync::Arc, time::Duration};
    use tokio::time::{Instant, advance};

    const DEADLINES: Deadlines = Deadlines {
        header: Duration::from_secs(10),
        answer: Duration::from_secs(30),
        idle: Duration::from_secs(75),
    };

    async fn connection() -> (Places, Place, Arc<Activity>) {
        let places = Places::new(1, 1);
        let place = places.admit(None).await.unwrap();
        let activity = Activity::new(DEADLINES, place.ranking());
        (places, place, activity)
    }

    /// Seconds until the deadline.
    fn left(activity: &Activity) -> Option<u64> {
        let deadline = activity.deadline()?;
        Some(deadline.saturating_duration_since(Instant::now()).as_secs())
    }

    #[tokio::test(start_paused = true)]
    async fn nothing_but_a_request_moves_the_first_deadline() {
        let (_places, _place, activity) = connection().await;
        for second in 0..10 {
            assert_eq!(left(&activity), Some(10 - second));
            activity.heard();
            advance(Duration::from_secs(1)).await;
        }
        drop(activity.begin(false));
        assert_eq!(left(&activity), Some(75));
    }

    #[tokio::test(start_paused = true)]
    async fn a_later_header_has_its_time_from_its_first_byte_on() {
        let (_places, _place, activity) = connection().await;
        drop(activity.begin(false));
        advance(Duration::from_mins(1)).await;
        assert_eq!(left(&activity), Some(15));
        activity.heard();
        advance(Duration::from_secs(1)).await;
        activity.heard();
        assert_eq!(left(&activity), Some(9));
        drop(activity.begin(false));
        assert_eq!(left(&activity), Some(75));
    }

    #[tokio::test(start_paused = true)]
    async fn pings_of_http2_neither_keep_a_connection_nor_end_it() {
        let (_places, _place, activity) = connection().await;
        drop(activity.begin(true));
        for _ in 0..70 {
            advance(Duration::from_secs(1)).await;
            activity.heard();
        }
        assert_eq!(left(&activity), Some(5));
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_that_nobody_takes_has_a_deadline_and_one_in_the_making_has_none() {
        let (_places, _place, activity) = connection().await;
        let (one, other) = (activity.begin(true), activity.begin(true));
        assert_eq!(left(&activity), None);
        one.offers();
        advance(Duration::from_secs(20)).await;
        other.offers();
        assert_eq!(left(&activity), Some(10));
        one.works();
        assert_eq!(left(&activity), Some(30));
        drop(other);
        assert_eq!(left(&activity), None);
    }

    #[tokio::test(start_paused = true)]
    async fn only_who_waits_for_the_client_makes_room() {
        let (places, _place, activity) = connection().await;
        let request = activity.begin(false);
        assert!(!places.evict(), "the server works");
        request.body().waits();
        request.body().goes_on();
        assert!(!places.evict(), "the body went on");
        activity.set_blocked(true);
        activity.set_blocked(false);
        assert!(!places.evict(), "the answer was taken");
        request.body().waits();
        assert!(places.evict());
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_upgraded_makes_no_room() {
        let (places, _place, activity) = connection().await;
        drop(activity.begin(false));
        activity.detach();
        activity.set_blocked(true);
        drop(activity.begin(false));
        assert!(!places.evict());
    }
}
