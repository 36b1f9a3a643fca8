//! Attempting the code of a sign-up.

use super::{complete, lock, refuse, rules};
use crate::{app::App, client::Changed, one_time_code, rate_limit::Budget};
use domain::{factor::email_code::OneTimeCode, verification::AttemptOutcome};
use entity::{id::SignUpId, kind::Strategy};
use kernel::{
    caller::Caller,
    error::{Code, Error, Problem, Result},
};
use store::sign_up::StoredSignUp;

/// Attempts the code that was sent for a sign-up of the caller's client. Each attempt counts, also one that fails. The
/// right code of a sign-up that misses nothing else completes it.
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
    strategy: Strategy,
    code: OneTimeCode,
) -> Result<Changed<StoredSignUp>> {
    if strategy != Strategy::EmailCode {
        return Err(Problem::of(Code::FormParamValueInvalid, "strategy").into());
    }
    app.rate_limiter().spend(caller, Budget::Attempt)?;
    rules::refuse_closed(caller)?;
    let mut tx = app.begin(&caller.instance.id).await?;
    let (mut client, before) = lock(app, &mut tx, caller, id).await?;
    rules::refuse_address(caller, &before.sign_up)?;
    let matches = before.sign_up.email_address.as_ref().is_some_and(|email| {
        email.verification.as_ref().is_some_and(|verification| {
            one_time_code::matches(app, &caller.instance, verification, &email.address, code)
        })
    });
    let transition = before
        .sign_up
        .clone()
        .attempt_verification(matches, &caller.settings().attribute, tx.now())
        .map_err(refuse)?;
    let mut stored = StoredSignUp {
        sign_up: transition.next,
        ..before.clone()
    };
    let obstacle = match transition.outcome {
        AttemptOutcome::Verified => complete::obstacle(&tx, caller, &stored).await?,
        _ => None,
    };
    // The attempt is committed whatever comes of it; an error before the commit would make guesses free. Only the right code
    // may lead on: whoever is refused must not be given a session that nobody is told of.
    if let (AttemptOutcome::Verified, None) = (transition.outcome, &obstacle) {
        complete::advance(&mut tx, caller, &mut client, Some(&before), &mut stored).await?;
    } else {
        store::sign_up::save(&mut tx, &before, &stored).await?;
        client.save(&mut tx, caller).await?;
    }
    tx.commit().await?;
    if let Some(problem) = obstacle {
        return Err(problem.into());
    }
    match refusal(transition.outcome) {
        None => client.finish(app, caller, stored),
        Some(error) => Err(error),
    }
}

fn refusal(outcome: AttemptOutcome) -> Option<Error> {
    match outcome {
        AttemptOutcome::Verified => None,
        AttemptOutcome::Incorrect { .. } => Some(Problem::of(Code::FormCodeIncorrect, "code").into()),
        AttemptOutcome::Failed => Some(Code::VerificationFailed.into()),
        AttemptOutcome::Expired => Some(Code::VerificationExpired.into()),
        AttemptOutcome::AlreadyVerified => Some(Code::VerificationAlreadyVerified.into()),
    }
}
