//! What becomes of a sign-in when its first proof was checked.
//!
//! Invariant: the next state is to be stored whatever the outcome is, and only a right proof that was on offer, from
//! somebody who exists and is not locked, completes a sign-in.

use super::{Identified, PreparedFactor, SignIn, Stage};
use crate::verification::{AttemptOutcome, Verification};
use entity::{
    id::{SessionId, UserId},
    kind::{SignInStatus, Strategy},
};

/// What the check of a proof came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FactorVerdict {
    /// A password was given.
    Password {
        /// Whether it is the user's.
        matches: bool,
    },
    /// A code was given.
    Code {
        /// Whether it is the one asked for last.
        matches: bool,
    },
    /// The account is locked; nothing was checked.
    Locked,
}

/// What is told after the commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FirstFactorOutcome {
    /// Signed in: this session is to be created, in the same transaction.
    Complete {
        /// Who signed in.
        user_id: UserId,
        /// The session.
        session_id: SessionId,
    },
    /// Not signed in.
    Rejected(FirstFactorRejection),
}

/// Why a proof did not do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FirstFactorRejection {
    /// The sign-in stands elsewhere.
    WrongStage(SignInStatus),
    /// The proof is not on offer.
    NotOffered,
    /// No code was asked for.
    NotPrepared,
    /// A wrong password.
    PasswordIncorrect,
    /// A wrong code.
    CodeIncorrect {
        /// Attempts that are left for this code.
        remaining: i32,
    },
    /// The attempts at this code were spent before.
    AttemptsSpent,
    /// The code came too late.
    CodeExpired,
    /// The code was used before.
    AlreadyVerified,
    /// The account is locked.
    Locked,
}

impl FirstFactorRejection {
    /// Whether somebody guessed wrong, which the lockout counts.
    #[must_use]
    pub const fn is_wrong_guess(self) -> bool {
        matches!(self, Self::PasswordIncorrect | Self::CodeIncorrect { .. })
    }
}

/// The state to store after a proof, and what to tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transition {
    /// To be stored whatever the outcome.
    pub next: SignIn,
    /// To be told after the commit.
    pub outcome: FirstFactorOutcome,
}

impl SignIn {
    /// Takes the verdict on a proof. `session_id` names the session that a right one is to begin.
    #[must_use]
    pub fn on_first_factor(self, verdict: FactorVerdict, session_id: SessionId, now: i64) -> Transition {
        let status = self.status_at(now);
        let stage = match (status, &self.stage) {
            (SignInStatus::NeedsFirstFactor, Stage::NeedsFirstFactor { identified, prepared }) => {
                (identified.clone(), prepared.clone())
            }
            _ => return self.rejected(FirstFactorRejection::WrongStage(status)),
        };
        let (identified, prepared) = stage;
        match verdict {
            FactorVerdict::Locked => self.rejected(FirstFactorRejection::Locked),
            FactorVerdict::Password { matches } => {
                if identified.offer(Strategy::Password, None).is_none() {
                    return self.rejected(FirstFactorRejection::NotOffered);
                }
                match identified.user_id.clone() {
                    Some(user_id) if matches => self.completed(identified, user_id, (session_id, None), now),
                    _ => self.rejected(FirstFactorRejection::PasswordIncorrect),
                }
            }
            FactorVerdict::Code { matches } => match prepared {
                None => self.rejected(FirstFactorRejection::NotPrepared),
                // What was on offer when the code was asked for may not be any more.
                Some(prepared)
                    if identified
                        .offer(prepared.verification.strategy, Some(&prepared.identification_id))
                        .is_none() =>
                {
                    self.rejected(FirstFactorRejection::NotOffered)
                }
                Some(prepared) => self.on_code(identified, prepared, (session_id, matches), now),
            },
        }
    }

    fn on_code(
        self,
        identified: Identified,
        prepared: PreparedFactor,
        (session_id, matches): (SessionId, bool),
        now: i64,
    ) -> Transition {
        // Nobody's code is never right, but it is counted like any other.
        let user_id = identified.user_id.clone().filter(|_| matches);
        let attempt = prepared.verification.attempt(user_id.is_some(), now);
        let rejection = match (attempt.outcome, user_id) {
            (AttemptOutcome::Verified, Some(user_id)) => {
                return self.completed(identified, user_id, (session_id, Some(attempt.next)), now);
            }
            (AttemptOutcome::Incorrect { remaining }, _) => FirstFactorRejection::CodeIncorrect { remaining },
            (AttemptOutcome::Failed, _) => FirstFactorRejection::AttemptsSpent,
            (AttemptOutcome::Expired, _) => FirstFactorRejection::CodeExpired,
            (AttemptOutcome::AlreadyVerified | AttemptOutcome::Verified, _) => FirstFactorRejection::AlreadyVerified,
        };
        let prepared = Some(PreparedFactor {
            verification: attempt.next,
            ..prepared
        });
        let next = Self {
            stage: Stage::NeedsFirstFactor { identified, prepared },
            updated_at: now,
            ..self
        };
        next.rejected(rejection)
    }

    fn completed(
        self,
        identified: Identified,
        user_id: UserId,
        (session_id, verification): (SessionId, Option<Verification>),
        now: i64,
    ) -> Transition {
        let outcome = FirstFactorOutcome::Complete {
            user_id: user_id.clone(),
            session_id: session_id.clone(),
        };
        let stage = Stage::Complete {
            identifier: identified.identifier,
            user_id,
            session_id,
            verification,
        };
        Transition {
            next: Self {
                stage,
                updated_at: now,
                ..self
            },
            outcome,
        }
    }

    const fn rejected(self, rejection: FirstFactorRejection) -> Transition {
        Transition {
            next: self,
            outcome: FirstFactorOutcome::Rejected(rejection),
        }
    }
}
