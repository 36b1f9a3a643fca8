//! A sign-up as it is shown, by both faces alike.

use crate::verification::VerificationState;
use domain::{
    settings::InstanceSettings,
    sign_up::{Field, PendingIdentification, SignUp, Stage, optional_fields, required_fields},
};
use entity::{
    UnixMilliseconds,
    id::{ClientId, SessionId, SignUpId, UserId},
    kind::{SignUpStatus, Strategy},
};
use serde_json::{Map, Value};

/// A sign-up as it stands at some time.
#[derive(Clone, Debug, PartialEq)]
pub struct SignUpState {
    /// Its identifier.
    pub id: SignUpId,
    /// The client that it belongs to.
    pub client_id: ClientId,
    /// Where it stands.
    pub status: SignUpStatus,
    /// The fields that it cannot do without.
    pub required_fields: Vec<Field>,
    /// The fields that it takes but does not need.
    pub optional_fields: Vec<Field>,
    /// The required fields that are still to be given.
    pub missing_fields: Vec<Field>,
    /// The fields that were given and are still to be verified.
    pub unverified_fields: Vec<Field>,
    /// The given name.
    pub first_name: Option<String>,
    /// The family name.
    pub last_name: Option<String>,
    /// Whether a password was given.
    pub has_password: bool,
    /// What the application's pages hang on it.
    pub unsafe_metadata: Map<String, Value>,
    /// The user that it became.
    pub created_user_id: Option<UserId>,
    /// The session that began with it.
    pub created_session_id: Option<SessionId>,
    /// When it is given up.
    pub abandon_at: UnixMilliseconds,
    /// When it began.
    pub created_at: UnixMilliseconds,
    /// When it last changed.
    pub updated_at: UnixMilliseconds,
    identifications: Vec<PendingIdentification>,
    verifications: Vec<(Field, SignUpVerificationState)>,
}

/// How a proof of a sign-up stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignUpVerificationState {
    /// How it stands.
    pub verification: VerificationState,
    /// How it may be proven.
    pub supported_strategies: Vec<Strategy>,
}

impl SignUpState {
    /// Whether it waits for its person.
    #[must_use]
    pub fn is_pending(&self) -> bool {
        self.status == SignUpStatus::MissingRequirements
    }

    /// A sign-up as it stands at `now`.
    #[must_use]
    pub fn of(sign_up: SignUp, settings: &InstanceSettings, now: UnixMilliseconds) -> Self {
        let attributes = &settings.attribute;
        let asked = sign_up.identifications.iter().filter_map(|pending| {
            let verification = pending.field.verification(attributes)?;
            let state = SignUpVerificationState {
                verification: VerificationState::of(pending.verification.as_ref()?, now),
                supported_strategies: verification.strategies.to_vec(),
            };
            Some((pending.field, state))
        });
        let verifications = asked.collect();
        let status = sign_up.status_at(now);
        let missing_fields = sign_up.missing_fields(attributes);
        let unverified_fields = sign_up.unverified_fields(attributes);
        let (created_user_id, created_session_id) = match sign_up.stage {
            Stage::Complete { user_id, session_id } => (Some(user_id), Some(session_id)),
            Stage::MissingRequirements | Stage::Abandoned => (None, None),
        };
        Self {
            id: sign_up.id,
            client_id: sign_up.client_id,
            status,
            required_fields: required_fields(attributes),
            optional_fields: optional_fields(attributes),
            missing_fields,
            unverified_fields,
            first_name: sign_up.first_name,
            last_name: sign_up.last_name,
            has_password: sign_up.has_password,
            unsafe_metadata: sign_up.unsafe_metadata,
            created_user_id,
            created_session_id,
            abandon_at: sign_up.abandon_at,
            created_at: sign_up.created_at,
            updated_at: sign_up.updated_at,
            identifications: sign_up.identifications,
            verifications,
        }
    }

    /// When time alone changes it next: gives it up, or ends what was asked for.
    #[must_use]
    pub fn changes_at(&self) -> Option<UnixMilliseconds> {
        let asked = self
            .verifications
            .iter()
            .filter_map(|(_, asked)| asked.verification.ends_at());
        self.is_pending()
            .then(|| asked.fold(self.abandon_at, UnixMilliseconds::min))
    }

    /// What was given in a field that the account is to be known by, as it was written.
    #[must_use]
    pub fn known_by(&self, field: Field) -> Option<&str> {
        let mut given = self.identifications.iter();
        given
            .find(|pending| pending.field == field)
            .map(|pending| pending.given.display())
    }

    /// How the proof of a field stands; nothing until it was asked for, since components take what is there for sent.
    #[must_use]
    pub fn verification(&self, field: Field) -> Option<&SignUpVerificationState> {
        let mut asked = self.verifications.iter();
        asked.find(|(of, _)| *of == field).map(|(_, state)| state)
    }
}
