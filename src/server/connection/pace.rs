//! How long somebody may be waited for: pauses are bounded, and so is the average rate.
//!
//! Invariant: only time that was spent waiting counts, so that a busy server makes nobody look slow.

use std::time::Duration;
use tokio::time::Instant;

/// What is asked of whoever sends or takes bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    /// The longest pause, and the lead of the average rate: a beginning may be slow.
    pub(super) grace: Duration,
    /// The average rate, in bytes per second of waiting.
    pub(super) bytes_per_second: u64,
}

/// How one transfer is doing.
#[derive(Debug)]
pub(super) struct Patience {
    pace: Pace,
    waited: Duration,
    bytes: u64,
    waiting_since: Option<Instant>,
}

impl Patience {
    pub(super) const fn new(pace: Pace) -> Self {
        Self {
            pace,
            waited: Duration::ZERO,
            bytes: 0,
            waiting_since: None,
        }
    }

    /// Something is waited for. Returns when that is enough.
    pub(super) fn wait(&mut self, now: Instant) -> Instant {
        let since = *self.waiting_since.get_or_insert(now);
        let earned = Duration::from_micros(self.bytes.saturating_mul(1_000_000) / self.pace.bytes_per_second.max(1));
        let left = self.pace.grace.saturating_add(earned).saturating_sub(self.waited);
        since + left.min(self.pace.grace)
    }

    /// These many bytes went over. The clock is read only where they were waited for.
    pub(super) fn advance(&mut self, now: impl FnOnce() -> Instant, bytes: usize) {
        if let Some(since) = self.waiting_since.take() {
            self.waited += now().saturating_duration_since(since);
        }
        self.bytes = self.bytes.saturating_add(bytes as u64);
    }

    /// Nobody is waited for any more, and what was slow is forgotten.
    pub(super) fn forget(&mut self) {
        *self = Self::new(self.pace);
    }
}

#[cfg(test)]
mod tests {
    use super::{Pace, Patience};
    use std::time::Duration;
    use tokio::time::Instant;

    const PACE: Pace = Pace {
        grace: Duration::from_secs(10),
        bytes_per_second: 1_000,
    };

    /// Seconds until patience ends, when `bytes` come after each of the pauses (in milliseconds) before the last one.
    fn left_after(pauses: &[(u64, usize)]) -> f64 {
        let mut now = Instant::now();
        let mut patience = Patience::new(PACE);
        for (pause, bytes) in pauses {
            patience.wait(now);
            now += Duration::from_millis(*pause);
            patience.advance(|| now, *bytes);
        }
        (patience.wait(now) - now).as_secs_f64()
    }

    #[test]
    fn a_pause_ends_after_the_grace_however_much_came_before() {
        assert!((left_after(&[]) - 10.0).abs() < 1e-6);
        assert!((left_after(&[(10, 1_000_000)]) - 10.0).abs() < 1e-6);
    }

    #[test]
    fn a_dribble_uses_the_grace_up() {
        // One byte a second earns a thousandth of a second.
        let nine = left_after(&[(1_000, 1); 9]);
        assert!((0.9..1.1).contains(&nine), "{nine}");
        assert!(left_after(&[(1_000, 1); 11]) <= 0.0);
    }

    #[test]
    fn what_keeps_the_rate_is_waited_for_without_end() {
        assert!((left_after(&vec![(1_000, 1_000); 5_000]) - 10.0).abs() < 1e-6);
    }

    #[test]
    fn time_in_which_nobody_was_waited_for_does_not_count() {
        let mut now = Instant::now();
        let mut patience = Patience::new(PACE);
        for _ in 0..100 {
            now += Duration::from_mins(1);
            patience.advance(|| now, 1);
        }
        assert!(patience.wait(now) >= now + Duration::from_secs(10));
    }

    #[test]
    fn what_is_forgotten_begins_again() {
        let mut now = Instant::now();
        let mut patience = Patience::new(PACE);
        patience.wait(now);
        now += Duration::from_secs(9);
        patience.advance(|| now, 1);
        patience.forget();
        assert_eq!(patience.wait(now), now + Duration::from_secs(10));
    }
}
