//! A worker, and what the jobs that it carries out use of it.

use outbound::mail::Mailer;
use service::app::App;
use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

/// Carries out jobs. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Worker {
    pub(super) app: App,
    pub(super) mailer: Mailer,
    /// When to tidy up next.
    pub(super) next_cleanup: Schedule,
}

impl Worker {
    /// A worker that has not started.
    #[must_use]
    pub fn new(app: App, mailer: Mailer) -> Self {
        Self {
            app,
            mailer,
            next_cleanup: Schedule::default(),
        }
    }

    /// What every request shares.
    #[must_use]
    pub fn app(&self) -> &App {
        &self.app
    }

    /// How mail leaves.
    #[must_use]
    pub fn mailer(&self) -> &Mailer {
        &self.mailer
    }
}

/// When something is due next, in Unix milliseconds; at first at once.
#[derive(Clone, Debug, Default)]
pub(super) struct Schedule(Arc<AtomicI64>);

impl Schedule {
    pub(super) fn is_due(&self, now: i64, interval: i64) -> bool {
        is_reached(self.0.load(Ordering::Relaxed), now, interval)
    }

    /// Whether it is due; if so, it is due again after `interval` and nobody else is told.
    pub(super) fn take(&self, now: i64, interval: i64) -> bool {
        let next = |due: i64| is_reached(due, now, interval).then_some(now + interval);
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next).is_ok()
    }
}

/// Whether the time has come, or lies further ahead than an interval, since the clock was put back.
fn is_reached(due: i64, now: i64, interval: i64) -> bool {
    due <= now || due > now + interval
}
