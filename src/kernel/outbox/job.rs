//! Jobs: work to be done after the commit, at least once. Payloads hold ids; the handler reads the rest.

use entity::id::VerificationId;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// The longest that a job waits for its next run, in milliseconds, and the longest that a lease lasts: one hour.
pub const LONGEST_WAIT: i64 = 3_600_000;

/// Work of one kind.
pub trait Job: Serialize + DeserializeOwned + Send + Sync {
    /// Names the handler in the job table.
    const NAME: &'static str;
    /// After how many runs it is given up and kept for an operator.
    const MAX_ATTEMPTS: i32;

    /// Milliseconds to wait after the given number of failed runs: 5 s, doubling, at most one hour.
    #[must_use]
    fn retry_after(attempts: i32) -> i64 {
        let doublings = u32::try_from(attempts.saturating_sub(1)).unwrap_or(0).min(16);
        (5_000_i64 << doublings).min(LONGEST_WAIT)
    }
}

/// Mails the present one-time code of a verification. Dropped when that code is no longer the present one.
#[derive(Debug, Serialize, Deserialize)]
pub struct SendVerificationEmail {
    /// Which verification.
    pub verification_id: VerificationId,
    /// Which of its codes.
    pub serial: i32,
}

impl Job for SendVerificationEmail {
    const NAME: &'static str = "send_verification_email";
    const MAX_ATTEMPTS: i32 = 8;
}

#[cfg(test)]
mod tests {
    use super::{Job as _, SendVerificationEmail};

    #[test]
    fn retries_back_off_from_five_seconds_to_an_hour() {
        let waits: Vec<_> = [1, 2, 3, 10, 20, i32::MAX]
            .into_iter()
            .map(SendVerificationEmail::retry_after)
            .collect();
        assert_eq!(waits, [5_000, 10_000, 20_000, 2_560_000, 3_600_000, 3_600_000]);
    }
}
