//! Becoming a user: fields are collected and verified until nothing is missing.
//!
//! Creating the user and the session is not here. Invariant: a sign-up that is complete or abandoned never changes
//! again, and none completes while a field is missing or unverified.

mod field;

pub use field::{Field, optional_fields, required_fields};

use super::{
    change::Change,
    identifier::{EmailAddress, Username},
    metadata::{MetadataChange, MetadataRejection},
    person_name::PersonName,
    proof::{Challenge, Factor, Factors},
    settings::attribute::AttributeSettings,
};
use entity::{
    id::{ClientId, IdentificationId, SessionId, SignUpId, UserId},
    kind::{SignUpStatus, Strategy, VerificationPurpose},
};
use serde_json::{Map, Value};

/// How long a sign-up waits for its person, in milliseconds: one day.
pub const ABANDON_AFTER_MS: i64 = 24 * 60 * 60 * 1000;

/// A sign-up.
#[derive(Clone, Debug, PartialEq)]
pub struct SignUp {
    /// Its identifier.
    pub id: SignUpId,
    /// The client that it belongs to.
    pub client_id: ClientId,
    /// Where it stood when it was last written; [`SignUp::status_at`] tells where it stands.
    pub stage: Stage,
    /// The e-mail address given.
    pub email_address: Option<PendingEmail>,
    /// The username given.
    pub username: Option<Username>,
    /// Whether a password was given; its digest is kept beside.
    pub has_password: bool,
    /// The first name given.
    pub first_name: Option<String>,
    /// The last name given.
    pub last_name: Option<String>,
    /// What the application's pages hang on it.
    pub unsafe_metadata: Map<String, Value>,
    /// When it is given up, in Unix milliseconds.
    pub abandon_at: i64,
    /// When it began, in Unix milliseconds.
    pub created_at: i64,
    /// When it last changed, in Unix milliseconds.
    pub updated_at: i64,
}

/// Where a sign-up stands, with what there is only there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Fields are missing or unverified.
    MissingRequirements,
    /// User and session exist.
    Complete {
        /// The user it became.
        user_id: UserId,
        /// The session that began with it.
        session_id: SessionId,
    },
    /// Given up by time.
    Abandoned,
}

/// An e-mail address that belongs to nobody yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PendingEmail {
    /// Its identification.
    pub identification_id: IdentificationId,
    /// The address.
    pub address: EmailAddress,
    /// The proof asked for, once somebody asked for it.
    pub verification: Option<Challenge>,
}

/// What a request changes. The password's digest travels beside.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SignUpChanges {
    /// The address, with the identification that it gets if it is a new one.
    pub email_address: Change<(IdentificationId, EmailAddress)>,
    /// The username.
    pub username: Change<Username>,
    /// Whether there is a password.
    pub password: Change<()>,
    /// The first name.
    pub first_name: Change<PersonName>,
    /// The last name.
    pub last_name: Change<PersonName>,
    /// The metadata.
    pub unsafe_metadata: Option<MetadataChange>,
}

/// Why something cannot be done with a sign-up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignUpRejection {
    /// It has become a user.
    AlreadyComplete,
    /// Its time has passed.
    Abandoned,
    /// The instance does not collect this field.
    FieldNotEnabled(Field),
    /// The metadata were refused.
    Metadata(MetadataRejection),
    /// There is no address to verify.
    NothingToVerify,
    /// Fields are missing or unverified.
    NotReady,
}

impl SignUp {
    /// Begins one that knows nothing yet.
    #[must_use]
    pub fn begin(id: SignUpId, client_id: ClientId, now: i64) -> Self {
        Self {
            id,
            client_id,
            stage: Stage::MissingRequirements,
            email_address: None,
            username: None,
            has_password: false,
            first_name: None,
            last_name: None,
            unsafe_metadata: Map::new(),
            abandon_at: now.saturating_add(ABANDON_AFTER_MS),
            created_at: now,
            updated_at: now,
        }
    }

