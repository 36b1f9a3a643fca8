//! Those who follow the same: several tabs of one browser, which run the same subscription and would all be answered alike.
//!
//! An audience is answered by one execution, whose responses are written once and then told to each of it. Whoever joins has read the
//! present state by an execution of their own first, so that nobody is told what was read before they asked.
//!
//! Invariant: who is in an audience would be told the same by an execution of their own. Two are in one only if they are alike in
//! everything that an answer may depend on ([`crate::Endpoint::likeness`]), and only for operations of which each response is a whole
//! state ([`Readings`]): of states only the last one counts, so that nobody waits for another who reads slowly.

use crate::Refusal;
use crate::subscribed::{Readings, Subscribed};
use crate::told::{Telling, Told};
use async_graphql::{Request, Response, Value};
use aws_lc_rs::digest::{SHA256, digest};
use futures_util::stream::{BoxStream, Stream, StreamExt as _};
use kernel::error::{Code, Error};
use std::collections::HashMap;
use std::num::NonZeroU64;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use tokio::sync::watch;
use tokio::task::AbortHandle;

/// What those of one audience have in common, by its SHA-256: a document may be long, and what a caller is like is not for logs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Common([u8; 32]);

impl Common {
    /// What a caller of that likeness has in common with whoever asks the same. Nothing where the variables cannot be written.
    pub(super) fn of(likeness: &str, request: &Request) -> Option<Self> {
        let all = (likeness, &request.query, &request.operation_name, &request.variables);
        let all = serde_json::to_vec(&all).ok()?;
        digest(&SHA256, &all).as_ref().try_into().ok().map(Self)
    }
}

/// Who is told more at first stays by themselves: the last response of an audience is kept as long as there is one. It may have grown by
/// then, up to what any response may be.
const MOST_BYTES: usize = 64 * 1024;

/// The audiences that can be joined, each with the reading of whoever founded it, which no other has.
type Known = Arc<Mutex<HashMap<Common, (NonZeroU64, Weak<Audience>)>>>;

/// The audiences of an endpoint. Cheap to clone; clones know the same.
#[derive(Clone, Debug, Default)]
pub struct Audiences(Known);

/// What was said last to an audience.
#[derive(Clone, Debug)]
struct Said {
    /// Which reading it came of.
    reading: NonZeroU64,
    told: Arc<Told>,
    /// Whether that was all.
    is_over: bool,
}

/// One of them, as long as somebody is in it.
#[derive(Debug)]
struct Audience {
    said: watch::Receiver<Said>,
    speaker: AbortHandle,
    _place: Place,
}

/// Where an audience can be joined, until this is dropped: when the last one leaves, or there is no more to tell.
#[derive(Debug)]
struct Place {
    common: Common,
    founded: NonZeroU64,
    known: Known,
}

/// Somebody who was told their first state by an execution of their own, and that execution.
struct Newcomer {
    responses: BoxStream<'static, Response>,
    readings: Readings,
    telling: Telling,
    /// Of which reading the first state was.
    own: NonZeroU64,
    first: Arc<Told>,
}

impl Audiences {
    /// The responses of an operation, by itself or together with others who have all of that in common.
    pub(super) fn follow(
        &self,
        common: Option<Common>,
        subscribed: Subscribed,
        telling: Telling,
    ) -> impl Stream<Item = Arc<Told>> + Send + use<> {
        let audiences = self.clone();
        async_stream::stream! {
            let Subscribed { mut responses, readings, held: _held } = subscribed;
            let Some(first) = responses.next().await else { return };
            // What has failed is no state. Whether anything else is one is known by now.
            let own = readings.latest().filter(|_| first.data != Value::Null);
            let first = Arc::new(telling.tell(first));
            let is_short = first.body.len() <= MOST_BYTES;
            yield Arc::clone(&first);
            let (Some(common), Some(own), true) = (common, own, is_short) else {
                while let Some(response) = responses.next().await {
                    yield Arc::new(telling.tell(response));
                }
                return;
            };
            let newcomer = Newcomer { responses, readings, telling, own, first };
            let audience = audiences.join(common, newcomer);
            let (mut said, mut latest) = (audience.said.clone(), own);
            loop {
                let last = said.borrow_and_update().clone();
                // What was read before the own reading may be older than that; if it is, another one is under way. Only what is said
                // last counts whenever it was read: there is none after it, and it may be why.
                if last.reading > latest || (last.is_over && last.reading != latest) {
                    latest = last.reading;
                    yield last.told;
                }
                if last.is_over {
                    return;
                }
                if said.changed().await.is_err() {
                    yield Arc::new(Told::of(&Refusal::from(Error::from(Code::InternalError)).into_response()));
                    return;
                }
            }
        }
    }

    /// The audience of those who have that in common. Who founds one lets their execution go on for all of it.
    fn join(&self, common: Common, newcomer: Newcomer) -> Arc<Audience> {
        let mut known = lock(&self.0);
        if let Some(audience) = known.get(&common).and_then(|(_, audience)| audience.upgrade()) {
            drop(known);
            return audience;
        }
        let founded = newcomer.own;
        let place = || Place {
            common,
            founded,
            known: Arc::clone(&self.0),
        };
        // While the map is locked, so that an execution that ends at once is taken out of it after it was put in.
        let (speaker, said) = newcomer.speak(place());
        let audience = Arc::new(Audience {
            said,
            speaker,
            _place: place(),
        });
        known.insert(common, (founded, Arc::downgrade(&audience)));
        audience
    }
}

impl Drop for Audience {
    fn drop(&mut self) {
        self.speaker.abort();
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut known = lock(&self.known);
        // Another audience may have been founded meanwhile.
        if known
            .get(&self.common)
            .is_some_and(|(founded, _)| *founded == self.founded)
        {
            known.remove(&self.common);
        }
    }
}

impl Newcomer {
    /// Tells an audience what comes of the execution, beginning with the first state: of those who join, somebody may have an older one.
    fn speak(self, place: Place) -> (AbortHandle, watch::Receiver<Said>) {
        let (sender, said) = watch::channel(Said {
            reading: self.own,
            told: Arc::clone(&self.first),
            is_over: false,
        });
        (tokio::spawn(self.tell_all(place, sender)).abort_handle(), said)
    }

    async fn tell_all(mut self, place: Place, said: watch::Sender<Said>) {
        while let Some(response) = self.responses.next().await {
            let told = Arc::new(self.telling.tell(response));
            said.send_modify(|said| {
                let latest = self.readings.latest().filter(|latest| *latest > said.reading);
                debug_assert!(
                    latest.is_some(),
                    "a state came of no reading of its own, so nobody is told it"
                );
                said.reading = latest.unwrap_or(said.reading);
                said.told = told;
            });
        }
        // Before it is told, so that nobody joins what has ended.
        drop(place);
        said.send_modify(|said| said.is_over = true);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
