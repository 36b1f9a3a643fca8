//! Getting into an account: somebody is named, proves it, and has a session.
//!
//! Creating the session is not here. Invariant: a sign-in that is complete or abandoned never changes again, and one
//! that names nobody never completes.

mod factor;
mod first_factor;

pub use factor::{Factor, UserIdentification, concealed_first_factors, supported_first_factors, supported_identifiers};
pub use first_factor::{FactorVerdict, FirstFactorOutcome, FirstFactorRejection, Transition};

use super::verification::Verification;
use entity::{
    id::{ClientId, IdentificationId, SessionId, SignInId, UserId, VerificationId},
    kind::{SignInStatus, Strategy, VerificationPurpose},
};

/// How long a sign-in waits for its person, in milliseconds: one day.
pub const ABANDON_AFTER_MS: i64 = 24 * 60 * 60 * 1000;

/// A sign-in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignIn {
    /// Its identifier.
    pub id: SignInId,
    /// The client that it belongs to.
    pub client_id: ClientId,
    /// Where it stood when it was last written; [`SignIn::status_at`] tells where it stands.
    pub stage: Stage,
    /// When it is given up, in Unix milliseconds.
    pub abandon_at: i64,
    /// When it began, in Unix milliseconds.
    pub created_at: i64,
    /// When it last changed, in Unix milliseconds.
    pub updated_at: i64,
}

/// Where a sign-in stands, with what there is only there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Nobody is named yet.
    NeedsIdentifier,
    /// Somebody is named; the first proof is missing.
    NeedsFirstFactor {
        /// Who is named.
        identified: Identified,
        /// The code asked for, once somebody asked for one.
        prepared: Option<PreparedFactor>,
    },
    /// There is a session.
    Complete {
        /// What was typed, normalised.
        identifier: String,
        /// Who signed in.
        user_id: UserId,
        /// The session that began with it.
        session_id: SessionId,
        /// The code that proved it; `None` for a password.
        verification: Option<Verification>,
    },
    /// Given up by time.
    Abandoned,
}

/// Who is named in a sign-in, and what proves it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identified {
    /// What was typed, normalised.
    pub identifier: String,
    /// The user; `None` when there is none and nobody shall learn that.
    pub user_id: Option<UserId>,
    /// The proofs on offer.
    pub factors: Vec<Factor>,
}

/// A code that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PreparedFactor {
    /// The address that it goes to.
    pub identification_id: IdentificationId,
    /// The proof asked for.
    pub verification: Verification,
}

/// Why something cannot be done with a sign-in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignInRejection {
    /// It stands elsewhere.
    WrongStage(SignInStatus),
    /// The proof is not on offer.
    NotOffered,
    /// The proof needs no preparation.
    NothingToPrepare,
}

impl SignIn {
    /// Begins one that names nobody yet.
    #[must_use]
    pub const fn begin(id: SignInId, client_id: ClientId, now: i64) -> Self {
        Self {
            id,
            client_id,
            stage: Stage::NeedsIdentifier,
            abandon_at: now.saturating_add(ABANDON_AFTER_MS),
            created_at: now,
            updated_at: now,
        }
    }

    /// Where it stands: what is not completed in time is abandoned.
    #[must_use]
    pub const fn status_at(&self, now: i64) -> SignInStatus {
        match self.stage {
            Stage::Complete { .. } => SignInStatus::Complete,
            Stage::NeedsIdentifier if now < self.abandon_at => SignInStatus::NeedsIdentifier,
            Stage::NeedsFirstFactor { .. } if now < self.abandon_at => SignInStatus::NeedsFirstFactor,
            Stage::NeedsIdentifier | Stage::NeedsFirstFactor { .. } | Stage::Abandoned => SignInStatus::Abandoned,
        }
    }

    /// What was typed, normalised.
    #[must_use]
    pub fn identifier(&self) -> Option<&str> {
        match &self.stage {
            Stage::NeedsFirstFactor { identified, .. } => Some(&identified.identifier),
            Stage::Complete { identifier, .. } => Some(identifier),
            Stage::NeedsIdentifier | Stage::Abandoned => None,
        }
    }

    /// The session that began with it.
    #[must_use]
    pub const fn created_session_id(&self) -> Option<&SessionId> {
        match &self.stage {
            Stage::Complete { session_id, .. } => Some(session_id),
            Stage::NeedsIdentifier | Stage::NeedsFirstFactor { .. } | Stage::Abandoned => None,
        }
    }

    /// Names somebody.
    ///
    /// # Errors
    /// `WrongStage` unless nobody is named yet.
    pub fn identify(self, identified: Identified, now: i64) -> Result<Self, SignInRejection> {
        match self.status_at(now) {
            SignInStatus::NeedsIdentifier => Ok(Self {
                stage: Stage::NeedsFirstFactor {
                    identified,
                    prepared: None,
                },
                updated_at: now,
                ..self
            }),
            status => Err(SignInRejection::WrongStage(status)),
        }
    }

    /// Asks for a code, for the first time or again. Without an identification, the first address on offer is taken.
    /// `new_id` is used for a first code to an address; a code to another address before is dead.
    ///
    /// # Errors
    /// `WrongStage`, `NotOffered`, `NothingToPrepare`.
    pub fn prepare_first_factor(
        self,
        new_id: VerificationId,
        strategy: Strategy,
        identification_id: Option<&IdentificationId>,
        now: i64,
    ) -> Result<Self, SignInRejection> {
        let status = self.status_at(now);
        let Stage::NeedsFirstFactor { identified, prepared } = self.stage else {
            return Err(SignInRejection::WrongStage(status));
        };
        if status != SignInStatus::NeedsFirstFactor {
            return Err(SignInRejection::WrongStage(status));
        }
        let factor = identified
            .offer(strategy, identification_id)
            .ok_or(SignInRejection::NotOffered)?;
        let identification_id = factor
            .identification_id
            .clone()
            .ok_or(SignInRejection::NothingToPrepare)?;
        let verification = prepared
            .filter(|prepared| prepared.identification_id == identification_id)
            .and_then(|prepared| prepared.verification.restart(now).ok())
            .unwrap_or_else(|| Verification::begin(new_id, VerificationPurpose::SignInFirstFactor, strategy, now));
        let prepared = Some(PreparedFactor {
            identification_id,
            verification,
        });
        Ok(Self {
            stage: Stage::NeedsFirstFactor { identified, prepared },
            updated_at: now,
            ..self
        })
    }
}

impl Identified {
    /// The proof on offer that goes by `strategy` and, where one is named, by this identification.
    #[must_use]
    pub fn offer(&self, strategy: Strategy, identification_id: Option<&IdentificationId>) -> Option<&Factor> {
        self.factors.iter().find(|factor| {
            factor.strategy == strategy
                && (identification_id.is_none() || factor.identification_id.as_ref() == identification_id)
        })
    }
}

#[cfg(test)]
mod tests;
