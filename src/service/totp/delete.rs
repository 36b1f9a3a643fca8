//! Removing an authenticator app.

use super::nothing_set_up;
use crate::{app::App, authorise, rate_limit::Budget, session, user};
use domain::permission::Action;
use entity::id::TotpId;
use kernel::{
    caller::Caller,
    error::{Code, Result},
};

/// Removes the person's authenticator app, whether or not it was shown to work. It is asked for no more.
///
/// # Errors
/// `authentication_invalid` when nobody is signed in, `resource_not_found` when there is none,
/// `session_reverification_required` when the session that acts has given no second proof, `too_many_requests`.
pub async fn delete(app: &App, caller: &Caller) -> Result<TotpId> {
    authorise(caller, Action::ManageUser)?;
    app.rate_limiter().spend(caller, Budget::Attempt)?;
    let acting = session::acting(app, caller).await?;
    let mut tx = app.begin(&caller.instance.id).await?;
    let account = store::user::lock_account(&tx, &acting.user_id).await?;
    let user = account.ok_or(Code::AuthenticationInvalid)?.user;
    let found = store::totp::find(tx.scope(), &user.id).await?;
    let row = found.ok_or_else(nothing_set_up)?;
    session::check_second_proof(&acting, &user)?;
    store::totp::delete(&tx, &user.id).await?;
    if row.verified {
        store::user::update_totp(&mut tx, &user.id, false).await?;
        // They stood in for it.
        store::backup_code::delete_all(&tx, &user.id).await?;
        store::user::update_backup_codes(&mut tx, &user.id, false).await?;
        user::updated(&mut tx, &user.id).await?;
    }
    tx.commit().await?;
    Ok(row.id)
}
