//! Users, as they are shown: with their identifications, and how the proofs of these stand.

mod own;
mod state;

pub use state::{IdentificationState, UserState, states};

pub(crate) use own::Own;
pub(crate) use state::owners;

use crate::{authorise, authorise_on, loader::Loaders};
use domain::permission::{Action, Owned};
use entity::{
    id::{IdentificationId, UserId},
    kind::IdentificationKind,
    user,
};
use kernel::{
    caller::Caller,
    error::{Code, Result},
    outbox::{Event, UserPayload},
};
use serde_json::Value;
use std::sync::Arc;
use store::Tx;

/// The user that the caller acts as.
///
/// # Errors
/// `authentication_invalid` when nobody is signed in.
pub async fn viewer(loaders: &Loaders) -> Result<Arc<UserState>> {
    authorise(loaders.caller(), Action::ReadUser)?;
    let acting = loaders.acting().await?;
    let viewer = loaders.user(&acting.user_id).await?;
    viewer.ok_or_else(|| Code::AuthenticationInvalid.into())
}

/// A user by identifier: oneself, or any with a secret key.
///
/// # Errors
/// `resource_not_found` when there is none that the caller may see.
pub async fn read(loaders: &Loaders, id: &UserId) -> Result<Arc<UserState>> {
    let caller = loaders.caller();
    authorise(caller, Action::ReadUser)?;
    let acting = match caller.actor.is_secret_key() {
        true => None,
        false => Some(loaders.acting().await?.user_id),
    };
    let acting = acting.as_ref();
    authorise_on(caller, Action::ReadUser, Owned::User { id, acting })?;
    loaders.user(id).await?.ok_or_else(|| Code::ResourceNotFound.into())
}

/// What the application keeps of a user for itself.
///
/// # Errors
/// `authorization_invalid` without a secret key.
pub fn private_metadata<'a>(caller: &Caller, user: &'a UserState) -> Result<&'a Value> {
    authorise(caller, Action::ReadPrivateMetadata)?;
    Ok(user.private_metadata())
}

/// The user that an identification belongs to, and who shows it, if the caller may see them.
///
/// # Errors
/// `resource_not_found` when there is none that belongs to such a user.
pub async fn read_owner(loaders: &Loaders, id: &IdentificationId) -> Result<Arc<UserState>> {
    authorise(loaders.caller(), Action::ReadUser)?;
    let owner = loaders.owner(id).await?.ok_or(Code::ResourceNotFound)?;
    read(loaders, &owner).await
}

/// Tells the outbox what the user is by now.
///
/// # Errors
/// When it cannot be read.
pub(crate) async fn updated(tx: &mut Tx, id: &UserId) -> Result<()> {
    let stored = store::user::stored_by_ids(tx.scope(), std::slice::from_ref(id)).await?;
    let Some(user) = stored.get(id) else { return Ok(()) };
    let given = user.identifications.iter().map(|state| &state.row);
    let known_by: Vec<_> = given.map(|row| (row.kind, row.display.as_str())).collect();
    tx.emit(&Event::UserUpdated(payload(&user.row, &known_by)))?;
    Ok(())
}

/// A user as the outbox is told, known by these identifications as they were written.
pub(crate) fn payload(row: &user::Model, known_by: &[(IdentificationKind, &str)]) -> UserPayload {
    let of_kind = |of: IdentificationKind| {
        let known_by = known_by.iter().filter(move |(kind, _)| *kind == of);
        known_by.map(|(_, display)| (*display).to_owned())
    };
    UserPayload {
        id: row.id,
        first_name: row.first_name.clone(),
        last_name: row.last_name.clone(),
        username: of_kind(IdentificationKind::Username).next(),
        email_addresses: of_kind(IdentificationKind::EmailAddress).collect(),
        created_at: row.created_at,
    }
}
