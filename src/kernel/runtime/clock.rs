//! The time, as Unix milliseconds, from the system or set by a test.
//!
//! Invariant: the unit is the one that is stored and sent, so a time survives the database unchanged.

use futures_util::{FutureExt as _, future::BoxFuture};
use std::{
    fmt::Debug,
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use tokio::sync::watch;

/// Tells the time.
pub trait Clock: Send + Sync + Debug {
    /// The present, in milliseconds since 1970-01-01T00:00:00Z. It may jump either way, as system clocks do.
    fn now(&self) -> i64;

    /// Waits until it may be `until`. It may be over sooner, since clocks jump: whoever waits looks at the time then.
    fn pause(&self, until: i64) -> BoxFuture<'_, ()>;
}

/// The longest pause, after which a clock that was set forward is noticed.
const LONGEST_PAUSE: Duration = Duration::from_mins(1);

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

    fn pause(&self, until: i64) -> BoxFuture<'_, ()> {
        let left = u64::try_from(until.saturating_sub(self.now())).unwrap_or_default();
        #[expect(
            clippy::disallowed_methods,
            reason = "that of the clock is the one time that is waited for"
        )]
        let pause = tokio::time::sleep(Duration::from_millis(left).min(LONGEST_PAUSE));
        pause.boxed()
    }
}

/// A clock that stands still until it is moved. Its clones show the same time.
#[derive(Clone, Debug)]
pub struct TestClock {
    now: Arc<watch::Sender<i64>>,
}

impl TestClock {
    /// A clock that stands at `milliseconds` since 1970.
    #[must_use]
    pub fn new(milliseconds: i64) -> Self {
        Self {
            now: Arc::new(watch::Sender::new(milliseconds)),
        }
    }

    /// Moves the clock forward, by whole milliseconds.
    pub fn advance(&self, by: Duration) {
        self.now.send_modify(|now| *now += milliseconds(by));
    }

    /// Sets the clock to `milliseconds` since 1970, forward or back.
    pub fn set(&self, milliseconds: i64) {
        self.now.send_replace(milliseconds);
    }
}

impl Clock for TestClock {
    fn now(&self) -> i64 {
        *self.now.borrow()
    }

    /// Over whenever the clock is moved.
    fn pause(&self, until: i64) -> BoxFuture<'_, ()> {
        let mut moved = self.now.subscribe();
        async move {
            if *moved.borrow_and_update() < until {
                // The sender is the clock's own, so there is one.
                let _gone = moved.changed().await;
            }
        }
        .boxed()
    }
}

/// A duration in whole milliseconds; what does not fit (292 million years) is the greatest that does.
fn milliseconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::{Clock, SystemClock, TestClock};
    use futures_util::FutureExt as _;
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

    #[tokio::test]
    async fn a_pause_is_over_when_its_time_has_come_or_the_clock_was_moved() {
        let clock = TestClock::new(1_000);
        clock.pause(1_000).await;
        let mut pause = clock.pause(9_000);
        assert!((&mut pause).now_or_never().is_none());
        clock.advance(Duration::from_secs(1));
        pause.await;
        SystemClock.pause(SystemClock.now()).await;
        assert!(SystemClock.pause(SystemClock.now() + 60_000).now_or_never().is_none());
    }

    #[test]
    fn the_system_clock_counts_milliseconds_of_this_century() {
        let now = SystemClock.now();
        assert!((1_700_000_000_000..4_102_444_800_000).contains(&now), "{now}");
    }
}
