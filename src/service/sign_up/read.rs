//! Reading a sign-up.

use crate::{app::App, authorise};
use domain::permission::Action;
use entity::{id::SignUpId, kind::SignUpStatus};
use kernel::{
    caller::Caller,
    error::{Code, Result},
};
use store::sign_up::StoredSignUp;

/// A sign-up of the caller's client.
///
/// # Errors
/// `resource_not_found` when it is not the client's or was abandoned.
pub async fn read(app: &App, caller: &Caller, id: &SignUpId) -> Result<StoredSignUp> {
    authorise(caller, Action::ManageSignUp)?;
    let client = caller.actor.client_id().ok_or(Code::ResourceNotFound)?;
    store::sign_up::find(app.reader(&caller.instance.id), id)
        .await?
        .filter(|stored| stored.sign_up.client_id == *client)
        .filter(|stored| stored.sign_up.status_at(app.now()) != SignUpStatus::Abandoned)
        .ok_or_else(|| Code::ResourceNotFound.into())
}
