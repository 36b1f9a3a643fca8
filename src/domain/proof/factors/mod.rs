//! What is on offer in a flow and what was asked for, and what becomes of a proof that is given.
//!
//! Invariant: what comes out of an attempt is to be stored whatever the outcome is, or wrong guesses would cost nothing.

use super::{Challenge, Factor, Refusal, Rules};
use entity::{
    id::{IdentificationId, VerificationId},
    kind::{Strategy, VerificationPurpose, VerificationStatus},
};

/// The proofs that a flow takes at one point.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Factors {
    purpose: VerificationPurpose,
    offered: Vec<Factor>,
    challenges: Vec<Challenge>,
}

/// A proof that may be given now. Only [`Factors::admit`] makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Admitted {
    strategy: Strategy,
    challenge: Option<Challenge>,
}

/// What a proof was found to be, when it was looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finding {
    /// The right one.
    Matches,
    /// A wrong one.
    Mismatch,
}

/// What came of a proof.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It proves.
    Proven(Proof),
    /// It does not.
    Rejected(Refusal),
}

/// A proof that was accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// How it was given.
    pub strategy: Strategy,
    /// What was asked for before; nothing for a strategy that needs no asking.
    pub verification_id: Option<VerificationId>,
    /// When, in Unix milliseconds.
    pub at: i64,
}

impl Admitted {
    /// By which strategy the proof is given.
    #[must_use]
    pub const fn strategy(&self) -> Strategy {
        self.strategy
    }

    /// What was asked for before.
    #[must_use]
    pub const fn challenge(&self) -> Option<&Challenge> {
        self.challenge.as_ref()
    }
}

impl Factors {
    /// The proofs on offer, and what was asked for of them for this purpose.
    #[must_use]
    pub const fn new(purpose: VerificationPurpose, offered: Vec<Factor>, challenges: Vec<Challenge>) -> Self {
        Self {
            purpose,
            offered,
            challenges,
        }
    }

    /// What was asked for.
    #[must_use]
    pub fn into_challenges(self) -> Vec<Challenge> {
        self.challenges
    }

    /// The proof on offer that goes by `strategy` and, where one is named, by this identification.
    #[must_use]
    pub fn offer(&self, strategy: Strategy, target: Option<&IdentificationId>) -> Option<&Factor> {
        self.offered.iter().find(|factor| {
            factor.strategy == strategy && (target.is_none() || factor.identification_id.as_ref() == target)
        })
    }

    /// Asks for a proof, for the first time or again. Without an identification, the first one on offer is taken. `new_id` is
    /// used for a first time; what was asked for by the same strategy elsewhere is dead.
    ///
    /// # Errors
    /// `NotOffered`, `NothingToPrepare`, `AlreadyVerified`.
    pub fn prepare(
        mut self,
        new_id: VerificationId,
        strategy: Strategy,
        target: Option<&IdentificationId>,
        now: i64,
    ) -> Result<(Self, Challenge), Refusal> {
        let factor = self.offer(strategy, target).ok_or(Refusal::NotOffered)?;
        let rules = Rules::of(strategy).challenge.ok_or(Refusal::NothingToPrepare)?;
        let before = self
            .challenges
            .iter()
            .find(|challenge| challenge.strategy == strategy && challenge.target == factor.identification_id);
        let challenge = match before {
            Some(before) => before.clone().restart(&rules, now)?,
            None => Challenge::begin(new_id, self.purpose, factor, &rules, now),
        };
        self.challenges.retain(|other| other.strategy != strategy);
        self.challenges.push(challenge.clone());
        Ok((self, challenge))
    }

    /// Whether a proof may be given now.
    ///
    /// # Errors
    /// `NotPrepared`, `NotOffered`, `Expired`, `AttemptsSpent`, `AlreadyVerified`.
    pub fn admit(&self, strategy: Strategy, now: i64) -> Result<Admitted, Refusal> {
        let Some(rules) = Rules::of(strategy).challenge else {
            self.offer(strategy, None).ok_or(Refusal::NotOffered)?;
            return Ok(Admitted {
                strategy,
                challenge: None,
            });
        };
        let challenge = self
            .challenges
            .iter()
            .find(|challenge| challenge.strategy == strategy)
            .ok_or(Refusal::NotPrepared)?;
        // What was on offer when it was asked for may not be any more.
        self.offer(strategy, challenge.target.as_ref())
            .ok_or(Refusal::NotOffered)?;
        match challenge.status_at(now) {
            VerificationStatus::Verified => Err(Refusal::AlreadyVerified),
            VerificationStatus::Expired => Err(Refusal::Expired),
            VerificationStatus::Failed => Err(Refusal::AttemptsSpent),
            VerificationStatus::Unverified if challenge.attempts >= rules.maximum_attempts => {
                Err(Refusal::AttemptsSpent)
            }
            VerificationStatus::Unverified => Ok(Admitted {
                strategy,
                challenge: Some(challenge.clone()),
            }),
        }
    }

    /// Counts an admitted proof, and says what came of it.
    #[must_use]
    pub fn attempt(mut self, admitted: Admitted, finding: Finding, now: i64) -> (Self, Outcome) {
        let Admitted { strategy, challenge } = admitted;
        let matches = finding == Finding::Matches;
        let attempted = challenge
            .zip(Rules::of(strategy).challenge)
            .map(|(challenge, rules)| challenge.attempt(&rules, matches));
        let remaining = attempted.as_ref().map(|(_, remaining)| *remaining);
        let verification_id = attempted.as_ref().map(|(challenge, _)| challenge.id.clone());
        if let Some((attempted, _)) = attempted {
            self.challenges.retain(|other| other.id != attempted.id);
            self.challenges.push(attempted);
        }
        let outcome = match finding {
            Finding::Matches => Outcome::Proven(Proof {
                strategy,
                verification_id,
                at: now,
            }),
            Finding::Mismatch => Outcome::Rejected(Refusal::Incorrect { remaining }),
        };
        (self, outcome)
    }
}

#[cfg(test)]
mod tests;
