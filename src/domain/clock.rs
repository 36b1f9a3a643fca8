//! Clocks that differ, and clocks that are put right.
//!
//! Nodes never agree on the time to the millisecond, and a clock that was ahead is corrected one day. What was written down by
//! it then lies in the future, and must not delay anybody until the time that it named. Invariant: a wait, a window, a lock or
//! a lease that ends later than it could have been set to by now counts as over.

/// How far the clock of another node may be ahead without being taken for wrong, in milliseconds.
pub const SKEW: i64 = 60_000;

/// Whether something that began at that time can have begun.
#[must_use]
pub const fn can_have_begun(at: i64, now: i64) -> bool {
    at <= now.saturating_add(SKEW)
}

/// Whether something that lasts at most `longest` milliseconds can end at that time.
#[must_use]
pub const fn can_end(at: i64, longest: i64, now: i64) -> bool {
    at <= latest_end(longest, now)
}

/// The latest time at which something can end that lasts at most `longest` milliseconds and has begun.
#[must_use]
pub const fn latest_end(longest: i64, now: i64) -> i64 {
    now.saturating_add(longest).saturating_add(SKEW)
}

#[cfg(test)]
mod tests {
    use super::{SKEW, can_end, can_have_begun};

    #[test]
    fn the_clock_of_another_node_may_be_a_little_ahead_and_no_more() {
        const NOW: i64 = 1_795_000_000_000;
        for (at, may) in [
            (0, true),
            (NOW, true),
            (NOW + SKEW, true),
            (NOW + SKEW + 1, false),
            (i64::MAX, false),
        ] {
            assert_eq!(can_have_begun(at, NOW), may, "{at}");
            assert_eq!(can_end(at, 0, NOW), may, "{at}");
        }
        assert!(can_end(NOW + SKEW + 500, 500, NOW) && !can_end(NOW + SKEW + 501, 500, NOW));
        assert!(can_end(i64::MAX, i64::MAX, NOW), "what lasts for ever");
    }
}