    /// Where it stands: what is not completed in time is abandoned.
    #[must_use]
    pub const fn status_at(&self, now: i64) -> SignUpStatus {
        match self.stage {
            Stage::Complete { .. } => SignUpStatus::Complete,
            Stage::MissingRequirements if now < self.abandon_at => SignUpStatus::MissingRequirements,
            Stage::MissingRequirements | Stage::Abandoned => SignUpStatus::Abandoned,
        }
    }

    /// The user it became.
    #[must_use]
    pub const fn created_user_id(&self) -> Option<&UserId> {
        match &self.stage {
            Stage::Complete { user_id, .. } => Some(user_id),
            Stage::MissingRequirements | Stage::Abandoned => None,
        }
    }

    /// The session that began with it.
    #[must_use]
    pub const fn created_session_id(&self) -> Option<&SessionId> {
        match &self.stage {
            Stage::Complete { session_id, .. } => Some(session_id),
            Stage::MissingRequirements | Stage::Abandoned => None,
        }
    }

    /// The required fields that nobody has given.
    #[must_use]
    pub fn missing_fields(&self, attributes: &AttributeSettings) -> Vec<Field> {
        if matches!(self.stage, Stage::Complete { .. }) {
            return Vec::new();
        }
        required_fields(attributes)
            .into_iter()
            .filter(|field| !self.has(*field))
            .collect()
    }

    /// The given fields that hold up the sign-up until they are verified.
    #[must_use]
    pub fn unverified_fields(&self, attributes: &AttributeSettings) -> Vec<Field> {
        let is_unverified = self.email_address.as_ref().is_some_and(|email| !email.is_verified());
        if is_unverified && attributes.email_address.verify_at_sign_up && !matches!(self.stage, Stage::Complete { .. })
        {
            vec![Field::EmailAddress]
        } else {
            Vec::new()
        }
    }

    /// Whether nothing is missing or unverified.
    #[must_use]
    pub fn is_ready(&self, attributes: &AttributeSettings) -> bool {
        self.missing_fields(attributes).is_empty() && self.unverified_fields(attributes).is_empty()
    }

    const fn has(&self, field: Field) -> bool {
        match field {
            Field::EmailAddress => self.email_address.is_some(),
            Field::Username => self.username.is_some(),
            Field::FirstName => self.first_name.is_some(),
            Field::LastName => self.last_name.is_some(),
            Field::Password => self.has_password,
        }
    }

    /// Takes what somebody typed. Another address starts unverified; the same one in another spelling changes nothing.
    ///
    /// # Errors
    /// `AlreadyComplete` or `Abandoned` alone; else each `FieldNotEnabled` and `Metadata` at once.
    pub fn apply(
        self,
        changes: SignUpChanges,
        attributes: &AttributeSettings,
        now: i64,
    ) -> Result<Self, Vec<SignUpRejection>> {
        self.check_open(now).map_err(|rejection| vec![rejection])?;
        let mut rejections: Vec<_> = Field::ALL
            .into_iter()
            .filter(|field| changes.sets(*field) && !field.is_enabled(attributes))
            .map(SignUpRejection::FieldNotEnabled)
            .collect();
        let unsafe_metadata = match changes.unsafe_metadata {
            None => Ok(self.unsafe_metadata),
            Some(change) => change.apply(&self.unsafe_metadata),
        };
        let unsafe_metadata = unsafe_metadata.unwrap_or_else(|rejection| {
            rejections.push(SignUpRejection::Metadata(rejection));
            Map::new()
        });
        if !rejections.is_empty() {
            return Err(rejections);
        }
        Ok(Self {
            email_address: changed_email(self.email_address, changes.email_address),
            username: changes.username.apply(self.username),
            has_password: changes.password.apply(self.has_password.then_some(())).is_some(),
            first_name: changes.first_name.map(String::from).apply(self.first_name),
            last_name: changes.last_name.map(String::from).apply(self.last_name),
            unsafe_metadata,
            updated_at: now,
            ..self
        })
    }

