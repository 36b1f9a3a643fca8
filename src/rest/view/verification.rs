//! A proof being asked for, as it is sent.
//!
//! Invariant: the status is the one of now, so a code that time has killed never looks usable.

use domain::verification::Verification;
use entity::{
    UnixMilliseconds,
    kind::{Strategy, VerificationStatus},
};
use serde::Serialize;

/// A verification.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct VerificationView {
    object: &'static str,
    status: VerificationStatus,
    strategy: Strategy,
    attempts: Option<i32>,
    expire_at: Option<UnixMilliseconds>,
}

impl VerificationView {
    /// A verification as it stands at `now`.
    #[must_use]
    pub const fn of(verification: &Verification, now: UnixMilliseconds) -> Self {
        Self {
            object: object(verification.strategy),
            status: verification.status_at(now),
            strategy: verification.strategy,
            attempts: Some(verification.attempts),
            expire_at: Some(verification.expire_at),
        }
    }

    /// A proof that was right at once and left no verification behind: a password.
    #[must_use]
    pub const fn of_password() -> Self {
        Self {
            object: object(Strategy::Password),
            status: VerificationStatus::Verified,
            strategy: Strategy::Password,
            attempts: None,
            expire_at: None,
        }
    }
}

const fn object(strategy: Strategy) -> &'static str {
    match strategy {
        Strategy::Password => "verification_password",
        Strategy::EmailCode => "verification_otp",
    }
}
