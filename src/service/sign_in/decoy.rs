//! What keeps the time of an answer from telling who has an account, where accounts are concealed: rows are read for nobody
//! as for somebody.

use entity::id::UserId;
use kernel::{caller::Caller, error::Result};
use sea_orm::ConnectionTrait;
use store::Scope;

/// Whose rows are read for nobody; nothing where accounts are not concealed.
///
/// # Errors
/// When it cannot be read.
pub(crate) async fn of<C: ConnectionTrait>(scope: Scope<'_, C>, caller: &Caller) -> Result<Option<UserId>> {
    if !caller.settings().attack_protection.enumeration_protection {
        return Ok(None);
    }
    if let Some(known) = caller.instance.decoy.get() {
        return Ok(Some(known.clone()));
    }
    let Some(found) = store::user::find_any(scope).await? else {
        // Among no users there is nothing to conceal.
        return Ok(Some(store::user::nobody()));
    };
    Ok(Some(caller.instance.decoy.get_or_init(|| found).clone()))
}