    /// Lets go of what the instance has ceased to collect since it was given. One that is over stays as it is.
    #[must_use]
    pub fn without_disabled(self, attributes: &AttributeSettings) -> Self {
        if self.stage != Stage::MissingRequirements {
            return self;
        }
        let is_enabled = |field: Field| field.is_enabled(attributes);
        Self {
            email_address: self.email_address.filter(|_| is_enabled(Field::EmailAddress)),
            username: self.username.filter(|_| is_enabled(Field::Username)),
            has_password: self.has_password && is_enabled(Field::Password),
            first_name: self.first_name.filter(|_| is_enabled(Field::FirstName)),
            last_name: self.last_name.filter(|_| is_enabled(Field::LastName)),
            ..self
        }
    }

    /// The proofs that it takes now for its address.
    ///
    /// # Errors
    /// `AlreadyComplete`, `Abandoned`, `NothingToVerify`.
    pub fn factors(&self, attributes: &AttributeSettings, now: i64) -> Result<Factors, SignUpRejection> {
        self.check_open(now)?;
        let email = self.email_address.as_ref().ok_or(SignUpRejection::NothingToVerify)?;
        let strategies = attributes.email_address.verifications.iter().copied();
        let offered = strategies
            .filter(|strategy| attributes.email_address.is_verified_by(*strategy))
            .map(|strategy| Factor {
                strategy,
                identification_id: Some(email.identification_id.clone()),
                safe_identifier: None,
                primary: true,
            })
            .collect();
        let asked = email.verification.iter().cloned().collect();
        Ok(Factors::new(VerificationPurpose::SignUp, offered, asked))
    }

    /// The sign-up with what was asked for its address.
    #[must_use]
    pub fn with_factors(self, factors: Factors, now: i64) -> Self {
        let verification = factors.into_challenges().pop();
        Self {
            email_address: self.email_address.map(|email| PendingEmail { verification, ..email }),
            updated_at: now,
            ..self
        }
    }

    /// By which strategy its person has proven something; nothing where the instance asks for no proof.
    #[must_use]
    pub fn proven_by(&self) -> Option<Strategy> {
        let verification = self.email_address.as_ref()?.verification.as_ref()?;
        verification.is_verified().then_some(verification.strategy)
    }

    /// Becomes this user with this session.
    ///
    /// # Errors
    /// `AlreadyComplete`, `Abandoned`, `NotReady`.
    pub fn complete(
        self,
        attributes: &AttributeSettings,
        user_id: UserId,
        session_id: SessionId,
        now: i64,
    ) -> Result<Self, SignUpRejection> {
        self.check_open(now)?;
        if !self.is_ready(attributes) {
            return Err(SignUpRejection::NotReady);
        }
        Ok(Self {
            stage: Stage::Complete { user_id, session_id },
            updated_at: now,
            ..self
        })
    }

    const fn check_open(&self, now: i64) -> Result<(), SignUpRejection> {
        match self.status_at(now) {
            SignUpStatus::MissingRequirements => Ok(()),
            SignUpStatus::Complete => Err(SignUpRejection::AlreadyComplete),
            SignUpStatus::Abandoned => Err(SignUpRejection::Abandoned),
        }
    }
}

impl SignUpChanges {
    const fn sets(&self, field: Field) -> bool {
        match field {
            Field::EmailAddress => matches!(self.email_address, Change::Set(_)),
            Field::Username => matches!(self.username, Change::Set(_)),
            Field::FirstName => matches!(self.first_name, Change::Set(_)),
            Field::LastName => matches!(self.last_name, Change::Set(_)),
            Field::Password => matches!(self.password, Change::Set(())),
        }
    }
}

impl PendingEmail {
    /// Whether it is proven.
    #[must_use]
    pub fn is_verified(&self) -> bool {
        self.verification.as_ref().is_some_and(Challenge::is_verified)
    }
}

fn changed_email(
    current: Option<PendingEmail>,
    change: Change<(IdentificationId, EmailAddress)>,
) -> Option<PendingEmail> {
    match (change, current) {
        (Change::Keep, current) => current,
        (Change::Clear, _) => None,
        (Change::Set((_, address)), Some(current)) if address.as_str() == current.address.as_str() => Some(current),
        (Change::Set((identification_id, address)), _) => Some(PendingEmail {
            identification_id,
            address,
            verification: None,
        }),
    }
}

#[cfg(test)]
mod tests;
