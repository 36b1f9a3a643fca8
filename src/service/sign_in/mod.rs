//! Signing in: somebody is named, proves it, and has a session.

mod attempt_first_factor;
mod create;
pub(crate) mod decoy;
mod guess;
mod identify;
mod prepare_first_factor;
mod read;

pub use attempt_first_factor::{FirstFactorProof, attempt_first_factor};
pub use create::{CreateSignIn, create};
pub use prepare_first_factor::prepare_first_factor;
pub use read::read;
pub use store::sign_in::{Account, StoredSignIn};

use crate::{app::App, authorise, client::ClientHandle};
use domain::{permission::Action, sign_in::SignInRejection};
use entity::{id::SignInId, kind::SignInStatus};
use kernel::{
    caller::Caller,
    error::{Code, Error, Problem, Result},
};
use store::Tx;

/// The caller's client, locked until the transaction ends, and a sign-in of it. The client's lock is the sign-in's too.
async fn lock(app: &App, tx: &mut Tx, caller: &Caller, id: &SignInId) -> Result<(ClientHandle, StoredSignIn)> {
    authorise(caller, Action::ManageSignIn)?;
    if caller.actor.client_id().is_none() {
        return Err(Code::ResourceNotFound.into());
    }
    let client = ClientHandle::obtain(app, tx, caller).await?;
    let decoy = decoy::of(tx.scope(), caller).await?;
    let stored = store::sign_in::find(tx.scope(), id, caller.settings(), decoy.as_ref())
        .await?
        .ok_or(Code::ResourceNotFound)?;
    let status = stored.sign_in.status_at(tx.now());
    // A newer sign-in of the client has given this one up.
    let is_superseded = status != SignInStatus::Complete && client.row.sign_in_id.as_ref() != Some(id);
    if stored.sign_in.client_id != client.row.id || status == SignInStatus::Abandoned || is_superseded {
        return Err(Code::ResourceNotFound.into());
    }
    Ok((client, stored))
}

fn refuse(rejection: SignInRejection) -> Error {
    match rejection {
        SignInRejection::WrongStage(_) => Code::ClientStateInvalid.into(),
        SignInRejection::NotOffered => Problem::of(Code::StrategyForUserInvalid, "strategy").into(),
        SignInRejection::NothingToPrepare => Problem::of(Code::FormParamValueInvalid, "strategy")
            .saying("This strategy needs no preparation.")
            .into(),
    }
}
