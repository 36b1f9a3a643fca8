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

/// How long a response may be that an audience keeps for whoever may join it. Who is told more at first stays by themselves, and of
/// what has grown by then nothing is kept when all of the audience have taken it.
const MOST_BYTES: usize = 16 * 1024;

/// The audiences that can be joined, each with the reading of whoever founded it, which no other has.
type Known = Arc<Mutex<HashMap<Common, (NonZeroU64, Weak<Audience>)>>>;

/// The audiences of an endpoint. Cheap to clone; clones know the same.
#[derive(Clone, Debug, Default)]
pub struct Audiences(Known);

/// What was said last to an audience, and who has still to take it.
#[derive(Debug)]
struct Said {
    /// How often something was said.
    number: u64,
    /// Which reading it came of.
    reading: NonZeroU64,
    /// Nothing where it is not kept any more.
    told: Option<Arc<Told>>,
    /// Whether that was all.
    is_over: bool,
    members: usize,
    /// How many of them have not taken it.
    waiting: usize,
}

/// One of them, as long as somebody is in it.
#[derive(Debug)]
struct Audience {
    said: Arc<Mutex<Said>>,
    /// Rings when something was said, and breaks with who speaks.
    bell: watch::Receiver<()>,
    speaker: AbortHandle,
    _place: Place,
}

/// Somebody in an audience.
struct Member {
    audience: Arc<Audience>,
    bell: watch::Receiver<()>,
    /// The number of what they took last.
    taken: u64,
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
            let newcomer = Box::new(Newcomer { responses, readings, telling, own, first });
            let mut member = match audiences.join(common, newcomer) {
                Ok(member) => member,
                Err(mut alone) => {
                    while let Some(response) = alone.responses.next().await {
                        yield Arc::new(alone.telling.tell(response));
                    }
                    return;
                }
            };
            let (mut taken, mut latest) = (None, own);
            loop {
                let (said, is_over) = member.take();
                taken = said.or(taken);
                // What was read before the own reading may be older than that; if it is, another one is under way. Only what is said
                // last counts whenever it was read: there is none after it, and it may be why.
                if let Some((reading, told)) =
                    taken.take_if(|(reading, _)| *reading > latest || (is_over && *reading != latest))
                {
                    latest = reading;
                    yield told;
                }
                if is_over {
                    return;
                }
                if member.bell.changed().await.is_err() {
                    yield Arc::new(Told::of(&Refusal::from(Error::from(Code::InternalError)).into_response()));
                    return;
                }
            }
        }
    }

    /// A place in the audience of those who have that in common. Who founds one lets their execution go on for all of it; who would have
    /// missed what is not kept any more stays alone.
    fn join(&self, common: Common, newcomer: Box<Newcomer>) -> Result<Member, Box<Newcomer>> {
        let mut known = lock(&self.0);
        if let Some(audience) = known.get(&common).and_then(|(_, audience)| audience.upgrade()) {
            drop(known);
            return Member::admit(audience, newcomer.own).ok_or(newcomer);
        }
        let founded = newcomer.own;
        let place = || Place {
            common,
            founded,
            known: Arc::clone(&self.0),
        };
        // While the map is locked, so that an execution that ends at once is taken out of it after it was put in.
        let said = Arc::new(Mutex::new(newcomer.first_word()));
        let (speaker, bell) = newcomer.speak(place(), Arc::clone(&said));
        let audience = Arc::new(Audience {
            said,
            bell,
            speaker,
            _place: place(),
        });
        known.insert(common, (founded, Arc::downgrade(&audience)));
        drop(known);
        Ok(Member::founder(audience))
    }
}

impl Member {
    /// Who is counted from the first word on, since the second may be said before they look.
    fn founder(audience: Arc<Audience>) -> Self {
        Self {
            bell: audience.bell.clone(),
            audience,
            taken: 0,
        }
    }

    fn new(audience: Arc<Audience>) -> Self {
        let mut said = lock(&audience.said);
        said.members += 1;
        let taken = match said.told {
            Some(_) => {
                said.waiting += 1;
                said.number - 1
            }
            None => said.number,
        };
        drop(said);
        Self {
            bell: audience.bell.clone(),
            audience,
            taken,
        }
    }

    /// Lets somebody in who has read that; not who would need something that is not kept any more.
    fn admit(audience: Arc<Audience>, own: NonZeroU64) -> Option<Self> {
        let member = Self::new(audience);
        let said = lock(&member.audience.said);
        let has_missed = said.told.is_none() && said.reading > own;
        drop(said);
        (!has_missed).then_some(member)
    }

    /// What was said since, and whether that was all.
    fn take(&mut self) -> (Option<(NonZeroU64, Arc<Told>)>, bool) {
        // Before it is looked at, so that nothing falls between.
        self.bell.mark_unchanged();
        let mut said = lock(&self.audience.said);
        if self.taken == said.number {
            return (None, said.is_over);
        }
        self.taken = said.number;
        let told = said.told.clone().map(|told| (said.reading, told));
        said.is_taken_by_one();
        (told, said.is_over)
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        let mut said = lock(&self.audience.said);
        said.members -= 1;
        if self.taken != said.number {
            said.is_taken_by_one();
        }
    }
}

impl Said {
    fn say(&mut self, reading: NonZeroU64, told: Arc<Told>) {
        self.number += 1;
        (self.reading, self.told, self.waiting) = (reading, Some(told), self.members);
        self.let_go();
    }

    fn is_taken_by_one(&mut self) {
        self.waiting -= 1;
        self.let_go();
    }

    fn let_go(&mut self) {
        if self.waiting == 0 && self.told.as_ref().is_some_and(|told| told.body.len() > MOST_BYTES) {
            self.told = None;
        }
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
    /// The first state, which the founder has still to take: of those who join, somebody may have an older one.
    fn first_word(&self) -> Said {
        Said {
            number: 1,
            reading: self.own,
            told: Some(Arc::clone(&self.first)),
            is_over: false,
            members: 1,
            waiting: 1,
        }
    }

    /// Tells an audience what comes of the execution.
    fn speak(self, place: Place, said: Arc<Mutex<Said>>) -> (AbortHandle, watch::Receiver<()>) {
        let (ringing, bell) = watch::channel(());
        (tokio::spawn(self.tell_all(place, said, ringing)).abort_handle(), bell)
    }

    async fn tell_all(mut self, place: Place, said: Arc<Mutex<Said>>, bell: watch::Sender<()>) {
        while let Some(response) = self.responses.next().await {
            let told = Arc::new(self.telling.tell(response));
            let mut said = lock(&said);
            let latest = self.readings.latest().filter(|latest| *latest > said.reading);
            debug_assert!(
                latest.is_some(),
                "a state came of no reading of its own, so nobody is told it"
            );
            let reading = latest.unwrap_or(said.reading);
            said.say(reading, told);
            drop(said);
            bell.send_replace(());
        }
        // Before it is told, so that nobody joins what has ended.
        drop(place);
        lock(&said).is_over = true;
        bell.send_replace(());
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
