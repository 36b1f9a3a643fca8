//! Showing that an authenticator app works.

use super::{TotpState, authenticator, nothing_set_up};
use crate::{
    app::App,
    backup_code,
    user::{self, Own},
};
use domain::factor::totp::Given;
use entity::totp::Model;
use kernel::{
    caller::Caller,
    error::{Code, Error, Problem, Result},
};

/// Takes a code of the person's new authenticator app. With the right one it is asked for at each sign-in from now on, and the
/// session that acts has given a second proof.
///
/// # Errors
/// `authentication_invalid` when nobody is signed in, `feature_not_enabled`, `resource_not_found` when none was set up,
/// `totp_already_enabled`, `session_reverification_required` when there is another second proof that the session has not given,
/// `form_code_incorrect`, `too_many_requests`.
pub async fn attempt_verification(app: &App, caller: &Caller, code: Given) -> Result<TotpState> {
    let mut own = Own::begin(app, caller).await?;
    if !caller.settings().attribute.authenticator_app.enabled {
        return Err(Code::FeatureNotEnabled.into());
    }
    let user = own.user().clone();
    let found = store::totp::find(own.tx.scope(), &user.id).await?;
    let row = found.ok_or_else(nothing_set_up)?;
    if row.verified {
        return Err(Code::TotpAlreadyEnabled.into());
    }
    own.check_second_proof()?;
    let step = authenticator(app, &row, "", "")?.step_of(&code.digits(), own.tx.now());
    let incorrect = || Error::from(Problem::of(Code::FormCodeIncorrect, "code"));
    let step = step.ok_or_else(incorrect)?;
    // The code is used up with it: it does not sign anybody in.
    if !store::totp::consume_step(&own.tx, &row.id, step, false).await? {
        return Err(incorrect());
    }
    store::user::update_totp(&mut own.tx, &user.id, true).await?;
    let gives_codes = caller.settings().attribute.backup_code.enabled && user.backup_code_enabled_at.is_none();
    let backup_codes = match gives_codes {
        true => Some(backup_code::create_in(app, &mut own.tx, &user.id).await?.codes),
        false => None,
    };
    user::updated(&mut own.tx, &user.id).await?;
    own.gives_second_proof(caller).await?;
    let row = Model {
        verified: true,
        updated_at: own.tx.now(),
        ..row
    };
    own.tx.commit().await?;
    Ok(TotpState {
        backup_codes,
        ..TotpState::of(row)
    })
}
