//! Clients that signed in as a person before. What strangers do to the person's account does not refuse them.

use entity::id::{ClientId, UserId};
use kernel::error::Result;
use sea_orm::ConnectionTrait;
use store::Scope;

/// Whether somebody signed in as `account` on `client` before. The stand-in is asked about like anybody, and nobody is known
/// by it.
///
/// # Errors
/// When the database cannot be reached.
pub(crate) async fn is_known<C: ConnectionTrait>(
    scope: Scope<'_, C>,
    client: Option<&ClientId>,
    account: Option<&UserId>,
) -> Result<bool> {
    match client.zip(account) {
        Some((client, account)) => Ok(store::session::has_any(scope, client, account).await?),
        None => Ok(false),
    }
}
