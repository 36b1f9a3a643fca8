//! How a proof stands, as it is shown by both faces alike.

use domain::proof::{Challenge, NextAction, Proof, Rules};
use entity::{
    UnixMilliseconds,
    kind::{Strategy, VerificationStatus},
};

/// A verification as it stands at some time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VerificationState {
    /// Where it stands.
    pub status: VerificationStatus,
    /// How the proof is given.
    pub strategy: Strategy,
    /// Attempts at what was asked for last, the right one included; nothing for a proof that nothing was asked for.
    pub attempts: Option<i32>,
    /// When what was asked for expires; nothing for a proof that nothing was asked for.
    pub expire_at: Option<UnixMilliseconds>,
    /// What is to be done about it.
    pub next_action: NextAction,
}

impl VerificationState {
    /// When time ends it, should nothing else; nothing where it is over or nothing was asked for.
    #[must_use]
    pub const fn ends_at(&self) -> Option<UnixMilliseconds> {
        match self.status {
            VerificationStatus::Unverified => self.expire_at,
            _ => None,
        }
    }

    /// What was asked for, as it stands at `now`: a code that time has killed never looks usable.
    #[must_use]
    pub const fn of(challenge: &Challenge, now: UnixMilliseconds) -> Self {
        Self {
            status: challenge.status_at(now),
            strategy: challenge.strategy,
            attempts: Some(challenge.attempts),
            expire_at: Some(challenge.expire_at),
            next_action: challenge.next_action(now),
        }
    }

    /// A proof that was right at once and left nothing behind.
    #[must_use]
    pub const fn proven(proof: &Proof) -> Self {
        Self {
            status: VerificationStatus::Verified,
            strategy: proof.strategy,
            attempts: None,
            expire_at: None,
            next_action: NextAction::Nothing,
        }
    }

    /// What it is called on the wire.
    #[must_use]
    pub const fn object(&self) -> &'static str {
        Rules::of(self.strategy).object
    }
}
