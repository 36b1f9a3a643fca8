//! Reading a sign-in.

use super::{SignInState, Subject};
use crate::{app::App, authorise, authorise_on};
use domain::permission::{Action, Owned};
use entity::{id::SignInId, kind::SignInStatus};
use kernel::{
    caller::Caller,
    error::{Code, Result},
};
use store::sign_in::StoredSignIn;

/// A sign-in of the caller's client.
///
/// # Errors
/// `resource_not_found` when it is not the client's or was abandoned.
pub async fn read(app: &App, caller: &Caller, id: &SignInId) -> Result<SignInState> {
    let stored = stored(app, caller, id).await?;
    shown(app, caller, &stored).await
}

/// A sign-in of the caller's client, as it is stored.
///
/// # Errors
/// `resource_not_found` when it is not the client's or was abandoned.
pub(super) async fn stored(app: &App, caller: &Caller, id: &SignInId) -> Result<StoredSignIn> {
    authorise(caller, Action::ManageSignIn)?;
    let found = store::sign_in::find(app.reader(&caller.instance.id), id).await?;
    let stored = found.ok_or(Code::ResourceNotFound)?;
    authorise_on(caller, Action::ManageSignIn, Owned::FlowOf(&stored.sign_in.client_id))?;
    match stored.sign_in.status_at(app.now()) {
        SignInStatus::Abandoned => Err(Code::ResourceNotFound.into()),
        _ => Ok(stored),
    }
}

/// The sign-in that a client is going through; nothing when it is over.
///
/// # Errors
/// When it cannot be read.
pub(crate) async fn pending(app: &App, caller: &Caller, id: &SignInId) -> Result<Option<SignInState>> {
    let Some(stored) = store::sign_in::find(app.reader(&caller.instance.id), id).await? else {
        return Ok(None);
    };
    let state = shown(app, caller, &stored).await?;
    Ok(Some(state).filter(SignInState::is_pending))
}

async fn shown(app: &App, caller: &Caller, stored: &StoredSignIn) -> Result<SignInState> {
    let subject = Subject::read(app.reader(&caller.instance.id), caller, stored).await?;
    Ok(SignInState::of(stored, subject.as_ref(), caller, app.now()))
}
