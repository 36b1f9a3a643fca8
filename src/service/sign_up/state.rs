//! A sign-up as it is shown, by both faces alike.

use crate::verification::VerificationState;
use domain::{
    settings::InstanceSettings,
    sign_up::{Field, SignUp, optional_fields, required_fields},
};
use entity::{
    UnixMilliseconds,
    kind::{SignUpStatus, Strategy},
};
use std::ops::Deref;

/// A sign-up as it stands at some time.
#[derive(Clone, Debug, PartialEq)]
pub struct SignUpState {
    sign_up: SignUp,
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

/// What was given, as it was given.
impl Deref for SignUpState {
    type Target = SignUp;

    fn deref(&self) -> &SignUp {
        &self.sign_up
    }
}

impl SignUpState {
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
        Self {
            status: sign_up.status_at(now),
            required_fields: required_fields(attributes),
            optional_fields: optional_fields(attributes),
            missing_fields: sign_up.missing_fields(attributes),
            unverified_fields: sign_up.unverified_fields(attributes),
            verifications: asked.collect(),
            sign_up,
        }
    }

    /// What was given in a field that the account is to be known by, as it was written.
    #[must_use]
    pub fn known_by(&self, field: Field) -> Option<&str> {
        self.identification(field).map(|pending| pending.given.display())
    }

    /// How the proof of a field stands; nothing until it was asked for, since components take what is there for sent.
    #[must_use]
    pub fn verification(&self, field: Field) -> Option<&SignUpVerificationState> {
        let mut asked = self.verifications.iter();
        asked.find(|(of, _)| *of == field).map(|(_, state)| state)
    }
}
