//! Clients that signed in as a person before. What strangers do to the person's account does not refuse them.

use domain::proof::Level;
use entity::{UnixMilliseconds, id::ClientId, user};
use kernel::error::Result;
use sea_orm::ConnectionTrait;
use store::Scope;

/// Whether somebody signed in as `account` on `client` before: for guesses at the second proof, with a second proof that they still
/// have, since whoever guesses at that knows the first one. The stand-in is asked about like anybody, and nobody is known by it.
///
/// # Errors
/// When the database cannot be reached.
pub(crate) async fn is_known<C: ConnectionTrait>(
    scope: Scope<'_, C>,
    client: Option<&ClientId>,
    account: Option<&user::Model>,
    level: Level,
) -> Result<bool> {
    let Some((client, account)) = client.zip(account) else {
        return Ok(false);
    };
    let second_since = match level {
        Level::First => None,
        Level::Second => Some(account.mfa_enabled_at.unwrap_or(UnixMilliseconds::MAX)),
    };
    Ok(store::session::has_any(scope, client, &account.id, second_since).await?)
}
