//! Clients that signed in as a person before. What strangers do to the person's account does not refuse them.

use super::sign_in::decoy;
use entity::id::{ClientId, UserId};
use kernel::{caller::Caller, error::Result};
use sea_orm::ConnectionTrait;
use store::Scope;

/// Whether somebody signed in as `account` on `client` before. Where accounts are concealed, nobody costs the same and is
/// known to no client.
///
/// # Errors
/// When the database cannot be reached.
pub(crate) async fn is_known<C: ConnectionTrait>(
    scope: Scope<'_, C>,
    caller: &Caller,
    client: Option<&ClientId>,
    account: Option<&UserId>,
) -> Result<bool> {
    let Some(client) = client else {
        return Ok(false);
    };
    let Some(account) = account else {
        if let Some(decoy) = decoy::of(scope, caller).await? {
            store::session::has_any(scope, client, &decoy).await?;
        }
        return Ok(false);
    };
    Ok(store::session::has_any(scope, client, account).await?)
}
