//! Reading a sign-up.

use super::SignUpState;
use crate::{
    app::App,
    attempt::{check_shown, if_there},
    authorise,
};
use domain::permission::Action;
use entity::id::SignUpId;
use kernel::{
    caller::Caller,
    error::{Code, Result},
};
use std::collections::HashMap;

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

/// Those sign-ups of the caller's client that [`read`] would find. One statement for all that are another's or nobody's, and what
/// reading takes for each of its own.
///
/// # Errors
/// As [`read`], but for those that there are not.
pub async fn read_all(app: &App, caller: &Caller, ids: &[SignUpId]) -> Result<HashMap<SignUpId, SignUpState>> {
    authorise(caller, Action::ManageSignUp)?;
    let Some(client_id) = caller.actor.client_id() else {
        return Ok(HashMap::new());
    };
    let mut found = HashMap::new();
    for id in store::sign_up::own(app.reader(&caller.instance.id), client_id, ids).await? {
        found.extend(if_there(read(app, caller, &id).await)?.map(|state| (id, state)));
    }
    Ok(found)
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
