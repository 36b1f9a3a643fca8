//! What is known of whether writes are possible, and for how long it is believed.

use futures_util::future::{BoxFuture, Shared};
use std::time::{Duration, Instant};

/// How long a probe that succeeded is believed while nothing fails.
const CALM: Duration = Duration::from_secs(1);
/// How long a probe that failed is, or one after which something failed.
const WARY: Duration = Duration::from_millis(200);

/// What is known.
#[derive(Debug, Default)]
pub(super) struct Readiness {
    /// How the last probe ended.
    pub(super) last: Option<Verdict>,
    /// The one that runs.
    pub(super) running: Option<Shared<BoxFuture<'static, bool>>>,
}

/// How a probe ended.
#[derive(Clone, Copy, Debug)]
pub(super) struct Verdict {
    /// Whether the row was kept.
    pub(super) is_good: bool,
    /// When it began.
    pub(super) began: Instant,
    /// How many failures there had been when it began.
    pub(super) troubles: u64,
}

impl Verdict {
    /// Whether nothing spoke against it, if there have been so many failures by now.
    pub(super) fn holds(&self, troubles: u64) -> bool {
        self.is_good && self.troubles == troubles
    }

    /// Whether it is believed without another probe.
    pub(super) fn is_fresh(&self, troubles: u64) -> bool {
        self.began.elapsed() < if self.holds(troubles) { CALM } else { WARY }
    }
}
