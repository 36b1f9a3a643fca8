//! The time, as Unix milliseconds, from the system or set by a test.
//!
//! Invariant: the unit is the one that is stored and sent, so a time survives the database unchanged.

use std::{
    fmt::Debug,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// Tells the time.
pub trait Clock: Send + Sync + Debug {
    /// The present, in milliseconds since 1970-01-01T00:00:00Z. It may jump either way, as system clocks do.
    fn now(&self) -> i64;
}

/// The clock of the operating system.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> i64 {
        #[expect(
            clippy::disallowed_methods,
            reason = "this is the one place that reads the system clock"
        )]
        let present = SystemTime::now();
        match present.duration_since(UNIX_EPOCH) {
            Ok(since) => milliseconds(since),
            // A machine without a battery may start before 1970: late is wrong, but a panic would be worse.
            Err(before) => milliseconds(before.duration()).saturating_neg(),
        }
    }
}

/// A clock that stands still until it is moved. Its clones show the same time.
#[derive(Clone, Debug)]
pub struct TestClock {
    now: Arc<AtomicI64>,
}

impl TestClock {
    /// A clock that stands at `milliseconds` since 1970.
    #[must_use]
    pub fn new(milliseconds: i64) -> Self {
        Self {
            now: Arc::new(AtomicI64::new(milliseconds)),
        }
    }

    /// Moves the clock forward, by whole milliseconds.
    pub fn advance(&self, by: Duration) {
        self.now.fetch_add(milliseconds(by), Ordering::SeqCst);
    }

    /// Sets the clock to `milliseconds` since 1970, forward or back.
    pub fn set(&self, milliseconds: i64) {
        self.now.store(milliseconds, Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now(&self) -> i64 {
        self.now.load(Ordering::SeqCst)
    }
}

/// A duration in whole milliseconds; what does not fit (292 million years) is the greatest that does.
fn milliseconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::{Clock, SystemClock, TestClock};
    use std::time::Duration;

    #[test]
    fn a_test_clock_stands_still_until_it_is_moved() {
        let clock = TestClock::new(1_000);
        let same = clock.clone();
        assert_eq!(clock.now(), 1_000);
        clock.advance(Duration::from_micros(2_500));
        assert_eq!(same.now(), 1_002);
        same.set(5);
        assert_eq!(clock.now(), 5);
    }

    #[test]
    fn the_system_clock_counts_milliseconds_of_this_century() {
        let now = SystemClock.now();
        assert!((1_700_000_000_000..4_102_444_800_000).contains(&now), "{now}");
    }
}
