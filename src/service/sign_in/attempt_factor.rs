//! Attempting a proof of a sign-in, the first or the second.

use super::{Subject, guess, guess::Guess, keep, prover, read, refuse, refuse_proof, subject::Found};
use crate::{
    app::App,
    attempt::Attempt,
    client::Changed,
    factor::{self, Checked},
    rate_limit::Budget,
    session::{self, NewSession},
    sign_in::SignInState,
};
use domain::{
    proof::{Admitted, Finding, Given, Level, Outcome, Proof, Refusal},
    sign_in::SignIn,
};
use entity::{id::SignInId, kind::Strategy, user};
use kernel::{
    caller::Caller,
    error::{Code, Error, Problem, Result},
};
use store::sign_in::StoredSignIn;

/// Attempts a proof of a sign-in of the caller's client. Each attempt counts, also one that fails: for what was asked for, and
/// for the account's lockout. The right one begins a session, unless a second one is asked for.
///
/// # Errors
/// `form_password_incorrect`, `form_code_incorrect`, `verification_expired`, `verification_failed`,
/// `verification_missing`, `strategy_for_user_invalid`, `feature_not_enabled`, `client_state_invalid`, `user_locked`, `user_banned`,
/// `identifier_already_signed_in`, `resource_not_found`, `too_many_requests`.
pub async fn attempt_factor(
    app: &App,
    caller: &Caller,
    id: &SignInId,
    level: Level,
    given: Given,
) -> Result<Changed<SignInState>> {
    app.rate_limiter().spend(caller, Budget::Attempt)?;
    factor::check_level(given.strategy(), level)?;
    let named = read::named(app, caller, id).await?;
    // What is not asked for is not looked at: how long that takes could tell whether it is right, and nobody would count it.
    named
        .stored
        .sign_in
        .factors(level, Vec::new(), app.now())
        .map_err(refuse)?;
    let found = Subject::of(caller, &named);
    if let Some(found) = &found {
        guess::check_delay(app, caller, found, level).await?;
    }
    let checked = factor::check(app, found.as_ref().map(Found::account), given).await?;
    let attempt = Attempt::resume(app, caller, id, Some(named.stored)).await?;
    match found {
        Some(found) => Box::pin(prove(attempt, found, level, &checked)).await,
        None => keep(attempt, None, Some(Code::ClientStateInvalid.into())).await,
    }
}

/// Takes a checked proof to an open step: counts it, goes on if it is right, and keeps the step. Its callers put it on the heap: it
/// holds many kilobytes over its statements.
pub(super) async fn prove(
    mut attempt: Attempt<'_, StoredSignIn>,
    found: Found,
    level: Level,
    checked: &Checked,
) -> Result<Changed<SignInState>> {
    let app = attempt.app;
    let (subject, version) = found.lock(&attempt.tx).await?;
    let refusal = match prove_locked(&mut attempt, &subject, level, checked).await? {
        Proven::Refused(error) => Some(error),
        Proven::Accepted(user) => {
            if let Some(user) = user {
                attempt.leaves_user(version, subject.stored_as(*user));
            }
            None
        }
    };
    let changed = keep(attempt, Some(&subject), refusal).await?;
    if let Err(error) = factor::accepted(app, subject.account(), checked).await {
        tracing::warn!(%error, "what follows from a proof was left out");
    }
    Ok(changed)
}

/// What became of a proof.
enum Proven {
    /// It was refused, which is told once that is kept.
    Refused(Error),
    /// It was right. The user as that leaves it, if it can be remembered so.
    Accepted(Option<Box<user::Model>>),
}

