//! Clients that signed in as a person before. What strangers do to the person's account does not refuse them.

use domain::proof::Level;
use entity::id::{ClientId, UserId};
use kernel::error::Result;
use sea_orm::ConnectionTrait;
use store::Scope;

/// Whether somebody signed in as `account` on `client` before: for guesses at the second proof, with a second proof, since whoever
/// guesses at that knows the first one. The stand-in is asked about like anybody, and nobody is known by it.
///
/// # Errors
/// When the database cannot be reached.
pub(crate) async fn is_known<C: ConnectionTrait>(
    scope: Scope<'_, C>,
    client: Option<&ClientId>,
    account: Option<&UserId>,
    level: Level,
) -> Result<bool> {
    let by_second = level == Level::Second;
    match client.zip(account) {
        Some((client, account)) => Ok(store::session::has_any(scope, client, account, by_second).await?),
        None => Ok(false),
    }
}
