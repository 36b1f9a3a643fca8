//! Signing up: fields are collected and proven until a user can be made of them.

mod attempt_verification;
mod complete;
mod create;
mod fields;
mod prepare_verification;
mod read;
mod rules;
mod update;

pub use attempt_verification::attempt_verification;
pub use create::create;
pub use fields::SignUpFields;
pub use prepare_verification::prepare_verification;
pub use read::read;
pub use rules::username_problem;
pub use store::sign_up::StoredSignUp;
pub use update::update;

use crate::{app::App, authorise, client::ClientHandle};
use domain::permission::Action;
use domain::{metadata::MetadataRejection, sign_up::SignUpRejection};
use entity::{id::SignUpId, kind::SignUpStatus};
use kernel::{
    caller::Caller,
    error::{Code, Error, Problem, Result},
};
use store::Tx;

/// The caller's client and a sign-up of it, both locked until the transaction ends.
async fn lock(app: &App, tx: &mut Tx, caller: &Caller, id: &SignUpId) -> Result<(ClientHandle, StoredSignUp)> {
    authorise(caller, Action::ManageSignUp)?;
    if caller.actor.client_id().is_none() {
        return Err(Code::ResourceNotFound.into());
    }
    let client = ClientHandle::obtain(app, tx, caller).await?;
    let stored = store::sign_up::lock(tx, id).await?.ok_or(Code::ResourceNotFound)?;
    let status = stored.sign_up.status_at(tx.now());
    // A newer sign-up of the client has given this one up.
    let is_superseded = status != SignUpStatus::Complete && client.row.sign_up_id.as_ref() != Some(id);
    if stored.sign_up.client_id != client.row.id || status == SignUpStatus::Abandoned || is_superseded {
        return Err(Code::ResourceNotFound.into());
    }
    Ok((client, stored))
}

fn problem_of(rejection: SignUpRejection) -> Problem {
    match rejection {
        SignUpRejection::AlreadyComplete => Problem::new(Code::SignUpCannotBeUpdated),
        SignUpRejection::Abandoned => Problem::new(Code::ResourceNotFound),
        SignUpRejection::FieldNotEnabled(field) => Problem::of(Code::FormParamUnknown, field.as_str()),
        SignUpRejection::Metadata(MetadataRejection::TooLarge) => {
            Problem::of(Code::FormParamExceedsAllowedSize, "unsafe_metadata")
        }
        SignUpRejection::Metadata(MetadataRejection::NotAnObject) => {
            Problem::of(Code::FormParamTypeInvalid, "unsafe_metadata")
        }
        SignUpRejection::NothingToVerify => Problem::of(Code::FormParamValueInvalid, "strategy")
            .saying("The sign-up has nothing to verify by this strategy."),
        SignUpRejection::StrategyNotAllowed => Problem::of(Code::FormParamValueInvalid, "strategy"),
        SignUpRejection::AlreadyVerified => Problem::new(Code::VerificationAlreadyVerified),
        SignUpRejection::NotPrepared => Problem::new(Code::VerificationMissing),
        SignUpRejection::NotReady => Problem::new(Code::ClientStateInvalid),
    }
}

fn refuse(rejection: SignUpRejection) -> Error {
    problem_of(rejection).into()
}
