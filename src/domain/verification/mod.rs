//! One proof being asked for: sent, attempted, verified, spent or expired.
//!
//! Invariant: a code that is spent, expired or replaced by a newer one never verifies, and every attempt counts. The
//! next state must be stored whatever the outcome is, or wrong guesses would cost nothing.

use crate::factor::email_code::{LIFETIME_MS, MAXIMUM_ATTEMPTS};
use entity::{
    id::VerificationId,
    kind::{Strategy, VerificationPurpose, VerificationStatus},
};

/// A verification.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verification {
    /// Its identifier; a code is derived from it and the serial.
    pub id: VerificationId,
    /// What it is for. A code of one purpose is no use for another.
    pub purpose: VerificationPurpose,
    /// How the proof is given.
    pub strategy: Strategy,
    /// Where it stood when it was last written; [`Verification::status_at`] tells where it stands.
    pub status: VerificationStatus,
    /// Attempts at the current code, the right one included.
    pub attempts: i32,
    /// Counts the codes; each has its own.
    pub serial: i32,
    /// When the current code expires, in Unix milliseconds.
    pub expire_at: i64,
}

/// Why no new code is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PrepareRejection {
    /// It is proven already.
    AlreadyVerified,
}

/// What an attempt came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AttemptOutcome {
    /// Proven.
    Verified,
    /// Wrong.
    Incorrect {
        /// Attempts that are left; with none left the verification has failed.
        remaining: i32,
    },
    /// The attempts had been spent before.
    Failed,
    /// Too late.
    Expired,
    /// It was proven before.
    AlreadyVerified,
}

/// The state to store after an attempt, and what to tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transition {
    /// To be stored whatever the outcome.
    pub next: Verification,
    /// To be told after the commit.
    pub outcome: AttemptOutcome,
}

/// What somebody has to do about a verification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NextAction {
    /// Ask for a code.
    NeedsPrepare,
    /// Enter the code.
    NeedsAttempt,
    /// Nothing.
    Nothing,
}

impl NextAction {
    /// The word that is sent.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NeedsPrepare => "needs_prepare",
            Self::NeedsAttempt => "needs_attempt",
            Self::Nothing => "",
        }
    }
}

impl Verification {
    /// Asks for a proof for the first time.
    #[must_use]
    pub const fn begin(id: VerificationId, purpose: VerificationPurpose, strategy: Strategy, now: i64) -> Self {
        let (status, expire_at) = (VerificationStatus::Unverified, now.saturating_add(LIFETIME_MS));
        Self {
            id,
            purpose,
            strategy,
            status,
            attempts: 0,
            serial: 1,
            expire_at,
        }
    }

    /// Asks for it again: with a new code, whose attempts start afresh. The old code is dead.
    ///
    /// # Errors
    /// [`PrepareRejection::AlreadyVerified`].
    pub fn restart(self, now: i64) -> Result<Self, PrepareRejection> {
        if self.status == VerificationStatus::Verified {
            return Err(PrepareRejection::AlreadyVerified);
        }
        Ok(Self {
            status: VerificationStatus::Unverified,
            attempts: 0,
            serial: self.serial.saturating_add(1),
            expire_at: now.saturating_add(LIFETIME_MS),
            ..self
        })
    }

    /// Where it stands: what nobody proved in time has expired.
    #[must_use]
    pub const fn status_at(&self, now: i64) -> VerificationStatus {
        match self.status {
            VerificationStatus::Unverified if now >= self.expire_at => VerificationStatus::Expired,
            status => status,
        }
    }

    /// Whether it is proven.
    #[must_use]
    pub fn is_verified(&self) -> bool {
        self.status == VerificationStatus::Verified
    }

    /// Counts an attempt, of which `matches` says whether it was right.
    #[must_use]
    pub fn attempt(self, matches: bool, now: i64) -> Transition {
        let (status, attempts, outcome) = match self.status_at(now) {
            VerificationStatus::Verified => (self.status, self.attempts, AttemptOutcome::AlreadyVerified),
            VerificationStatus::Failed => (self.status, self.attempts, AttemptOutcome::Failed),
            VerificationStatus::Expired => (VerificationStatus::Expired, self.attempts, AttemptOutcome::Expired),
            VerificationStatus::Unverified if self.attempts >= MAXIMUM_ATTEMPTS => {
                (VerificationStatus::Failed, self.attempts, AttemptOutcome::Failed)
            }
            VerificationStatus::Unverified => {
                let attempts = self.attempts + 1;
                let remaining = MAXIMUM_ATTEMPTS - attempts;
                match (matches, remaining) {
                    (true, _) => (VerificationStatus::Verified, attempts, AttemptOutcome::Verified),
                    (false, 0) => (
                        VerificationStatus::Failed,
                        attempts,
                        AttemptOutcome::Incorrect { remaining },
                    ),
                    (false, _) => (
                        VerificationStatus::Unverified,
                        attempts,
                        AttemptOutcome::Incorrect { remaining },
                    ),
                }
            }
        };
        Transition {
            next: Self {
                status,
                attempts,
                ..self
            },
            outcome,
        }
    }

    /// What is to be done about it.
    #[must_use]
    pub const fn next_action(&self, now: i64) -> NextAction {
        match self.status_at(now) {
            VerificationStatus::Verified => NextAction::Nothing,
            VerificationStatus::Unverified => NextAction::NeedsAttempt,
            VerificationStatus::Failed | VerificationStatus::Expired => NextAction::NeedsPrepare,
        }
    }
}

#[cfg(test)]
mod tests;
