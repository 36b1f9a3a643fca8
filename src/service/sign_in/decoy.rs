//! What keeps the time of an answer from telling who has an account, where accounts are concealed: nobody reads rows and
//! writes one, as somebody does.

use crate::{
    app::App,
    caller::Caller,
    error::Result,
    store::{self, Scope, Tx, notice::Notice},
};
use entity::{UnixMilliseconds, id::UserId};
use sea_orm::ConnectionTrait;

/// How long an attempt at an identifier is remembered, in milliseconds.
const ATTEMPT_WINDOW: UnixMilliseconds = 24 * 3_600_000;

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

/// Records a wrong guess by what was typed, whoever has it: also where a locked account's counter stays as it is, the commit
/// has something to make durable, which is what takes long.
///
/// # Errors
/// When the database refuses it.
pub(super) async fn record_attempt(app: &App, tx: &Tx, identifier: &str) -> Result<()> {
    store::budget::spend(tx, &subject(app, identifier), ATTEMPT_WINDOW).await?;
    Ok(())
}

/// Writes an existing row, the one of [`record_attempt`], and tells the nodes of nobody, where somebody's counter is written
/// and they are told of somebody.
///
/// # Errors
/// When the database refuses it.
pub(super) async fn count_for_nobody(app: &App, tx: &mut Tx, identifier: &str) -> Result<()> {
    store::budget::touch(tx, &subject(app, identifier)).await?;
    tx.announce(Notice::User(store::user::nobody()));
    Ok(())
}

fn subject(app: &App, identifier: &str) -> String {
    app.keyring.lookup_digest("concealed_attempt", identifier)
}
