//! Setting up an authenticator app.

use super::{TotpState, authenticator, sealed};
use crate::{app::App, user::Own};
use entity::{
    id::{TotpId, TypedId as _},
    totp::Model,
};
use kernel::{
    caller::Caller,
    crypto::totp::new_secret,
    error::{Code, Result},
};

/// Makes a secret for the person's authenticator app, which counts once a code of it is shown. One that was made before and
/// never shown to work is void.
///
/// # Errors
/// `authentication_invalid` when nobody is signed in, `feature_not_enabled`, `totp_already_enabled`,
/// `session_reverification_required` when there is another second proof that the session has not given, `too_many_requests`.
pub async fn create(app: &App, caller: &Caller) -> Result<TotpState> {
    let own = Own::begin(app, caller).await?;
    if !caller.settings().attribute.authenticator_app.enabled {
        return Err(Code::FeatureNotEnabled.into());
    }
    if own.user().totp_enabled_at.is_some() {
        return Err(Code::TotpAlreadyEnabled.into());
    }
    own.check_second_proof()?;
    let tx = &own.tx;
    let id: TotpId = tx.id();
    let row = Model {
        secret: sealed(app, tx, id.as_str(), &*new_secret(tx.entropy()))?,
        id,
        instance_id: *tx.instance(),
        user_id: own.user().id,
        verified: false,
        last_step: None,
        created_at: tx.now(),
        updated_at: tx.now(),
    };
    store::totp::replace(tx, row.clone()).await?;
    let authenticator = authenticator(app, &row, &caller.settings().application_name, own.identifier())?;
    own.tx.commit().await?;
    TotpState::new(&row, &authenticator)
}
