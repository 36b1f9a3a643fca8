//! Becoming a user: fields are collected and verified until nothing is missing.
//!
//! Creating the user and the session is not here. Invariant: a sign-up that is complete or abandoned never changes
//! again, and none completes while a field is missing or unverified.

mod field;
mod pending;

pub use field::{
    Field, FieldRejection, FieldVerification, IdentificationRules, optional_fields, proving, required_fields,
};
pub use pending::{IdentificationChange, PendingIdentification};

use super::{
    change::Change,
    metadata::{MetadataChange, MetadataRejection},
    person_name::PersonName,
    proof::{Factor, Factors},
    settings::{InstanceSettings, attribute::AttributeSettings},
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
    /// What the account is to be known by, one of each field, in the order of the fields.
    pub identifications: Vec<PendingIdentification>,
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

/// What a request changes. The password's digest travels beside.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SignUpChanges {
    /// What the account is to be known by. A field that is not among them is kept.
    pub identifications: Vec<IdentificationChange>,
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
    /// Nothing was given that can be verified.
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
            identifications: Vec::new(),
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
        if matches!(self.stage, Stage::Complete { .. }) {
            return Vec::new();
        }
        let is_demanded = |field: Field| {
            let verification = field.verification(attributes);
            verification.is_some_and(|verification| verification.is_demanded)
        };
        self.identifications
            .iter()
            .filter(|pending| !pending.is_verified() && is_demanded(pending.field))
            .map(|pending| pending.field)
            .collect()
    }

    /// Whether nothing is missing or unverified.
    #[must_use]
    pub fn is_ready(&self, attributes: &AttributeSettings) -> bool {
        self.missing_fields(attributes).is_empty() && self.unverified_fields(attributes).is_empty()
    }

    /// What was given in a field that the account is to be known by.
    #[must_use]
    pub fn identification(&self, field: Field) -> Option<&PendingIdentification> {
        self.identifications.iter().find(|pending| pending.field == field)
    }

    /// What was given under this identifier.
    #[must_use]
    pub fn identification_of(&self, id: &IdentificationId) -> Option<&PendingIdentification> {
        self.identifications.iter().find(|pending| pending.id == *id)
    }

    fn has(&self, field: Field) -> bool {
        match field {
            Field::FirstName => self.first_name.is_some(),
            Field::LastName => self.last_name.is_some(),
            Field::Password => self.has_password,
            identifying => self.identification(identifying).is_some(),
        }
    }

    /// The first field that may not be used here.
    #[must_use]
    pub fn unadmitted_field(&self, settings: &InstanceSettings) -> Option<Field> {
        let is_refused = |pending: &&PendingIdentification| {
            let rules = pending.field.identification();
            rules.is_some_and(|rules| !(rules.is_admitted)(&pending.given, settings))
        };
        self.identifications
            .iter()
            .find(is_refused)
            .map(|pending| pending.field)
    }

    /// The first field that was read by other rules and that the present ones refuse.
    #[must_use]
    pub fn outdated_field(&self, settings: &InstanceSettings) -> Option<(Field, FieldRejection)> {
        self.identifications.iter().find_map(|pending| {
            let rules = pending.field.identification()?;
            let rejection = (rules.check)(&pending.given, settings).err()?;
            Some((pending.field, rejection))
        })
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
            .iter()
            .copied()
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
            identifications: pending::changed(self.identifications, changes.identifications),
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
        let mut identifications = self.identifications;
        identifications.retain(|pending| is_enabled(pending.field));
        Self {
            identifications,
            has_password: self.has_password && is_enabled(Field::Password),
            first_name: self.first_name.filter(|_| is_enabled(Field::FirstName)),
            last_name: self.last_name.filter(|_| is_enabled(Field::LastName)),
            ..self
        }
    }

    /// The proofs that it takes now for what was given.
    ///
    /// # Errors
    /// `AlreadyComplete`, `Abandoned`, `NothingToVerify`.
    pub fn factors(&self, attributes: &AttributeSettings, now: i64) -> Result<Factors, SignUpRejection> {
        self.check_open(now)?;
        let (mut offered, mut asked, mut is_empty) = (Vec::new(), Vec::new(), true);
        for pending in &self.identifications {
            let Some(verification) = pending.field.verification(attributes) else {
                continue;
            };
            is_empty = false;
            asked.extend(pending.verification.clone());
            if pending.field.is_enabled(attributes) {
                offered.extend(verification.strategies.iter().map(|strategy| Factor {
                    strategy: *strategy,
                    identification_id: Some(pending.id.clone()),
                    safe_identifier: None,
                    primary: true,
                }));
            }
        }
        match is_empty {
            true => Err(SignUpRejection::NothingToVerify),
            false => Ok(Factors::new(VerificationPurpose::SignUp, offered, asked)),
        }
    }

    /// The sign-up with what was asked for of it, last of each identification.
    #[must_use]
    pub fn with_factors(mut self, factors: Factors, now: i64) -> Self {
        let asked = factors.into_challenges();
        for pending in &mut self.identifications {
            let last = asked
                .iter()
                .rfind(|challenge| challenge.target.as_ref() == Some(&pending.id));
            pending.verification = last.cloned();
        }
        Self {
            updated_at: now,
            ..self
        }
    }

    /// By which strategy its person is let in: what they have proven something by, else the secret that they have chosen;
    /// nothing where there is neither.
    #[must_use]
    pub fn let_in_by(&self) -> Option<Strategy> {
        let mut given = Field::ALL.iter().copied().filter(|field| self.has(*field));
        self.proven_by().or_else(|| given.find_map(Field::secret_of))
    }

    fn proven_by(&self) -> Option<Strategy> {
        self.identifications
            .iter()
            .filter_map(|pending| pending.verification.as_ref())
            .find(|verification| verification.is_verified())
            .map(|verification| verification.strategy)
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
    fn sets(&self, field: Field) -> bool {
        match field {
            Field::FirstName => matches!(self.first_name, Change::Set(_)),
            Field::LastName => matches!(self.last_name, Change::Set(_)),
            Field::Password => matches!(self.password, Change::Set(())),
            identifying => {
                let is_set =
                    |(field, change): &IdentificationChange| *field == identifying && matches!(change, Change::Set(_));
                self.identifications.iter().any(is_set)
            }
        }
    }
}

#[cfg(test)]
mod tests;
