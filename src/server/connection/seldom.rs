//! Log lines about what may happen thousands of times a second.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};
use tokio::time::Instant;

/// The shortest time between two lines of a kind.
const PERIOD: Duration = Duration::from_secs(10);

/// Lets one line of a kind through in ten seconds.
#[derive(Debug, Default)]
pub(super) struct Seldom(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    last: Option<Instant>,
    times: u64,
}

impl Seldom {
    /// Counts one event. Returns how many there were since the last line, when it is time for another one.
    pub(super) fn happened(&self) -> Option<u64> {
        let now = Instant::now();
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.times += 1;
        if state
            .last
            .is_some_and(|last| now.saturating_duration_since(last) < PERIOD)
        {
            return None;
        }
        state.last = Some(now);
        Some(std::mem::take(&mut state.times))
    }
}

#[cfg(test)]
mod tests {
    use super::{PERIOD, Seldom};

    #[tokio::test(start_paused = true)]
    async fn the_first_is_told_at_once_and_the_rest_together() {
        let seldom = Seldom::default();
        assert_eq!(seldom.happened(), Some(1));
        for _ in 0..500 {
            assert_eq!(seldom.happened(), None);
        }
        tokio::time::advance(PERIOD).await;
        assert_eq!(seldom.happened(), Some(501));
    }
}
