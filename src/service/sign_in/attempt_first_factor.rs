//! Attempting the first factor of a sign-in.

use super::{decoy, guess, guess::Guess, lock, prepare_first_factor::prepared_address};
use crate::{
    app::App,
    authorise,
    client::{Changed, ClientHandle},
    one_time_code, password,
    rate_limit::Budget,
    session,
};
use domain::{
    factor::{email_code::OneTimeCode, password::MAXIMUM_BYTES},
    lockout::{Refusal, seconds_until},
    permission::Action,
    sign_in::{FactorVerdict, FirstFactorOutcome, FirstFactorRejection},
};
use entity::{
    id::{SessionId, SignInId},
    kind::Strategy,
};
use kernel::{
    caller::Caller,
    error::{Code, Error, Problem, Result},
};
use store::{
    Tx,
    sign_in::{Account, StoredSignIn},
};
use zeroize::Zeroizing;

/// A proof, as it is given.
pub enum FirstFactorProof {
    /// The account's password.
    Password(Zeroizing<String>),
    /// The code that was sent.
    EmailCode(OneTimeCode),
}

impl std::fmt::Debug for FirstFactorProof {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.strategy().as_str())
    }
}

impl FirstFactorProof {
    /// How it proves.
    #[must_use]
    pub fn strategy(&self) -> Strategy {
        match self {
            Self::Password(_) => Strategy::Password,
            Self::EmailCode(_) => Strategy::EmailCode,
        }
    }
}

/// Attempts the first factor of a sign-in of the caller's client. Each attempt counts, also one that fails: for the code,
/// and for the account's lockout.
///
/// # Errors
/// `form_password_incorrect`, `form_code_incorrect`, `verification_expired`, `verification_failed`,
/// `verification_missing`, `strategy_for_user_invalid`, `client_state_invalid`, `user_locked`, `user_banned`,
/// `identifier_already_signed_in`, `resource_not_found`, `too_many_requests`.
pub async fn attempt_first_factor(
    app: &App,
    caller: &Caller,
    id: &SignInId,
    proof: FirstFactorProof,
) -> Result<Changed<StoredSignIn>> {
    authorise(caller, Action::ManageSignIn)?;
    app.rate_limiter().spend(caller, Budget::Attempt)?;
    let current = super::read(app, caller, id).await?;
    if let Some(identifier) = current.sign_in.identifier() {
        let user = current.account.as_ref().map(|account| &account.user.id);
        guess::check_delay(app, caller, identifier, user).await?;
    }
    let checked = check(app, current.account.as_ref(), proof).await?;
    let mut tx = app.begin(&caller.instance.id).await?;
    let (mut client, mut stored) = lock(app, &mut tx, caller, id).await?;
    let before = stored.sign_in.clone();
    let refusal = apply(app, &mut tx, caller, &mut client, &mut stored, &checked).await?;
    store::sign_in::save(&mut tx, &before, &stored).await?;
    if stored.sign_in.created_session_id().is_none() {
        client.save(&mut tx, caller).await?;
    }
    // The attempt is committed whatever came of it; an error before the commit would make guesses free.
    tx.commit().await?;
    match refusal {
        None => client.finish(app, caller, stored),
        Some(error) => Err(error),
    }
}

/// A proof whose slow part has been done, before any transaction.
pub(super) enum Checked {
    Password {
        /// The digest that was checked; another one by now makes the verdict void.
        digest: Option<String>,
        matches: bool,
        /// The same password by the present parameters, when the stored digest is outdated.
        upgraded: Option<String>,
    },
    EmailCode(OneTimeCode),
}

/// Verifies a password on the hasher's threads; without an account it costs the same. A code is checked later.
pub(super) async fn check(app: &App, account: Option<&Account>, proof: FirstFactorProof) -> Result<Checked> {
    let password = match proof {
        FirstFactorProof::EmailCode(code) => return Ok(Checked::EmailCode(code)),
        FirstFactorProof::Password(password) => password,
    };
    // Nobody has a password of that size, so there is nothing to compare it with.
    let password = if password.len() > MAXIMUM_BYTES {
        Zeroizing::default()
    } else {
        password
    };
    let digest = account.and_then(|account| account.user.password_digest.clone());
    let verdict = password::verify(app, &password, digest.clone()).await?;
    let upgraded = match verdict.matches && verdict.outdated {
        true => Some(password::hash(app, &password).await?),
        false => None,
    };
    Ok(Checked::Password {
        digest,
        matches: verdict.matches,
        upgraded,
    })
}

