//! The steps of signing up.

use super::SignUp;
use crate::{
    change::{change, payloads},
    context::ContextExt as _,
    error::Nullable,
    or_empty::OrEmpty,
    parsing::{both, metadata, patch},
    proof::ProofInput,
    scalar::{Json, Strategy},
};
use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object};
use domain::sign_up::Field;
use entity::id::SignUpId;
use kernel::error::{Error, Problem, Result};
use service::sign_up;
use std::mem::take;
use web_kit::input::{self, RawSignUp};

/// What a sign-up begins with. A field that is left out stays empty; which ones are needed is in `requiredFields`.
#[derive(Default, InputObject)]
pub struct SignUpCreateInput {
    /// The e-mail address.
    email_address: MaybeUndefined<String>,
    /// The username.
    username: MaybeUndefined<String>,
    /// The password.
    #[graphql(secret)]
    password: MaybeUndefined<String>,
    /// The given name.
    first_name: MaybeUndefined<String>,
    /// The family name.
    last_name: MaybeUndefined<String>,
    /// A JSON object that the application's pages hang on it; becomes the user's.
    unsafe_metadata: MaybeUndefined<Json>,
    /// With a strategy, its verification is prepared at once.
    strategy: Option<Strategy>,
}

/// What is to change about a sign-up. A field that is left out stays as it is, null empties it.
#[derive(InputObject)]
pub struct SignUpUpdateInput {
    /// The sign-up's identifier.
    sign_up_id: ID,
    /// The e-mail address; another one has to be verified again.
    email_address: MaybeUndefined<String>,
    /// The username.
    username: MaybeUndefined<String>,
    /// The password.
    #[graphql(secret)]
    password: MaybeUndefined<String>,
    /// The given name.
    first_name: MaybeUndefined<String>,
    /// The family name.
    last_name: MaybeUndefined<String>,
    /// A JSON object that replaces what the application's pages hung on it.
    unsafe_metadata: MaybeUndefined<Json>,
}

/// The fields of an input as texts; both inputs have one for each field of the table.
macro_rules! raw {
    ($input:ident, $problems:expr) => {
        RawSignUp {
            fields: RawSignUp::read(|field| {
                patch(take(match field {
                    Field::EmailAddress => &mut $input.email_address,
                    Field::Username => &mut $input.username,
                    Field::FirstName => &mut $input.first_name,
                    Field::LastName => &mut $input.last_name,
                    Field::Password => &mut $input.password,
                }))
            }),
            unsafe_metadata: metadata($input.unsafe_metadata, $problems),
        }
    };
}

/// What to verify of a sign-up.
#[derive(InputObject)]
pub struct SignUpPrepareVerificationInput {
    /// The sign-up's identifier.
    sign_up_id: ID,
    /// How the proof is to be given.
    strategy: Strategy,
}

/// A proof for a sign-up.
#[derive(InputObject)]
pub struct SignUpAttemptVerificationInput {
    /// The sign-up's identifier.
    sign_up_id: ID,
    /// The proof: the code that was sent.
    proof: ProofInput,
}

payloads! {
    /// What came of beginning a sign-up.
    SignUpCreatePayload {
        /// The sign-up; null when none was begun.
        sign_up: SignUp, client
    }
    /// What came of changing a sign-up.
    SignUpUpdatePayload {
        /// The sign-up; null when it was not changed.
        sign_up: SignUp, client
    }
    /// What came of asking for a code.
    SignUpPrepareVerificationPayload {
        /// The sign-up; null when no code was sent.
        sign_up: SignUp, client
    }
    /// What came of a proof.
    SignUpAttemptVerificationPayload {
        /// The sign-up; null when the proof was not accepted.
        sign_up: SignUp, client
    }
}

/// Mutations of sign-ups.
#[derive(Default)]
pub struct SignUpMutation;

#[Object]
impl SignUpMutation {
    /// Begins a sign-up with as many fields as there are. With nothing missing or unverified it is complete at once.
    /// Codes: `FEATURE_NOT_ENABLED`, `FORM_IDENTIFIER_EXISTS`, `FORM_PARAM_EXCEEDS_ALLOWED_SIZE`, `FORM_PARAM_FORMAT_INVALID`,
    /// `FORM_PARAM_MAX_LENGTH_EXCEEDED`, `FORM_PARAM_NIL`, `FORM_PARAM_TYPE_INVALID`, `FORM_PARAM_UNKNOWN`,
    /// `FORM_PARAM_VALUE_INVALID`, `FORM_PASSWORD_LENGTH_TOO_LONG`, `FORM_PASSWORD_LENGTH_TOO_SHORT`,
    /// `FORM_PASSWORD_MATCHES_IDENTIFIER`, `FORM_PASSWORD_NOT_STRONG_ENOUGH`, `FORM_PASSWORD_NO_LOWERCASE`,
    /// `FORM_PASSWORD_NO_NUMBER`, `FORM_PASSWORD_NO_SPECIAL_CHAR`, `FORM_PASSWORD_NO_UPPERCASE`, `FORM_PASSWORD_PWNED`,
    /// `FORM_PASSWORD_SIZE_IN_BYTES_EXCEEDED`, `FORM_USERNAME_INVALID_CHARACTER`, `FORM_USERNAME_INVALID_LENGTH`,
    /// `FORM_USERNAME_NEEDS_NON_NUMBER_CHAR`, `NOT_ALLOWED_ACCESS`, `SESSION_EXISTS`, `SIGN_UP_MODE_RESTRICTED`,
    /// `VERIFICATION_CODE_TOO_MANY_REQUESTS`.
    async fn sign_up_create(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What the sign-up begins with.", default)] input: OrEmpty<SignUpCreateInput>,
    ) -> Nullable<SignUpCreatePayload> {
        let (OrEmpty(mut input), mut problems) = (input, Vec::new());
        let caller = &context.acting().caller;
        let raw = raw!(input, &mut problems);
        let mut fields = input::sign_up(raw, caller.settings());
        fields.problems.append(&mut problems);
        let strategy = input.strategy.map(Into::into);
        change(context, async |app, caller| {
            sign_up::create(app, caller, fields, strategy).await
        })
        .await
    }