async fn prove_locked(
    attempt: &mut Attempt<'_, StoredSignIn>,
    subject: &Subject,
    level: Level,
    checked: &Checked,
) -> Result<Proven> {
    let (caller, now) = (attempt.caller, attempt.now());
    let (strategy, sign_in) = (checked.strategy(), attempt.flow.sign_in.clone());
    let mut guess = Guess::read(attempt, subject, level).await?;
    let refused = guess.refusal(now);
    let factors = match sign_in.factors(level, subject.offered(level, &caller.instance), now) {
        Ok(factors) => factors,
        Err(rejection) => return Ok(Proven::Refused(refuse(rejection))),
    };
    if let Some(told) = subject.told(refused) {
        guess.delay_next(now);
        return Ok(Proven::Refused(guess::refuse(told, now)));
    }
    let admitted = check_first(&sign_in, subject, caller)
        .and_then(|()| factors.admit(strategy, now).map_err(|refusal| (refusal, strategy)));
    let admitted = match admitted {
        Ok(admitted) => admitted,
        Err((refusal, strategy)) => return Ok(Proven::Refused(refuse_proof(caller, level, strategy, refusal))),
    };
    // What is refused in secret is not looked at, so that nothing is used up by it.
    let finding = match refused {
        None => settle(attempt, subject, &admitted, checked).await?,
        Some(_) => Finding::Mismatch,
    };
    let (factors, outcome) = factors.attempt(admitted, subject.judge(finding, refused), now);
    let with_factors = sign_in.with_factors(level, factors, now);
    match outcome {
        Outcome::Rejected(refusal) => {
            attempt.flow.sign_in = with_factors;
            if refusal.is_guess() {
                guess.count(&mut attempt.tx).await?;
            }
            Ok(Proven::Refused(factor::refuse(refusal, strategy)))
        }
        Outcome::Proven(proof) => {
            // Nothing of the step is kept, so that what the proof has used up can be used again.
            check_session(attempt, subject).await?;
            attempt.flow.sign_in = with_factors;
            let user = go_on(attempt, subject, proof).await?;
            // Not before the last proof: who knows the first alone must not guess at the second for ever.
            if attempt.flow.sign_in.created_session_id().is_some() {
                guess.forget(&mut attempt.tx).await?;
            }
            Ok(Proven::Accepted(user.filter(|_| guess.is_first()).map(Box::new)))
        }
    }
}

/// Refuses to go on from a first proof of a kind that is not taken any more.
fn check_first(sign_in: &SignIn, subject: &Subject, caller: &Caller) -> Result<(), (Refusal, Strategy)> {
    let Some(first) = sign_in.proof(Level::First) else {
        return Ok(());
    };
    let taken = subject.own_factors(Level::First, &caller.instance);
    match taken.iter().any(|factor| factor.strategy == first.strategy) {
        true => Ok(()),
        false => Err((Refusal::NotOffered, first.strategy)),
    }
}

/// What a proof is found to be.
async fn settle(
    attempt: &mut Attempt<'_, StoredSignIn>,
    subject: &Subject,
    admitted: &Admitted,
    checked: &Checked,
) -> Result<Finding> {
    let (app, caller, client) = (attempt.app, attempt.caller, attempt.client.known_by());
    let target = admitted
        .challenge()
        .and_then(|challenge| subject.target(challenge, &caller.instance));
    let prover = prover(caller, subject, target.as_ref(), client.as_ref());
    factor::settle(app, &mut attempt.tx, prover, admitted, checked).await
}

/// Takes an accepted proof: a session begins, unless a second proof is asked for. Returns the user as that leaves it.
async fn go_on(
    attempt: &mut Attempt<'_, StoredSignIn>,
    subject: &Subject,
    proof: Proof,
) -> Result<Option<user::Model>> {
    let (caller, now, sign_in) = (attempt.caller, attempt.now(), attempt.flow.sign_in.clone());
    let needs_second = !subject.offered(Level::Second, &caller.instance).is_empty();
    let next = sign_in
        .on_proof(proof, needs_second, attempt.tx.id(), now)
        .map_err(refuse)?;
    let mut user = None;
    if let (Some(id), Some(first)) = (next.created_session_id(), next.proof(Level::First)) {
        let session = NewSession {
            id: *id,
            user_id: *subject.id(),
            strategy: Some(first.strategy),
            second_at: next.proof(Level::Second).map(|proof| proof.at),
        };
        user = session::create_in(&mut attempt.tx, caller, &mut attempt.client, session).await?;
    }
    attempt.flow.sign_in = next;
    Ok(user)
}

/// Refuses a session to somebody who has proven who they are.
async fn check_session(attempt: &mut Attempt<'_, StoredSignIn>, subject: &Subject) -> Result<()> {
    let user = subject.account();
    if user.banned {
        return Err(Code::UserBanned.into());
    }
    if !attempt.caller.settings().session.single_session_mode {
        let now = attempt.now();
        let here = attempt.client.sessions(&attempt.tx).await?;
        if let Some(session) = here
            .iter()
            .find(|session| session.user_id == user.id && session.is_active(now))
        {
            let problem = Problem::new(Code::IdentifierAlreadySignedIn);
            return Err(problem.with_meta("session_id", session.id.to_string()).into());
        }
    }
    Ok(())
}