/// Takes a checked proof to a locked sign-in: counts it, and begins a session if it is right. Returns what to tell after
/// the commit.
pub(super) async fn apply(
    app: &App,
    tx: &mut Tx,
    caller: &Caller,
    client: &mut ClientHandle,
    stored: &mut StoredSignIn,
    checked: &Checked,
) -> Result<Option<Error>> {
    // Where accounts are concealed, nobody is looked up and counted like somebody.
    let account = if let Some(account) = &stored.account {
        store::user::lock(tx, &account.user.id).await?
    } else {
        if let Some(decoy) = decoy::of(tx.scope(), caller).await? {
            store::user::find(tx.scope(), &decoy).await?;
        }
        None
    };
    let typed = stored.sign_in.identifier().unwrap_or_default();
    let named = (typed, account.as_ref().map(|user| &user.id));
    let mut guess = Guess::read(app, tx, caller, client, named).await?;
    let refused = guess.refusal(tx.now());
    let verdict = verdict(app, caller, stored, (account.as_ref(), checked), refused.is_some());
    let begun: SessionId = tx.id();
    let transition = stored.sign_in.clone().on_first_factor(verdict, begun, tx.now());
    match transition.outcome {
        FirstFactorOutcome::Complete { user_id, session_id } => {
            if let Some(error) = refusal_of_session(tx, caller, client, account.as_ref()).await? {
                return Ok(Some(error));
            }
            stored.sign_in = transition.next;
            guess.forget(tx).await?;
            if let Checked::Password {
                digest: Some(from),
                upgraded: Some(to),
                ..
            } = checked
            {
                store::user::upgrade_password_digest(tx, &user_id, from, to).await?;
            }
            let strategy = match checked {
                Checked::Password { .. } => Strategy::Password,
                Checked::EmailCode(_) => Strategy::EmailCode,
            };
            session::create_in(tx, caller, client, (session_id, &user_id), strategy).await?;
            Ok(None)
        }
        FirstFactorOutcome::Rejected(rejection) => {
            stored.sign_in = transition.next;
            if rejection.is_wrong_guess() {
                guess.count(tx).await?;
            } else if rejection == FirstFactorRejection::Locked {
                guess.delay_next(tx.now());
            }
            Ok(Some(refuse(rejection, refused, tx.now())))
        }
    }
}

/// What a checked proof comes to. A refusal is something that only accounts meet, so where nobody shall learn who has one it
/// must look like a wrong proof, at every step.
fn verdict(
    app: &App,
    caller: &Caller,
    stored: &StoredSignIn,
    (account, checked): (Option<&entity::user::Model>, &Checked),
    is_refused: bool,
) -> FactorVerdict {
    let is_concealed = is_refused && caller.settings().attack_protection.enumeration_protection;
    match checked {
        _ if is_refused && !is_concealed => FactorVerdict::Locked,
        Checked::Password { digest, matches, .. } => {
            let is_current = account.is_some_and(|user| user.password_digest == *digest);
            FactorVerdict::Password {
                matches: *matches && is_current && !is_concealed,
            }
        }
        Checked::EmailCode(code) => FactorVerdict::Code {
            matches: !is_concealed
                && prepared_address(stored, caller).is_some_and(|(verification, address)| {
                    one_time_code::matches(app, &caller.instance, &verification, &address, *code)
                }),
        },
    }
}

/// Why somebody who has proven who they are gets no session all the same.
async fn refusal_of_session(
    tx: &Tx,
    caller: &Caller,
    client: &ClientHandle,
    user: Option<&entity::user::Model>,
) -> Result<Option<Error>> {
    let Some(user) = user else {
        return Ok(Some(Code::ClientStateInvalid.into()));
    };
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

fn refuse(rejection: FirstFactorRejection, refused: Option<Refusal>, now: i64) -> Error {
    match rejection {
        FirstFactorRejection::WrongStage(_) => Code::ClientStateInvalid.into(),
        FirstFactorRejection::NotOffered => Problem::of(Code::StrategyForUserInvalid, "strategy").into(),
        FirstFactorRejection::NotPrepared => Code::VerificationMissing.into(),
        FirstFactorRejection::PasswordIncorrect => Problem::of(Code::FormPasswordIncorrect, "password").into(),
        FirstFactorRejection::CodeIncorrect { .. } => Problem::of(Code::FormCodeIncorrect, "code").into(),
        FirstFactorRejection::AttemptsSpent => Code::VerificationFailed.into(),
        FirstFactorRejection::CodeExpired => Code::VerificationExpired.into(),
        FirstFactorRejection::AlreadyVerified => Code::VerificationAlreadyVerified.into(),
        FirstFactorRejection::Locked => match refused {
            Some(Refusal::NetworkOut { until }) => {
                let seconds = u64::try_from(seconds_until(until, now)).unwrap_or_default();
                guess::too_many_guesses(seconds)
            }
            Some(Refusal::Locked { until }) => Problem::new(Code::UserLocked)
                .with_meta("lockout_expires_in_seconds", seconds_until(until, now))
                .into(),
            None => Code::UserLocked.into(),
        },
    }
}
