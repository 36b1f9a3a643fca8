//! Points in time as people read them: how long ago, and exactly.
//!
//! Invariant: `asset/inbox.js` says the same by the same steps, so that a page does not change its words when its script
//! takes over.

use chrono::{DateTime, SecondsFormat, Utc};
use entity::UnixMilliseconds;

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// A point in time beside the present.
pub(super) struct Moment {
    /// RFC 3339 in UTC, to the second; for programs.
    pub machine: String,
    /// Date and time of day in UTC, to the second.
    pub exact: String,
    /// How long ago.
    pub ago: String,
}

impl Moment {
    /// `at` as seen from `now`.
    pub(super) fn of(at: UnixMilliseconds, now: UnixMilliseconds) -> Self {
        let time: DateTime<Utc> = DateTime::from_timestamp_millis(at).unwrap_or_default();
        Self {
            machine: time.to_rfc3339_opts(SecondsFormat::Secs, true),
            exact: time.format("%Y-%m-%d %H:%M:%S UTC").to_string(),
            ago: ago(at, now),
        }
    }
}

/// How long ago, in the largest whole unit. What is not over yet, by another clock, is just now.
fn ago(at: UnixMilliseconds, now: UnixMilliseconds) -> String {
    let passed = now.saturating_sub(at);
    let (count, unit) = match passed {
        ..MINUTE => return "just now".to_owned(),
        MINUTE..HOUR => (passed / MINUTE, "minute"),
        HOUR..DAY => (passed / HOUR, "hour"),
        _ => (passed / DAY, "day"),
    };
    let ending = if count == 1 { "" } else { "s" };
    format!("{count} {unit}{ending} ago")
}

#[cfg(test)]
mod tests {
    use super::{DAY, HOUR, MINUTE, Moment, ago};

    #[test]
    fn times_are_told_in_the_largest_whole_unit() {
        for (passed, told) in [
            (-5, "just now"),
            (0, "just now"),
            (MINUTE - 1, "just now"),
            (MINUTE, "1 minute ago"),
            (2 * MINUTE, "2 minutes ago"),
            (HOUR - 1, "59 minutes ago"),
            (HOUR, "1 hour ago"),
            (DAY - 1, "23 hours ago"),
            (DAY, "1 day ago"),
            (400 * DAY, "400 days ago"),
        ] {
            assert_eq!(ago(1_000_000, 1_000_000 + passed), told);
        }
        assert_eq!(ago(i64::MIN, i64::MAX), format!("{} days ago", i64::MAX / DAY));
    }

    #[test]
    fn the_exact_time_is_told_to_programs_and_people() {
        let moment = Moment::of(1_795_176_000_123, 1_795_176_000_123);
        assert_eq!(moment.machine, "2026-11-20T12:00:00Z");
        assert_eq!(moment.exact, "2026-11-20 12:00:00 UTC");
        assert_eq!(Moment::of(i64::MAX, 0).machine, "1970-01-01T00:00:00Z");
    }
}
