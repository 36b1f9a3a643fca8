//! What a gateway asks of the instance as its subgraph.
//!
//! Invariant: a gateway is known by the instance's own secret key; whoever has none learns nothing, not even that somebody exists.

use crate::{authorise, loader::Loaders, user::UserState};
use domain::permission::Action;
use entity::id::UserId;
use kernel::{caller::Caller, error::Result};
use std::{collections::HashMap, sync::Arc};

/// What the names of types begin with for the caller's gateway; often nothing.
///
/// # Errors
/// `authorization_invalid` without a secret key.
pub fn type_prefix(caller: &Caller) -> Result<&str> {
    authorise(caller, Action::ReadEntities)?;
    Ok(&caller.settings().federation.type_prefix)
}

/// Users by identifier, without those that there are not in the caller's instance.
///
/// # Errors
/// `authorization_invalid` without a secret key, however many are asked for.
pub async fn users(
    loaders: &Loaders,
    ids: impl IntoIterator<Item = UserId>,
) -> Result<HashMap<UserId, Arc<UserState>>> {
    authorise(loaders.caller(), Action::ReadEntities)?;
    loaders.users(ids).await
}
