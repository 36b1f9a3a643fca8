//! Clocks that differ, and clocks that are put right.
//!
//! Nodes never agree on the time to the millisecond, and a clock that was ahead is corrected one day. What was written down by
//! it then lies in the future, and must not delay anybody until the time that it named. A node that is itself behind sees the
//! same of everybody else's, and must not let go of what protects people. Invariant: what ends later than it could have been
//! set to by now, and by as much again as it lasts, counts as over; so nobody waits more than twice as long as a lock lasts, and
//! a clock has to be wrong by that much before a lock is passed over.

/// How far the clock of another node may be ahead without being taken for wrong, in milliseconds, whatever it wrote.
pub const SKEW: i64 = 60_000;

/// How far ahead something may have begun that lasts at most `longest` milliseconds.
const fn tolerance(longest: i64) -> i64 {
    if longest > SKEW { longest } else { SKEW }
}

/// Whether something that lasts at most `longest` milliseconds can end at that time.
#[must_use]
pub const fn can_end(at: i64, longest: i64, now: i64) -> bool {
    at <= latest_end(longest, now)
}

/// The latest time at which something can end that lasts at most `longest` milliseconds and has begun.
#[must_use]
pub const fn latest_end(longest: i64, now: i64) -> i64 {
    latest_beginning(longest, now).saturating_add(longest)
}

/// The latest time at which something can have begun that lasts at most `longest` milliseconds.
#[must_use]
pub const fn latest_beginning(longest: i64, now: i64) -> i64 {
    now.saturating_add(tolerance(longest))
}

#[cfg(test)]
mod tests {
    use super::{SKEW, can_end, latest_beginning};

    #[test]
    fn the_clock_of_another_node_may_be_ahead_by_as_long_as_a_thing_lasts() {
        const NOW: i64 = 1_795_000_000_000;
        const HOUR: i64 = 3_600_000;
        for (longest, tolerance) in [(0, SKEW), (500, SKEW), (SKEW, SKEW), (HOUR, HOUR)] {
            let latest = NOW + longest + tolerance;
            assert!(can_end(latest, longest, NOW), "{longest}");
            assert!(!can_end(latest + 1, longest, NOW), "{longest}");
            assert_eq!(latest_beginning(longest, NOW), NOW + tolerance);
        }
        assert!(can_end(0, HOUR, NOW) && !can_end(i64::MAX, HOUR, NOW));
        assert!(can_end(i64::MAX, i64::MAX, NOW), "what lasts for ever");
    }
}
