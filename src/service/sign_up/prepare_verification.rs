//! Asking for a proof of a sign-up: having a code sent.

use super::{SignUpState, keep, prover, refuse, refuse_proof, rules};
use crate::{app::App, attempt::Attempt, client::Changed, factor};
use entity::{id::SignUpId, kind::Strategy};
use kernel::{caller::Caller, error::Result};
use store::sign_up::StoredSignUp;

/// Has a code sent for what was given in a sign-up of the caller's client. A code sent before is dead.
///
/// # Errors
/// `sign_up_mode_restricted`, `not_allowed_access`, `resource_not_found`, `sign_up_cannot_be_updated`,
/// `verification_already_verified`, `form_param_value_invalid` for a strategy that verifies nothing here,
/// `too_many_requests`, `verification_code_too_many_requests`, `feature_not_enabled` where no mail can be sent.
pub async fn prepare_verification(
    app: &App,
    caller: &Caller,
    id: &SignUpId,
    strategy: Strategy,
) -> Result<Changed<SignUpState>> {
    rules::refuse_closed(caller)?;
    factor::check_preparing(app, caller, strategy)?;
    let mut attempt = Attempt::open(app, caller, id).await?;
    prepare_in(&mut attempt, strategy).await?;
    keep(attempt, None).await
}

/// The same in an open step, which stores it.
pub(super) async fn prepare_in(attempt: &mut Attempt<'_, StoredSignUp>, strategy: Strategy) -> Result<()> {
    let (caller, now, sign_up) = (attempt.caller, attempt.now(), attempt.flow.sign_up.clone());
    rules::refuse_unadmitted(caller, &sign_up)?;
    let factors = sign_up.factors(&caller.settings().attribute, now).map_err(refuse)?;
    let (factors, challenge) = factors
        .prepare(attempt.tx.id(), strategy, None, now)
        .map_err(|refusal| refuse_proof(refusal, strategy))?;
    let prover = prover(caller, &sign_up, Some(&challenge));
    factor::prepare(attempt.app, &mut attempt.tx, caller, &challenge, prover).await?;
    attempt.flow.sign_up = sign_up.with_factors(factors, now);
    Ok(())
}
