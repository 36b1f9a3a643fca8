//! Having a code sent for a sign-in.

use super::{lock, refuse};
use crate::{
    app::App,
    client::{Changed, ClientHandle},
    one_time_code::{self, Recipient},
};
use domain::{identifier::EmailAddress, sign_in::Stage, verification::Verification};
use entity::{
    id::{IdentificationId, SignInId},
    kind::Strategy,
};
use kernel::{caller::Caller, error::Result};
use store::{Tx, sign_in::StoredSignIn};

/// Has a code sent for a sign-in of the caller's client, to the address named or else the first one on offer. A code sent
/// before is dead.
///
/// # Errors
/// `resource_not_found`, `client_state_invalid`, `strategy_for_user_invalid`, `form_param_value_invalid` for a strategy
/// that needs no preparation, `too_many_requests`, `verification_code_too_many_requests`, `feature_not_enabled`.
pub async fn prepare_first_factor(
    app: &App,
    caller: &Caller,
    id: &SignInId,
    strategy: Strategy,
    address: Option<&IdentificationId>,
) -> Result<Changed<StoredSignIn>> {
    one_time_code::check_sending(app, caller)?;
    let mut tx = app.begin(&caller.instance.id).await?;
    let (mut client, stored) = lock(app, &mut tx, caller, id).await?;
    let before = stored.sign_in.clone();
    let stored = prepare_in(app, &mut tx, caller, &client, stored, (strategy, address)).await?;
    store::sign_in::save(&mut tx, &before, &stored).await?;
    client.save(&mut tx, caller).await?;
    tx.commit().await?;
    client.finish(app, caller, stored)
}

/// The same inside a transaction; the caller stores the result.
pub(super) async fn prepare_in(
    app: &App,
    tx: &mut Tx,
    caller: &Caller,
    client: &ClientHandle,
    stored: StoredSignIn,
    (strategy, address): (Strategy, Option<&IdentificationId>),
) -> Result<StoredSignIn> {
    let sign_in = stored
        .sign_in
        .prepare_first_factor(tx.id(), strategy, address, tx.now())
        .map_err(refuse)?;
    let stored = StoredSignIn { sign_in, ..stored };
    if let Some(verification) = prepared_verification(&stored) {
        // Spent and enqueued also for nobody, so that the answer tells nothing; the job finds no address and sends nothing.
        let address = prepared_address(&stored, caller).map(|(_, address)| address);
        let budgeted = address
            .as_ref()
            .map(EmailAddress::as_str)
            .or(stored.sign_in.identifier());
        let recipient = Recipient {
            budgeted: budgeted.unwrap_or_default(),
            address: address.as_ref(),
            account: stored.account.as_ref().map(|account| &account.user.id),
            client: (!client.is_new()).then_some(&client.row.id),
        };
        one_time_code::send(app, tx, caller, &verification, recipient).await?;
    }
    Ok(stored)
}

fn prepared_verification(stored: &StoredSignIn) -> Option<Verification> {
    match &stored.sign_in.stage {
        Stage::NeedsFirstFactor { prepared, .. } => prepared.as_ref().map(|prepared| prepared.verification.clone()),
        Stage::NeedsIdentifier | Stage::Complete { .. } | Stage::Abandoned => None,
    }
}

/// The code that was asked for and the address that it really goes to; nothing when it is only for show.
pub(super) fn prepared_address(stored: &StoredSignIn, caller: &Caller) -> Option<(Verification, EmailAddress)> {
    let Stage::NeedsFirstFactor {
        prepared: Some(prepared),
        ..
    } = &stored.sign_in.stage
    else {
        return None;
    };
    let account = stored.account.as_ref()?;
    let id = match &stored.identification_id {
        Some(shown) if *shown == prepared.identification_id => stored
            .sign_in
            .identifier()
            .and_then(|text| account.named_by(text))
            .unwrap_or(shown),
        _ => &prepared.identification_id,
    };
    let is_possible = account
        .first_factors(caller.settings())
        .iter()
        .any(|factor| factor.identification_id.as_ref() == Some(id));
    let row = account
        .identifications
        .iter()
        .find(|row| row.id == *id)
        .filter(|_| is_possible)?;
    // Mail goes to the address as its owner wrote it, never to a spelling typed later.
    Some((
        prepared.verification.clone(),
        EmailAddress::from_stored(row.value.clone(), row.display.clone()),
    ))
}
