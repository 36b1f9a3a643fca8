//! Reading a sign-in.

use super::decoy;
use crate::{app::App, authorise};
use domain::permission::Action;
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
pub async fn read(app: &App, caller: &Caller, id: &SignInId) -> Result<StoredSignIn> {
    authorise(caller, Action::ManageSignIn)?;
    let client = caller.actor.client_id().ok_or(Code::ResourceNotFound)?;
    let scope = app.reader(&caller.instance.id);
    let decoy = decoy::of(scope, caller).await?;
    store::sign_in::find(scope, id, caller.settings(), decoy.as_ref())
        .await?
        .filter(|stored| stored.sign_in.client_id == *client)
        .filter(|stored| stored.sign_in.status_at(app.now()) != SignInStatus::Abandoned)
        .ok_or_else(|| Code::ResourceNotFound.into())
}
