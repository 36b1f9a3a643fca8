//! Reading a sign-in.

use super::{SignInState, Subject};
use crate::{
    app::App,
    attempt::{check_shown, if_there},
    authorise,
};
use domain::permission::Action;
use entity::{id::SignInId, kind::SignInStatus};
use kernel::{
    caller::Caller,
    error::{Code, Result},
};
use std::collections::HashMap;
use store::sign_in::{NamedSignIn, StoredSignIn};

/// A sign-in of the caller's client.
///
/// # Errors
/// `resource_not_found` when it is not the client's, was abandoned, or the client has begun another one.
pub async fn read(app: &App, caller: &Caller, id: &SignInId) -> Result<SignInState> {
    authorise(caller, Action::ManageSignIn)?;
    let stored = store::sign_in::find(app.reader(&caller.instance.id), id).await?;
    let stored = stored.ok_or(Code::ResourceNotFound)?;
    check_shown(app, caller, id, &stored).await?;
    let state = shown(app, caller, &stored).await?;
    match state.status {
        SignInStatus::Abandoned => Err(Code::ResourceNotFound.into()),
        _ => Ok(state),
    }
}

/// A sign-in of the caller's client, as it is stored, and whom it names.
///
/// # Errors
/// `resource_not_found` when it is not the client's, was abandoned, or the client has begun another one.
pub(super) async fn named(app: &App, caller: &Caller, id: &SignInId) -> Result<NamedSignIn> {
    authorise(caller, Action::ManageSignIn)?;
    let named = store::sign_in::find_named(app.reader(&caller.instance.id), id).await?;
    let named = named.ok_or(Code::ResourceNotFound)?;
    check_shown(app, caller, id, &named.stored).await?;
    Ok(named)
}

/// Those sign-ins of the caller's client that [`read`] would find. One statement for all that are another's or nobody's, and what
/// reading takes for each of its own.
///
/// # Errors
/// As [`read`], but for those that there are not.
pub async fn read_all(app: &App, caller: &Caller, ids: &[SignInId]) -> Result<HashMap<SignInId, SignInState>> {
    authorise(caller, Action::ManageSignIn)?;
    let Some(client_id) = caller.actor.client_id() else {
        return Ok(HashMap::new());
    };
    let mut found = HashMap::new();
    for id in store::sign_in::own(app.reader(&caller.instance.id), client_id, ids).await? {
        found.extend(if_there(read(app, caller, &id).await)?.map(|state| (id, state)));
    }
    Ok(found)
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
