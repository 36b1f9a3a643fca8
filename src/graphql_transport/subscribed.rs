//! What comes of a subscription, and how its responses are told apart by age.

use async_graphql::Response;
use futures_util::stream::BoxStream;
use std::any::Any;
use std::num::NonZeroU64;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// What comes of a subscription.
pub struct Subscribed {
    /// Its responses.
    pub responses: BoxStream<'static, Response>,
    /// The readings that they come of.
    pub readings: Readings,
    /// What is let go when nobody follows it any more.
    pub held: Option<Box<dyn Any + Send>>,
}

/// The readings that the responses of a subscription come of, where each response is the whole state of what is followed: who is told the
/// last one has missed nothing. Readings are numbered in the order in which they begin, over all subscriptions of the process.
#[derive(Clone, Debug, Default)]
pub struct Readings(Arc<AtomicU64>);

/// The number of the last one.
static LAST: AtomicU64 = AtomicU64::new(0);

impl Readings {
    /// A reading begins: nothing that comes of it is older than this. To be called before each response, and never where responses are
    /// not states.
    pub fn begin(&self) {
        let number = LAST.fetch_add(1, Ordering::AcqRel).saturating_add(1);
        self.0.store(number, Ordering::Release);
    }

    /// The reading of the latest response; nothing where responses are not states.
    pub(crate) fn latest(&self) -> Option<NonZeroU64> {
        NonZeroU64::new(self.0.load(Ordering::Acquire))
    }
}
