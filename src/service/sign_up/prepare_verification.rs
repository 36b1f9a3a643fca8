//! Having a code sent for a sign-up.

use super::{lock, refuse, rules};
use crate::{
    app::App,
    client::Changed,
    one_time_code::{self, Recipient},
};
use entity::{id::SignUpId, kind::Strategy};
use kernel::{
    caller::Caller,
    error::{Error, Result},
};
use store::{Tx, sign_up::StoredSignUp};

/// Has a code sent to the address of a sign-up of the caller's client. A code sent before is dead.
///
/// # Errors
/// `sign_up_mode_restricted`, `not_allowed_access`, `resource_not_found`, `sign_up_cannot_be_updated`, `verification_already_verified`, `form_param_value_invalid` for a
/// strategy that verifies nothing here, `too_many_requests`, `verification_code_too_many_requests`,
/// `feature_not_enabled` where no mail can be sent.
pub async fn prepare_verification(
    app: &App,
    caller: &Caller,
    id: &SignUpId,
    strategy: Strategy,
) -> Result<Changed<StoredSignUp>> {
    rules::refuse_closed(caller)?;
    one_time_code::check_sending(app, caller)?;
    let mut tx = app.begin(&caller.instance.id).await?;
    let (mut client, before) = lock(app, &mut tx, caller, id).await?;
    let stored = prepare_in(app, &mut tx, caller, before.clone(), strategy).await?;
    store::sign_up::save(&mut tx, &before, &stored).await?;
    client.save(&mut tx, caller).await?;
    tx.commit().await?;
    client.finish(app, caller, stored)
}

/// The same inside a transaction; the caller stores the result.
pub(super) async fn prepare_in(
    app: &App,
    tx: &mut Tx,
    caller: &Caller,
    stored: StoredSignUp,
    strategy: Strategy,
) -> Result<StoredSignUp> {
    rules::refuse_address(caller, &stored.sign_up)?;
    let attributes = &caller.settings().attribute;
    let sign_up = stored
        .sign_up
        .prepare_verification(tx.id(), strategy, attributes, tx.now())
        .map_err(refuse)?;
    let Some((email, verification)) = sign_up
        .email_address
        .as_ref()
        .and_then(|email| Some((email, email.verification.as_ref()?)))
    else {
        return Err(Error::internal(anyhow::anyhow!(
            "a prepared sign-up without a verification"
        )));
    };
    one_time_code::send(
        app,
        tx,
        caller,
        verification,
        Recipient {
            budgeted: email.address.as_str(),
            address: Some(&email.address),
            account: None,
            client: None,
        },
    )
    .await?;
    Ok(StoredSignUp { sign_up, ..stored })
}
