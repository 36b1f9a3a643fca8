//! Attempting a proof of a sign-in, the first or the second.

use super::{Subject, guess, guess::Guess, keep, prover, read, refuse, subject::Found};
use crate::{
    app::App,
    attempt::Attempt,
    client::Changed,
    factor::{self, Checked},
    rate_limit::Budget,
    session::{self, NewSession},
    sign_in::SignInState,
};
use domain::proof::{Finding, Given, Level, Outcome, Proof};
use entity::{id::SignInId, user};
use kernel::{
    caller::Caller,
    error::{Code, Error, Problem, Result},
    notice::Version,
};
use store::sign_in::StoredSignIn;

/// Attempts a proof of a sign-in of the caller's client. Each attempt counts, also one that fails: for what was asked for, and
/// for the account's lockout. The right one begins a session, unless a second one is asked for.
///
/// # Errors
/// `form_password_incorrect`, `form_code_incorrect`, `verification_expired`, `verification_failed`,
/// `verification_missing`, `strategy_for_user_invalid`, `client_state_invalid`, `user_locked`, `user_banned`,
/// `identifier_already_signed_in`, `resource_not_found`, `too_many_requests`.
pub async fn attempt_factor(
    app: &App,
    caller: &Caller,
    id: &SignInId,
    level: Level,
    given: Given,
) -> Result<Changed<SignInState>> {
    app.rate_limiter().spend(caller, Budget::Attempt)?;
    let named = read::named(app, caller, id).await?;
    let found = Subject::of(caller, &named);
    if let Some(found) = &found {
        guess::check_delay(app, caller, found).await?;
    }
    let checked = factor::check(app, found.as_ref().map(Found::account), given).await?;
    let mut attempt = Attempt::resume(app, caller, id, Some(named.stored)).await?;
    let (subject, refusal) = match found {
        Some(found) => {
            let (subject, refusal) = prove(&mut attempt, found, level, &checked).await?;
            (Some(subject), refusal)
        }
        None => (None, Some(Code::ClientStateInvalid.into())),
    };
    keep(attempt, subject.as_ref(), refusal).await
}

/// Takes a checked proof to an open step: counts it, and goes on if it is right. Returns who was meant, their account locked, and
/// what to tell after the commit.
pub(super) async fn prove(
    attempt: &mut Attempt<'_, StoredSignIn>,
    found: Found,
    level: Level,
    checked: &Checked,
) -> Result<(Subject, Option<Error>)> {
    let (subject, version) = found.lock(&attempt.tx).await?;
    let refusal = prove_locked(attempt, &subject, version, level, checked).await?;
    Ok((subject, refusal))
}

async fn prove_locked(
    attempt: &mut Attempt<'_, StoredSignIn>,
    subject: &Subject,
    version: Option<Version>,
    level: Level,
    checked: &Checked,
) -> Result<Option<Error>> {
    let (app, caller, now) = (attempt.app, attempt.caller, attempt.now());
    let (strategy, sign_in) = (checked.strategy(), attempt.flow.sign_in.clone());
    let client = (!attempt.client.is_new()).then(|| attempt.client.row.id.clone());
    let mut guess = Guess::read(app, &attempt.tx, caller, client.clone(), subject).await?;
    let refused = guess.refusal(now);
    let factors = match sign_in.factors(level, subject.offered(level, &caller.instance), now) {
        Ok(factors) => factors,
        Err(rejection) => return Ok(Some(refuse(rejection))),
    };
    if let Some(told) = subject.told(refused) {
        guess.delay_next(now);
        return Ok(Some(guess::refuse(told, now)));
    }
    let admitted = match factors.admit(strategy, now) {
        Ok(admitted) => admitted,
        Err(refusal) => return Ok(Some(factor::refuse(refusal, strategy))),
    };
    let target = admitted
        .challenge()
        .and_then(|challenge| subject.target(challenge, &caller.instance));
    let prover = prover(caller, subject, target.as_ref(), client.as_ref());
    // What is refused in secret is not looked at, so that nothing is used up by it.
    let finding = match refused {
        None => factor::settle(app, &mut attempt.tx, prover, &admitted, checked).await?,
        Some(_) => Finding::Mismatch,
    };
    let (factors, outcome) = factors.attempt(admitted, subject.judge(finding, refused), now);
    match outcome {
        Outcome::Rejected(refusal) => {
            attempt.flow.sign_in = sign_in.with_factors(level, factors, now);
            if refusal.is_guess() {
                guess.count(&mut attempt.tx).await?;
            }
            Ok(Some(factor::refuse(refusal, strategy)))
        }
        Outcome::Proven(proof) => {
            if let Some(error) = refusal_of_session(attempt, subject).await? {
                return Ok(Some(error));
            }
            attempt.flow.sign_in = sign_in.with_factors(level, factors, now);
            let user = go_on(attempt, subject, proof, checked).await?;
            if let Some(user) = user.filter(|_| guess.is_first()) {
                attempt.leaves_user(version, subject.stored_as(user));
            }
            // Not before the last proof: who knows the first alone must not guess at the second for ever.
            if attempt.flow.sign_in.created_session_id().is_some() {
                guess.forget(&attempt.tx).await?;
            }
            Ok(None)
        }
    }
}

/// Takes an accepted proof: a session begins, unless a second proof is asked for. Returns the user as that leaves it.
async fn go_on(
    attempt: &mut Attempt<'_, StoredSignIn>,
    subject: &Subject,
    proof: Proof,
    checked: &Checked,
) -> Result<Option<user::Model>> {
    let (caller, now, sign_in) = (attempt.caller, attempt.now(), attempt.flow.sign_in.clone());
    let needs_second = !subject.offered(Level::Second, &caller.instance).is_empty();
    let next = sign_in
        .on_proof(proof, needs_second, attempt.tx.id(), now)
        .map_err(refuse)?;
    factor::accepted(&mut attempt.tx, subject.id(), checked).await?;
    let mut user = None;
    if let (Some(id), Some(first)) = (next.created_session_id(), next.proof(Level::First)) {
        let session = NewSession {
            id: id.clone(),
            user_id: subject.id().clone(),
            strategy: Some(first.strategy),
            second_at: next.proof(Level::Second).map(|proof| proof.at),
        };
        user = session::create_in(&mut attempt.tx, caller, &mut attempt.client, session).await?;
    }
    attempt.flow.sign_in = next;
    Ok(user)
}

/// Why somebody who has proven who they are gets no session all the same.
async fn refusal_of_session(attempt: &Attempt<'_, StoredSignIn>, subject: &Subject) -> Result<Option<Error>> {
    let (tx, caller, client) = (&attempt.tx, attempt.caller, &attempt.client);
    let user = subject.account();
    if user.banned {
        return Ok(Some(Code::UserBanned.into()));
    }
    if !caller.settings().session.single_session_mode && !client.is_new() {
        let here = store::session::list_of_clients(tx.scope(), std::slice::from_ref(&client.row.id)).await?;
        if let Some(session) = here
            .into_iter()
            .find(|session| session.user_id == user.id && session.is_active(tx.now()))
        {
            let problem = Problem::new(Code::IdentifierAlreadySignedIn);
            return Ok(Some(problem.with_meta("session_id", session.id.to_string()).into()));
        }
    }
    Ok(None)
}