    /// Fills in or changes fields of a sign-up. With nothing missing or unverified any more it is complete.
    /// Codes: `FORM_IDENTIFIER_EXISTS`, `FORM_PARAM_EXCEEDS_ALLOWED_SIZE`, `FORM_PARAM_FORMAT_INVALID`,
    /// `FORM_PARAM_MAX_LENGTH_EXCEEDED`, `FORM_PARAM_MISSING`, `FORM_PARAM_NIL`, `FORM_PARAM_TYPE_INVALID`,
    /// `FORM_PARAM_UNKNOWN`, `FORM_PASSWORD_LENGTH_TOO_LONG`, `FORM_PASSWORD_LENGTH_TOO_SHORT`,
    /// `FORM_PASSWORD_MATCHES_IDENTIFIER`, `FORM_PASSWORD_NOT_STRONG_ENOUGH`, `FORM_PASSWORD_NO_LOWERCASE`,
    /// `FORM_PASSWORD_NO_NUMBER`, `FORM_PASSWORD_NO_SPECIAL_CHAR`, `FORM_PASSWORD_NO_UPPERCASE`, `FORM_PASSWORD_PWNED`,
    /// `FORM_PASSWORD_SIZE_IN_BYTES_EXCEEDED`, `FORM_USERNAME_INVALID_CHARACTER`, `FORM_USERNAME_INVALID_LENGTH`,
    /// `FORM_USERNAME_NEEDS_NON_NUMBER_CHAR`, `NOT_ALLOWED_ACCESS`, `RESOURCE_NOT_FOUND`, `SIGN_UP_CANNOT_BE_UPDATED`,
    /// `SIGN_UP_MODE_RESTRICTED`.
    async fn sign_up_update(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What is to change.")] input: SignUpUpdateInput,
    ) -> Nullable<SignUpUpdatePayload> {
        let (mut input, mut problems) = (input, Vec::new());
        let caller = &context.acting().caller;
        let raw = raw!(input, &mut problems);
        let mut fields = input::sign_up(raw, caller.settings());
        fields.problems.append(&mut problems);
        change(context, async |app, caller| {
            let id = id(&input.sign_up_id).map_err(|problem| {
                let problems = std::iter::once(problem).chain(std::mem::take(&mut fields.problems));
                Error::from_problems(problems.collect())
            })?;
            sign_up::update(app, caller, &id, fields).await
        })
        .await
    }

    /// Has a code sent. A code that was sent before is dead.
    /// Codes: `FEATURE_NOT_ENABLED`, `FORM_PARAM_FORMAT_INVALID`, `FORM_PARAM_VALUE_INVALID`, `NOT_ALLOWED_ACCESS`,
    /// `RESOURCE_NOT_FOUND`, `SIGN_UP_CANNOT_BE_UPDATED`, `SIGN_UP_MODE_RESTRICTED`, `VERIFICATION_ALREADY_VERIFIED`,
    /// `VERIFICATION_CODE_TOO_MANY_REQUESTS`.
    async fn sign_up_prepare_verification(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to verify.")] input: SignUpPrepareVerificationInput,
    ) -> Nullable<SignUpPrepareVerificationPayload> {
        change(context, async |app, caller| {
            sign_up::prepare_verification(app, caller, &id(&input.sign_up_id)?, input.strategy.into()).await
        })
        .await
    }

    /// Checks a code. The right one of a sign-up that misses nothing else completes it; every attempt counts.
    /// Codes: `FORM_CODE_INCORRECT`, `FORM_IDENTIFIER_EXISTS`, `FORM_PARAM_FORMAT_INVALID`, `FORM_PARAM_MISSING`,
    /// `FORM_PARAM_VALUE_INVALID`, `FORM_USERNAME_INVALID_CHARACTER`, `FORM_USERNAME_INVALID_LENGTH`,
    /// `FORM_USERNAME_NEEDS_NON_NUMBER_CHAR`, `NOT_ALLOWED_ACCESS`, `RESOURCE_NOT_FOUND`, `SIGN_UP_CANNOT_BE_UPDATED`,
    /// `SIGN_UP_MODE_RESTRICTED`, `VERIFICATION_ALREADY_VERIFIED`, `VERIFICATION_EXPIRED`, `VERIFICATION_FAILED`,
    /// `VERIFICATION_MISSING`.
    async fn sign_up_attempt_verification(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The proof.")] input: SignUpAttemptVerificationInput,
    ) -> Nullable<SignUpAttemptVerificationPayload> {
        let (proof, given) = input.proof.read();
        change(context, async |app, caller| {
            let (id, given) = both(id(&input.sign_up_id), given)?;
            let attempted = sign_up::attempt_verification(app, caller, &id, given).await;
            attempted.map_err(|error| proof.spelled(error))
        })
        .await
    }
}

fn id(text: &str) -> Result<SignUpId, Problem> {
    input::id(text, "sign_up_id")
}
