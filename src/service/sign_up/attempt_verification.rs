//! Attempting a proof of a sign-up.

use super::{complete, keep, prover, refuse, refuse_proof, rules};
use crate::{app::App, attempt::Attempt, authorise, client::Changed, factor, rate_limit::Budget, sign_up::SignUpState};
use domain::{
    permission::Action,
    proof::{Given, Outcome, Refusal},
    sign_up::proving,
};
use entity::id::SignUpId;
use kernel::{
    caller::Caller,
    error::{Error, Result},
};
use store::sign_up::StoredSignUp;

/// Attempts the proof that was asked for in a sign-up of the caller's client. Each attempt counts, also one that fails. The
/// right one of a sign-up that misses nothing else completes it.
///
/// # Errors
/// `form_code_incorrect`, `verification_expired`, `verification_failed`, `verification_already_verified`,
/// `verification_missing`, `form_param_value_invalid` for a strategy that was not prepared, `resource_not_found`,
/// `form_identifier_exists` when somebody else has taken an identifier meanwhile, what the instance has forbidden since
/// (`sign_up_mode_restricted`, `not_allowed_access`, rules for usernames, `form_param_missing` for a password that must be
/// chosen again), `too_many_requests`.
pub async fn attempt_verification(
    app: &App,
    caller: &Caller,
    id: &SignUpId,
    given: Given,
) -> Result<Changed<SignUpState>> {
    authorise(caller, Action::ManageSignUp)?;
    app.rate_limiter().spend(caller, Budget::Attempt)?;
    rules::refuse_closed(caller)?;
    let strategy = given.strategy();
    // What no field of the instance is proven by is not looked at, which may take long.
    if !proving(&caller.settings().attribute).contains(&strategy) {
        return Err(refuse_proof(Refusal::NotOffered, strategy));
    }
    let checked = factor::check(app, None, given).await?;
    let mut attempt = Attempt::<StoredSignUp>::open(app, caller, id).await?;
    rules::refuse_unadmitted(caller, &attempt.flow.sign_up)?;
    let (now, sign_up) = (attempt.now(), attempt.flow.sign_up.clone());
    let factors = sign_up.factors(&caller.settings().attribute, now).map_err(refuse)?;
    let admitted = match factors.admit(strategy, now) {
        Ok(admitted) => admitted,
        Err(refusal) => return Err(refuse_proof(refusal, strategy)),
    };
    let prover = prover(caller, &sign_up, admitted.challenge());
    let finding = factor::settle(app, &mut attempt.tx, prover, &admitted, &checked).await?;
    let (factors, outcome) = factors.attempt(admitted, finding, now);
    attempt.flow.sign_up = sign_up.with_factors(factors, now);
    let refusal = match outcome {
        Outcome::Rejected(refusal) => Some(counted(refusal, refuse_proof(refusal, strategy))),
        Outcome::Proven(_) => {
            let obstacle = complete::obstacle(&attempt.tx, caller, &attempt.flow).await?;
            // Only the right proof may lead on: whoever is refused must not be given a session that nobody is told of.
            if obstacle.is_none() {
                complete::advance(&mut attempt).await?;
            }
            obstacle.map(Error::from)
        }
    };
    keep(attempt, refusal).await
}

/// What is told of a wrong proof, with the attempts that are left: the code is the caller's own, and so is its count.
fn counted(refusal: Refusal, error: Error) -> Error {
    match refusal {
        Refusal::Incorrect { remaining: Some(left) } => {
            error.map_problems(|problem| problem.with_meta("attempts_left", left))
        }
        _ => error,
    }
}
