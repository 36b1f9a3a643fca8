//! Signing up: fields are collected and proven until a user can be made of them.

mod attempt_verification;
mod complete;
mod create;
mod fields;
mod prepare_verification;
mod read;
mod rules;
mod state;
mod update;

pub use attempt_verification::attempt_verification;
pub use create::create;
pub use fields::SignUpFields;
pub use prepare_verification::prepare_verification;
pub(crate) use read::pending;
pub use read::{read, read_all};
pub use rules::field_problem;
pub use state::{SignUpState, SignUpVerificationState};
pub use update::update;

use crate::{
    attempt::{Attempt, Flow, Standing},
    client::Changed,
    factor::{self, Prover},
};
use domain::{
    identifier::Identification,
    metadata::{self, MetadataRejection},
    permission::Action,
    proof::{Challenge, Refusal},
    sign_up::{SignUp, SignUpRejection},
};
use entity::{
    client,
    id::{ClientId, SignUpId},
    kind::{SignUpStatus, Strategy},
};
use kernel::{
    caller::Caller,
    error::{Code, Error, Problem, Result},
};
use sea_orm::DbErr;
use store::{Tx, sign_up::StoredSignUp};

impl Flow for StoredSignUp {
    type Id = SignUpId;

    const ACTION: Action = Action::ManageSignUp;

    async fn lock(tx: &Tx, id: &SignUpId) -> Result<Option<Self>, DbErr> {
        store::sign_up::lock(tx, id).await
    }

    async fn save(tx: &mut Tx, before: Option<&Self>, after: &Self) -> Result<(), DbErr> {
        match before {
            Some(before) => store::sign_up::save(tx, before, after).await,
            None => store::sign_up::insert(tx, after).await,
        }
    }

    fn client_id(&self) -> &ClientId {
        &self.sign_up.client_id
    }

    fn pending(client: &client::Model) -> Option<&SignUpId> {
        client.sign_up_id.as_ref()
    }

    fn standing(&self, now: i64) -> Standing {
        match self.sign_up.status_at(now) {
            SignUpStatus::MissingRequirements => Standing::Open,
            SignUpStatus::Complete => Standing::Complete,
            SignUpStatus::Abandoned => Standing::Abandoned,
        }
    }
}

/// A step of a sign-up, kept and shown.
async fn keep(attempt: Attempt<'_, StoredSignUp>, refusal: Option<Error>) -> Result<Changed<SignUpState>> {
    let (caller, now) = (attempt.caller, attempt.now());
    // A step takes kilobytes, which are not to be moved through every layer.
    let changed = Box::pin(attempt.keep(refusal)).await?;
    Ok(changed.map(|stored| SignUpState::of(stored.sign_up, caller.settings(), now)))
}

/// Whoever signs up, and proves what is nobody's yet by what was asked for.
fn prover<'a>(caller: &'a Caller, sign_up: &'a SignUp, challenge: Option<&Challenge>) -> Prover<'a> {
    let target = challenge
        .and_then(|challenge| challenge.target.as_ref())
        .and_then(|target| sign_up.identification_of(target))
        .map(|pending| &pending.given);
    Prover {
        instance: &caller.instance,
        account: None,
        budgeted: target.map(Identification::as_str).unwrap_or_default(),
        target,
        client: None,
    }
}

/// What a proof is refused for: in a sign-up, the instance says what verifies an address.
fn refuse_proof(refusal: Refusal, strategy: Strategy) -> Error {
    match refusal {
        Refusal::NotOffered => Problem::of(Code::FormParamValueInvalid, "strategy").into(),
        refusal => factor::refuse(refusal, strategy),
    }
}

fn problem_of(rejection: SignUpRejection) -> Problem {
    match rejection {
        SignUpRejection::AlreadyComplete => Problem::new(Code::SignUpCannotBeUpdated),
        SignUpRejection::Abandoned => Problem::new(Code::ResourceNotFound),
        SignUpRejection::FieldNotEnabled(field) => Problem::of(Code::FormParamUnknown, field.as_str()),
        SignUpRejection::Metadata(MetadataRejection::TooLarge) => {
            Problem::of(Code::FormParamExceedsAllowedSize, "unsafe_metadata")
                .saying(format!(
                    "The metadata must have at most {} bytes as JSON.",
                    metadata::MAXIMUM_BYTES
                ))
                .with_meta("maximum", metadata::MAXIMUM_BYTES)
        }
        SignUpRejection::Metadata(MetadataRejection::NotAnObject) => {
            Problem::of(Code::FormParamTypeInvalid, "unsafe_metadata")
        }
        SignUpRejection::NothingToVerify => Problem::of(Code::FormParamValueInvalid, "strategy")
            .saying("The sign-up has nothing to verify by this strategy."),
        SignUpRejection::NotReady => Problem::new(Code::ClientStateInvalid),
    }
}

fn refuse(rejection: SignUpRejection) -> Error {
    problem_of(rejection).into()
}
