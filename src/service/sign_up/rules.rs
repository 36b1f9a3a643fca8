//! The instance's rules, asked again at every step: what was allowed when a sign-up began may not be by now.

use domain::{
    identifier::UsernameRejection,
    settings::{attribute::AttributeSettings, sign_up::SignUpMode},
    sign_up::{Field, FieldRejection, SignUp},
};
use kernel::{
    caller::Caller,
    error::{Code, Problem, Result},
};
use store::sign_up::StoredSignUp;

/// Refuses every step where nobody signs up by themselves.
///
/// # Errors
/// `sign_up_mode_restricted`.
pub(super) fn refuse_closed(caller: &Caller) -> Result<()> {
    match caller.settings().sign_up.mode {
        SignUpMode::Public => Ok(()),
        SignUpMode::Restricted => Err(Code::SignUpModeRestricted.into()),
    }
}

/// Refuses what may not be used here, an address for instance.
///
/// # Errors
/// `not_allowed_access`.
pub(super) fn refuse_unadmitted(caller: &Caller, sign_up: &SignUp) -> Result<()> {
    match sign_up.unadmitted_field(caller.settings()) {
        None => Ok(()),
        Some(field) => Err(Problem::of(Code::NotAllowedAccess, field.as_str()).into()),
    }
}

/// What the present rules refuse of what was given by earlier ones. Of a password only the digest is there, so where the
/// rules have become stricter it must be chosen again.
pub(super) fn problem(caller: &Caller, stored: &StoredSignUp) -> Option<Problem> {
    let settings = caller.settings();
    if let Some((field, rejection)) = stored.sign_up.outdated_field(settings) {
        return Some(field_problem(field, rejection));
    }
    let is_judged = stored
        .password_rules
        .as_ref()
        .is_some_and(|rules| rules.are_at_least(&settings.password));
    let must_choose = stored.sign_up.has_password && !is_judged;
    must_choose.then(|| {
        Problem::of(Code::FormParamMissing, Field::Password.as_str())
            .saying("The rules for passwords have changed. Choose a password again.")
    })
}

/// The sign-up without what the instance has ceased to collect, and without what is kept beside that.
pub(super) fn kept(stored: &StoredSignUp, attributes: &AttributeSettings) -> StoredSignUp {
    let sign_up = stored.sign_up.clone().without_disabled(attributes);
    let has_password = sign_up.has_password;
    StoredSignUp {
        password_digest: stored.password_digest.clone().filter(|_| has_password),
        password_rules: stored.password_rules.clone().filter(|_| has_password),
        sign_up,
    }
}

/// A text that its field refuses, as a caller is told.
#[must_use]
pub fn field_problem(field: Field, rejection: FieldRejection) -> Problem {
    let field = field.as_str();
    match rejection {
        FieldRejection::EmailAddress(_) => {
            Problem::of(Code::FormParamFormatInvalid, field).saying("This is not a valid e-mail address.")
        }
        FieldRejection::Username(UsernameRejection::Length { minimum, maximum }) => {
            Problem::of(Code::FormUsernameInvalidLength, field)
                .saying(format!(
                    "The username must have between {minimum} and {maximum} characters."
                ))
                .with_meta("minimum", minimum)
                .with_meta("maximum", maximum)
        }
        FieldRejection::Username(UsernameRejection::ForbiddenCharacter) => {
            Problem::of(Code::FormUsernameInvalidCharacter, field)
        }
        FieldRejection::Username(UsernameRejection::NeedsNonNumber) => {
            Problem::of(Code::FormUsernameNeedsNonNumberChar, field)
        }
    }
}
