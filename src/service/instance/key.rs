//! Secret keys: which instance one administers.

use crate::{
    app::App,
    caller::Instance,
    crypto::digest::secret_digest,
    error::{Code, Result},
    store,
};
use entity::{
    id::{InstanceId, SecretKeyId},
    secret_key,
};
use std::sync::Arc;

/// The instance that a secret key administers, and which key it is.
///
/// # Errors
/// `clerk_key_invalid` when it is unknown or revoked.
pub async fn authenticate_secret_key(app: &App, secret: &str) -> Result<(Arc<Instance>, SecretKeyId)> {
    let row = store::instance::find_secret_key(&app.database, &secret_digest(secret)).await?;
    let Some(row) = row.filter(|row| row.revoked_at.is_none()) else {
        return Err(Code::ClerkKeyInvalid.into());
    };
    let instance = super::by_id(app, &row.instance_id)
        .await?
        .ok_or(Code::ClerkKeyInvalid)?;
    Ok((instance, row.id))
}

/// The secret keys of an instance, oldest first. Their texts are not stored.
///
/// # Errors
/// When they cannot be read.
pub async fn list_secret_keys(app: &App, instance: &InstanceId) -> Result<Vec<secret_key::Model>> {
    Ok(store::instance::list_secret_keys(&app.database, instance).await?)
}
