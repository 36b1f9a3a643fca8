//! Asking for a proof of a sign-in: having a code sent.

use super::{Subject, keep, prover, refuse};
use crate::{app::App, attempt::Attempt, client::Changed, factor, sign_in::SignInState};
use domain::proof::Level;
use entity::{
    id::{IdentificationId, SignInId},
    kind::Strategy,
};
use kernel::{
    caller::Caller,
    error::{Code, Result},
};
use store::sign_in::StoredSignIn;

/// What is asked for.
#[derive(Clone, Debug)]
pub struct PrepareFactor {
    /// For which proof.
    pub level: Level,
    /// How it is to be given.
    pub strategy: Strategy,
    /// By which identification, as it is shown; without one, by the first on offer.
    pub target: Option<IdentificationId>,
}

/// Asks for a proof of a sign-in of the caller's client: has a code sent. A code sent before is dead.
///
/// # Errors
/// `resource_not_found`, `client_state_invalid`, `strategy_for_user_invalid`, `form_param_value_invalid` for a strategy
/// that needs no preparation, `too_many_requests`, `verification_code_too_many_requests`, `feature_not_enabled`.
pub async fn prepare_factor(
    app: &App,
    caller: &Caller,
    id: &SignInId,
    input: PrepareFactor,
) -> Result<Changed<SignInState>> {
    factor::check_preparing(app, caller, input.strategy)?;
    let mut attempt = Attempt::<StoredSignIn>::open(app, caller, id).await?;
    let subject = Subject::read(attempt.tx.scope(), caller, &attempt.flow).await?;
    let subject = subject.ok_or(Code::ClientStateInvalid)?;
    prepare_in(&mut attempt, &subject, &input).await?;
    keep(attempt, Some(&subject), None).await
}

/// The same in an open step, which stores it.
pub(super) async fn prepare_in(
    attempt: &mut Attempt<'_, StoredSignIn>,
    subject: &Subject,
    input: &PrepareFactor,
) -> Result<()> {
    let (caller, now, sign_in) = (attempt.caller, attempt.now(), attempt.flow.sign_in.clone());
    let PrepareFactor {
        level,
        strategy,
        target,
    } = input;
    let target = target.as_ref().map(|shown| subject.meant(shown, &caller.instance));
    let offered = subject.offered(*level, &caller.instance);
    let factors = sign_in.factors(*level, offered, now).map_err(refuse)?;
    let (factors, challenge) = factors
        .prepare(attempt.tx.id(), *strategy, target, now)
        .map_err(|refusal| factor::refuse(refusal, *strategy))?;
    attempt.flow.sign_in = sign_in.with_factors(*level, factors, now);
    let target = subject.target(&challenge, &caller.instance);
    let client = (!attempt.client.is_new()).then(|| attempt.client.row.id.clone());
    let prover = prover(caller, subject, target.as_ref(), client.as_ref());
    factor::prepare(attempt.app, &mut attempt.tx, caller, &challenge, prover).await
}
