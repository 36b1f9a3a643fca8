//! Removing an authenticator app.

use super::nothing_set_up;
use crate::{
    app::App,
    user::{self, Own},
};
use entity::id::TotpId;
use kernel::{caller::Caller, error::Result};

/// Removes the person's authenticator app, whether or not it was shown to work. It is asked for no more.
///
/// # Errors
/// `authentication_invalid` when nobody is signed in, `resource_not_found` when there is none,
/// `session_reverification_required` when the session that acts has given no second proof, `too_many_requests`.
pub async fn delete(app: &App, caller: &Caller) -> Result<TotpId> {
    let mut own = Own::begin(app, caller).await?;
    let user = own.user().id.clone();
    let found = store::totp::find(own.tx.scope(), &user).await?;
    let row = found.ok_or_else(nothing_set_up)?;
    own.check_second_proof()?;
    let tx = &mut own.tx;
    store::totp::delete(tx, &user).await?;
    if row.verified {
        store::user::update_totp(tx, &user, false).await?;
        // They stood in for it.
        store::backup_code::delete_all(tx, &user).await?;
        store::user::update_backup_codes(tx, &user, false).await?;
        user::updated(tx, &user).await?;
    }
    own.tx.commit().await?;
    Ok(row.id)
}
