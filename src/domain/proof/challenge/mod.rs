//! One proof being asked for: sent, attempted, verified, spent or expired. On the wire and in the database it is called a
//! verification.
//!
//! Invariant: how long it lasts and how often it may be attempted is said by its strategy.

use super::{ChallengeRules, Factor, Refusal};
use entity::{
    id::{IdentificationId, VerificationId},
    kind::{Strategy, VerificationPurpose, VerificationStatus},
};

/// A proof that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenge {
    /// Its identifier; a code is derived from it and the serial.
    pub id: VerificationId,
    /// What it is for. A code of one purpose is no use for another.
    pub purpose: VerificationPurpose,
    /// How the proof is given.
    pub strategy: Strategy,
    /// The identification that it was sent to, or that stands for it.
    pub target: Option<IdentificationId>,
    /// Where it stood when it was last written; [`Challenge::status_at`] tells where it stands.
    pub status: VerificationStatus,
    /// Attempts at the current code, the right one included.
    pub attempts: i32,
    /// Counts the codes; each has its own.
    pub serial: i32,
    /// When the current code expires, in Unix milliseconds.
    pub expire_at: i64,
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

impl Challenge {
    /// Asks for a proof on offer for the first time.
    #[must_use]
    pub fn begin(
        id: VerificationId,
        purpose: VerificationPurpose,
        factor: &Factor,
        rules: &ChallengeRules,
        now: i64,
    ) -> Self {
        Self {
            id,
            purpose,
            strategy: factor.strategy,
            target: factor.identification_id,
            status: VerificationStatus::Unverified,
            attempts: 0,
            serial: 1,
            expire_at: now.saturating_add(rules.lifetime_ms),
        }
    }

    /// Asks for it again: with a new code, whose attempts start afresh. The old code is dead.
    ///
    /// # Errors
    /// `AlreadyVerified`.
    pub fn restart(self, rules: &ChallengeRules, now: i64) -> Result<Self, Refusal> {
        if self.is_verified() {
            return Err(Refusal::AlreadyVerified);
        }
        Ok(Self {
            status: VerificationStatus::Unverified,
            attempts: 0,
            serial: self.serial.saturating_add(1),
            expire_at: now.saturating_add(rules.lifetime_ms),
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

    /// Counts an attempt that was admitted, and says how many are left.
    pub(super) fn attempt(self, rules: &ChallengeRules, matches: bool) -> (Self, i32) {
        let attempts = self.attempts.saturating_add(1);
        let remaining = rules.maximum_attempts.saturating_sub(attempts);
        let status = match matches {
            true => VerificationStatus::Verified,
            false if remaining <= 0 => VerificationStatus::Failed,
            false => VerificationStatus::Unverified,
        };
        let next = Self {
            status,
            attempts,
            ..self
        };
        (next, remaining)
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
