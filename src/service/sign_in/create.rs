//! Beginning a sign-in: with nothing, with an identifier, or with an identifier and a proof.

use super::{
    attempt_first_factor::{self, FirstFactorProof},
    guess,
    identify::{self, Named},
    prepare_first_factor, refuse,
};
use crate::{
    app::App,
    authorise,
    client::{Changed, ClientHandle},
    one_time_code,
    rate_limit::Budget,
    session,
};
use domain::{permission::Action, sign_in::SignIn};
use entity::kind::Strategy;
use kernel::{
    caller::Caller,
    error::{Code, Error, Problem, Result},
};
use store::sign_in::StoredSignIn;
use zeroize::Zeroizing;

/// What a request begins a sign-in with.
#[derive(Default)]
pub struct CreateSignIn {
    /// What the person typed.
    pub identifier: Option<String>,
    /// How they want to prove it: a password is taken at once, a code is sent at once.
    pub strategy: Option<Strategy>,
    /// The password.
    pub password: Option<Zeroizing<String>>,
    /// What could not be parsed.
    pub problems: Vec<Problem>,
}

impl std::fmt::Debug for CreateSignIn {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("CreateSignIn")
            .field("strategy", &self.strategy)
            .finish_non_exhaustive()
    }
}

/// Begins a sign-in; a pending one of the same client is given up.
///
/// # Errors
/// `form_identifier_not_found`, `form_param_missing`, `form_password_incorrect`, `strategy_for_user_invalid`,
/// `session_exists`, `identifier_already_signed_in`, `user_locked`, `user_banned`, `too_many_requests`,
/// `verification_code_too_many_requests`, `feature_not_enabled`.
pub async fn create(app: &App, caller: &Caller, input: CreateSignIn) -> Result<Changed<StoredSignIn>> {
    authorise(caller, Action::ManageSignIn)?;
    app.rate_limiter().spend(caller, Budget::SignInCreate)?;
    let (identifier, step) = Step::of(input)?;
    match &step {
        Step::Password(_) => app.rate_limiter().spend(caller, Budget::Attempt)?,
        Step::EmailCode => one_time_code::check_sending(app, caller)?,
        Step::Nothing => {}
    }
    let named = match identifier {
        None => None,
        Some(text) => Some(identify::identify(app, caller, &text).await),
    };
    let sends_code = matches!(step, Step::EmailCode);
    let checked = match step {
        Step::Password(password) => {
            let named = named.as_ref().and_then(|named| named.as_ref().ok());
            let account = named.and_then(|named| named.account.as_ref());
            if let Some(named) = named {
                let user = account.map(|account| &account.user.id);
                guess::check_delay(app, caller, &named.identified.identifier, user).await?;
            }
            // Also for somebody unknown, so that the answer takes as long.
            Some(attempt_first_factor::check(app, account, FirstFactorProof::Password(password)).await?)
        }
        Step::EmailCode | Step::Nothing => None,
    };
    let named = named.transpose()?;
    let mut tx = app.begin(&caller.instance.id).await?;
    let mut client = ClientHandle::obtain(app, &mut tx, caller).await?;
    session::refuse_second_session(&tx, caller, &client).await?;
    let begun = SignIn::begin(tx.id(), client.row.id.clone(), tx.now());
    let mut stored = identified(begun, named, tx.now())?;
    if sends_code {
        let proof = (Strategy::EmailCode, None);
        stored = prepare_first_factor::prepare_in(app, &mut tx, caller, &client, stored, proof).await?;
    }
    client.row.sign_in_id = Some(stored.sign_in.id.clone());
    let refusal = match &checked {
        Some(checked) => attempt_first_factor::apply(app, &mut tx, caller, &mut client, &mut stored, checked).await?,
        None => None,
    };
    if let Some(error) = refusal {
        // The attempt is committed, or guesses would be free; a client that nobody will hear of is not.
        if !client.is_new() {
            client.save(&mut tx, caller).await?;
            store::sign_in::insert(&mut tx, &stored).await?;
        }
        tx.commit().await?;
        return Err(error);
    }
    if stored.sign_in.created_session_id().is_none() {
        client.save(&mut tx, caller).await?;
    }
    store::sign_in::insert(&mut tx, &stored).await?;
    tx.commit().await?;
    client.finish(app, caller, stored)
}

/// What happens at once.
enum Step {
    Nothing,
    Password(Zeroizing<String>),
    EmailCode,
}

impl Step {
    fn of(input: CreateSignIn) -> Result<(Option<String>, Self)> {
        let CreateSignIn {
            identifier,
            strategy,
            password,
            mut problems,
        } = input;
        let needs_identifier = strategy.is_some() || password.is_some();
        if needs_identifier && identifier.is_none() {
            problems.push(Problem::of(Code::FormParamMissing, "identifier"));
        }
        let step = match (strategy, password) {
            (Some(Strategy::Password) | None, Some(password)) => Self::Password(password),
            (Some(Strategy::Password), None) => {
                problems.push(Problem::of(Code::FormParamMissing, "password"));
                Self::Nothing
            }
            (Some(Strategy::EmailCode), None) => Self::EmailCode,
            (Some(Strategy::EmailCode), Some(_)) => {
                problems.push(Problem::of(Code::FormParamUnknown, "password"));
                Self::Nothing
            }
            (None, None) => Self::Nothing,
        };
        if problems.is_empty() {
            Ok((identifier, step))
        } else {
            Err(Error::from_problems(problems))
        }
    }
}

fn identified(begun: SignIn, named: Option<Named>, now: i64) -> Result<StoredSignIn> {
    Ok(match named {
        None => StoredSignIn {
            sign_in: begun,
            account: None,
            identification_id: None,
        },
        Some(Named {
            identified,
            account,
            identification_id,
        }) => StoredSignIn {
            sign_in: begun.identify(identified, now).map_err(refuse)?,
            account,
            identification_id: Some(identification_id),
        },
    })
}
