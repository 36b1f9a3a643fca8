//! Secret keys: which instance one administers.

use super::create;
use crate::app::App;
use entity::{
    UnixMilliseconds,
    id::{InstanceId, SecretKeyId},
};
use kernel::{
    caller::Instance,
    crypto::digest::secret_digest,
    error::{Code, Result},
};
use std::sync::Arc;

/// A secret key as an operator sees it.
#[derive(Clone, Debug)]
pub struct SecretKeyState {
    /// Its identifier.
    pub id: SecretKeyId,
    /// Since when it is not accepted any more.
    pub revoked_at: Option<UnixMilliseconds>,
}

/// The instance that a secret key administers, and which key it is.
///
/// # Errors
/// `clerk_key_invalid` when it is unknown or revoked.
pub async fn authenticate_secret_key(app: &App, secret: &str) -> Result<(Arc<Instance>, SecretKeyId)> {
    let row = store::instance::find_secret_key(app.pool(), &secret_digest(secret)).await?;
    let Some(row) = row.filter(|row| row.revoked_at.is_none()) else {
        return Err(Code::ClerkKeyInvalid.into());
    };
    let instance = super::by_id(app, &row.instance_id)
        .await?
        .ok_or(Code::ClerkKeyInvalid)?;
    Ok((instance, row.id))
}

/// Makes another secret key of an instance, for an operator on the machine who needs none. Those before it stay valid, so
/// that an application can be moved from one to the other.
///
/// # Errors
/// When it cannot be stored.
pub async fn create_secret_key(app: &App, instance: &Instance) -> Result<String> {
    let secret = create::new_secret_key(app.entropy(), instance.environment);
    let mut tx = app.begin(&instance.id).await?;
    create::insert_secret_key(&mut tx, &secret).await?;
    tx.commit().await?;
    Ok(secret)
}

/// The secret keys of an instance, oldest first. Their texts are not stored.
///
/// # Errors
/// When they cannot be read.
pub async fn list_secret_keys(app: &App, instance: &InstanceId) -> Result<Vec<SecretKeyState>> {
    let rows = store::instance::list_secret_keys(app.reader(instance)).await?;
    let states = rows.into_iter().map(|row| SecretKeyState {
        id: row.id,
        revoked_at: row.revoked_at,
    });
    Ok(states.collect())
}
