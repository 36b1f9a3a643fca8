//! Those who follow the same: several tabs of one browser, which run the same subscription and would all be answered alike.
//!
//! An audience is answered by one execution, whose responses are written once and then told to each of it. Whoever joins has read the
//! present state by an execution of their own first, so that nobody is told what was read before they asked.
//!
//! Invariant: who is in an audience would be told the same by an execution of their own. Two are in one only if they are alike in
//! everything that an answer may depend on ([`crate::Endpoint::likeness`]), and only for operations of which each response is a whole
//! state ([`Reading`]): of states only the last one counts, so that nobody waits for another who reads slowly.

use crate::Refusal;
use crate::followed::{Followed, Reading};
use crate::told::{Telling, Told};
use async_graphql::{Request, Response};
use futures_util::stream::{BoxStream, Stream, StreamExt as _};
use kernel::error::{Code, Error};
use std::collections::HashMap;
use std::num::NonZeroU64;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use tokio::sync::watch;
use tokio::task::AbortHandle;

/// What those of one audience have in common.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Common {
    likeness: String,
    query: String,
    operation: Option<String>,
    variables: String,
}

impl Common {
    /// What a caller of that likeness has in common with whoever asks the same. Nothing where the variables cannot be written.
    pub(super) fn of(likeness: String, request: &Request) -> Option<Self> {
        Some(Self {
            likeness,
            query: request.query.clone(),
            operation: request.operation_name.clone(),
            variables: serde_json::to_string(&request.variables).ok()?,
        })
    }
}

type Known = Arc<Mutex<HashMap<Common, Weak<Audience>>>>;

/// The audiences of an endpoint. Cheap to clone; clones know the same.
#[derive(Clone, Debug, Default)]
pub struct Audiences(Known);

/// What was said last to an audience.
#[derive(Clone, Debug)]
struct Said {
    /// Which reading it came of.
    reading: NonZeroU64,
    /// Nothing as long as everybody has it by an execution of their own.
    told: Option<Arc<Told>>,
    /// Whether that was all.
    is_over: bool,
}

/// One of them, as long as somebody is in it.
#[derive(Debug)]
struct Audience {
    said: watch::Receiver<Said>,
    speaker: AbortHandle,
    common: Common,
    known: Known,
}

impl Audiences {
    /// The responses of an operation, by itself or together with others who have all of that in common.
    pub(super) fn follow(
        &self,
        common: Option<Common>,
        followed: Followed,
        telling: Telling,
    ) -> impl Stream<Item = Arc<Told>> + Send + use<> {
        let audiences = self.clone();
        async_stream::stream! {
            let Followed { mut responses, reading, held: _held } = followed;
            let Some(first) = responses.next().await else { return };
            // Whether it is a state is known by now.
            let own = reading.latest();
            yield Arc::new(telling.tell(first));
            let (Some(common), Some(mut latest)) = (common, own) else {
                while let Some(response) = responses.next().await {
                    yield Arc::new(telling.tell(response));
                }
                return;
            };
            let audience = audiences.join(common, responses, reading, telling);
            let mut said = audience.said.clone();
            loop {
                let last = said.borrow_and_update().clone();
                // What was read before the own reading may be older than that. If it is, another one is under way.
                if let Some(told) = last.told.filter(|_| last.reading > latest) {
                    latest = last.reading;
                    yield told;
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

    /// The audience of those who have that in common. The first of them lets their responses be told to all.
    fn join(
        &self,
        common: Common,
        responses: BoxStream<'static, Response>,
        reading: Reading,
        telling: Telling,
    ) -> Arc<Audience> {
        let mut known = lock(&self.0);
        if let Some(audience) = known.get(&common).and_then(Weak::upgrade) {
            drop(known);
            return audience;
        }
        let speaking = Speaking {
            responses,
            reading,
            telling,
            common: common.clone(),
            known: Arc::clone(&self.0),
        };
        let (speaker, said) = speaking.begin();
        let audience = Arc::new(Audience {
            said,
            speaker,
            common: common.clone(),
            known: Arc::clone(&self.0),
        });
        known.insert(common, Arc::downgrade(&audience));
        audience
    }
}

impl Drop for Audience {
    fn drop(&mut self) {
        self.speaker.abort();
        let mut known = lock(&self.known);
        // Another one may have begun meanwhile.
        if known.get(&self.common).is_some_and(|known| known.strong_count() == 0) {
            known.remove(&self.common);
        }
    }
}

/// What tells an audience.
struct Speaking {
    responses: BoxStream<'static, Response>,
    reading: Reading,
    telling: Telling,
    common: Common,
    known: Known,
}

impl Speaking {
    fn begin(self) -> (AbortHandle, watch::Receiver<Said>) {
        let (sender, said) = watch::channel(Said {
            reading: self.reading.latest().unwrap_or(NonZeroU64::MIN),
            told: None,
            is_over: false,
        });
        (tokio::spawn(self.tell_all(sender)).abort_handle(), said)
    }

    async fn tell_all(mut self, said: watch::Sender<Said>) {
        while let Some(response) = self.responses.next().await {
            let told = Arc::new(self.telling.tell(response));
            said.send_modify(|said| {
                said.reading = self.reading.latest().unwrap_or(said.reading);
                said.told = Some(told);
            });
        }
        // Before it is told, so that nobody joins what has ended.
        lock(&self.known).remove(&self.common);
        said.send_modify(|said| said.is_over = true);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
