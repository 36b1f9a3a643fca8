//! Reading a sign-up.

use super::SignUpState;
use crate::{app::App, attempt::check_shown, authorise};
use domain::permission::Action;
use entity::id::SignUpId;
use kernel::{
    caller::Caller,
    error::{Code, Result},
};

/// A sign-up of the caller's client.
///
/// # Errors
/// `resource_not_found` when it is not the client's, was abandoned, or the client has begun another one.
pub async fn read(app: &App, caller: &Caller, id: &SignUpId) -> Result<SignUpState> {
    authorise(caller, Action::ManageSignUp)?;
    let stored = store::sign_up::find(app.reader(&caller.instance.id), id).await?;
    let stored = stored.ok_or(Code::ResourceNotFound)?;
    check_shown(app, caller, id, &stored).await?;
    Ok(SignUpState::of(stored.sign_up, caller.settings(), app.now()))
}

/// The sign-up that a client is going through; nothing when it is over.
///
/// # Errors
/// When it cannot be read.
pub(crate) async fn pending(app: &App, caller: &Caller, id: &SignUpId) -> Result<Option<SignUpState>> {
    let stored = store::sign_up::find(app.reader(&caller.instance.id), id).await?;
    let state = stored.map(|stored| SignUpState::of(stored.sign_up, caller.settings(), app.now()));
    Ok(state.filter(SignUpState::is_pending))
}
