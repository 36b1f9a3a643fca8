//! Reading a sign-up.

use super::SignUpState;
use crate::{app::App, authorise, authorise_on};
use domain::permission::{Action, Owned};
use entity::{id::SignUpId, kind::SignUpStatus};
use kernel::{
    caller::Caller,
    error::{Code, Result},
};

/// A sign-up of the caller's client.
///
/// # Errors
/// `resource_not_found` when it is not the client's or was abandoned.
pub async fn read(app: &App, caller: &Caller, id: &SignUpId) -> Result<SignUpState> {
    authorise(caller, Action::ManageSignUp)?;
    let state = find(app, caller, id).await?.ok_or(Code::ResourceNotFound)?;
    authorise_on(caller, Action::ManageSignUp, Owned::FlowOf(&state.client_id))?;
    match state.status {
        SignUpStatus::Abandoned => Err(Code::ResourceNotFound.into()),
        _ => Ok(state),
    }
}

/// The sign-up that a client is going through; nothing when it is over.
///
/// # Errors
/// When it cannot be read.
pub(crate) async fn pending(app: &App, caller: &Caller, id: &SignUpId) -> Result<Option<SignUpState>> {
    let state = find(app, caller, id).await?;
    Ok(state.filter(SignUpState::is_pending))
}

async fn find(app: &App, caller: &Caller, id: &SignUpId) -> Result<Option<SignUpState>> {
    let stored = store::sign_up::find(app.reader(&caller.instance.id), id).await?;
    Ok(stored.map(|stored| SignUpState::of(stored.sign_up, caller.settings(), app.now())))
}
