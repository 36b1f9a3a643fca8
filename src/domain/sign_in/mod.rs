//! Getting into an account: somebody is named, proves it, and has a session.
//!
//! Creating the session is not here. Invariant: a sign-in that is complete or abandoned never changes again, and one
//! that names nobody never completes.

mod prove;

use super::{
    proof::{Challenge, Factor, Factors, Level, Proof},
    settings::attribute::AttributeSettings,
    sign_up::Field,
};
use entity::{
    id::{ClientId, SessionId, SignInId, UserId},
    kind::{IdentificationKind, SignInStatus},
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
    /// What was asked for in it, for either proof.
    pub challenges: Vec<Challenge>,
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
    NeedsFirstFactor(Named),
    /// The first proof was right, and the account asks for a second one.
    NeedsSecondFactor {
        /// What was typed, normalised.
        identifier: String,
        /// Who is to sign in.
        user_id: UserId,
        /// The first proof.
        first: Proof,
    },
    /// There is a session.
    Complete {
        /// What was typed, normalised.
        identifier: String,
        /// Who signed in.
        user_id: UserId,
        /// The session that began with it.
        session_id: SessionId,
        /// The first proof.
        first: Proof,
        /// The second proof, where one was asked for.
        second: Option<Proof>,
    },
    /// Given up by time.
    Abandoned,
}

/// Who is named in a sign-in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// What was typed, normalised.
    pub identifier: String,
    /// The user; `None` when there is none and nobody shall learn that.
    pub user_id: Option<UserId>,
}

/// Why something cannot be done with a sign-in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignInRejection {
    /// It stands elsewhere.
    WrongStage(SignInStatus),
    /// It names nobody.
    NamesNobody,
}

impl SignIn {
    /// Begins one that names nobody yet.
    #[must_use]
    pub const fn begin(id: SignInId, client_id: ClientId, now: i64) -> Self {
        Self {
            id,
            client_id,
            stage: Stage::NeedsIdentifier,
            challenges: Vec::new(),
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
            Stage::NeedsFirstFactor(_) if now < self.abandon_at => SignInStatus::NeedsFirstFactor,
            Stage::NeedsSecondFactor { .. } if now < self.abandon_at => SignInStatus::NeedsSecondFactor,
            Stage::NeedsIdentifier
            | Stage::NeedsFirstFactor(_)
            | Stage::NeedsSecondFactor { .. }
            | Stage::Abandoned => SignInStatus::Abandoned,
        }
    }

    /// What was typed, normalised.
    #[must_use]
    pub fn identifier(&self) -> Option<&str> {
        match &self.stage {
            Stage::NeedsFirstFactor(Named { identifier, .. })
            | Stage::NeedsSecondFactor { identifier, .. }
            | Stage::Complete { identifier, .. } => Some(identifier),
            Stage::NeedsIdentifier | Stage::Abandoned => None,
        }
    }

    /// Who is named.
    #[must_use]
    pub const fn user_id(&self) -> Option<&UserId> {
        match &self.stage {
            Stage::NeedsFirstFactor(named) => named.user_id.as_ref(),
            Stage::NeedsSecondFactor { user_id, .. } | Stage::Complete { user_id, .. } => Some(user_id),
            Stage::NeedsIdentifier | Stage::Abandoned => None,
        }
    }

    /// The session that began with it.
    #[must_use]
    pub const fn created_session_id(&self) -> Option<&SessionId> {
        match &self.stage {
            Stage::Complete { session_id, .. } => Some(session_id),
            Stage::NeedsIdentifier
            | Stage::NeedsFirstFactor(_)
            | Stage::NeedsSecondFactor { .. }
            | Stage::Abandoned => None,
        }
    }

    /// The proof that was given at a level.
    #[must_use]
    pub const fn proof(&self, level: Level) -> Option<&Proof> {
        match (&self.stage, level) {
            (Stage::NeedsSecondFactor { first, .. } | Stage::Complete { first, .. }, Level::First) => Some(first),
            (Stage::Complete { second, .. }, Level::Second) => second.as_ref(),
            _ => None,
        }
    }

    /// What was asked for last at a level: what proved it, where it is proven.
    #[must_use]
    pub fn challenge(&self, level: Level) -> Option<&Challenge> {
        let of_level = |challenge: &&Challenge| challenge.purpose == level.purpose();
        let mut asked = self.challenges.iter().rev().filter(of_level);
        match self.proof(level) {
            Some(proof) => asked.find(|challenge| Some(&challenge.id) == proof.verification_id.as_ref()),
            None => asked.next(),
        }
    }

    /// Names somebody.
    ///
    /// # Errors
    /// `WrongStage` unless nobody is named yet.
    pub fn identify(self, named: Named, now: i64) -> Result<Self, SignInRejection> {
        match self.status_at(now) {
            SignInStatus::NeedsIdentifier => Ok(Self {
                stage: Stage::NeedsFirstFactor(named),
                updated_at: now,
                ..self
            }),
            status => Err(SignInRejection::WrongStage(status)),
        }
    }

    /// The proofs that it takes now at a level, of those that are offered to whom it names.
    ///
    /// # Errors
    /// `WrongStage` when that proof is not the missing one.
    pub fn factors(&self, level: Level, offered: Vec<Factor>, now: i64) -> Result<Factors, SignInRejection> {
        let (status, purpose) = (self.status_at(now), level.purpose());
        let is_missing = match level {
            Level::First => status == SignInStatus::NeedsFirstFactor,
            Level::Second => status == SignInStatus::NeedsSecondFactor,
        };
        if !is_missing {
            return Err(SignInRejection::WrongStage(status));
        }
        let asked = self.challenges.iter().filter(|challenge| challenge.purpose == purpose);
        Ok(Factors::new(purpose, offered, asked.cloned().collect()))
    }

    /// The sign-in with what was asked for at a level.
    #[must_use]
    pub fn with_factors(mut self, level: Level, factors: Factors, now: i64) -> Self {
        self.challenges.retain(|challenge| challenge.purpose != level.purpose());
        self.challenges.extend(factors.into_challenges());
        Self {
            updated_at: now,
            ..self
        }
    }
}

/// The kinds of identifier that people of an instance sign in with.
#[must_use]
pub fn supported_identifiers(attributes: &AttributeSettings) -> Vec<IdentificationKind> {
    Field::identifying()
        .filter(|(_, rules)| (rules.is_identifier)(attributes))
        .map(|(_, rules)| rules.kind)
        .collect()
}

#[cfg(test)]
mod tests;
