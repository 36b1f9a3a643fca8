//! Beginning a sign-in: with nothing, with an identifier, or with an identifier and a proof.

use super::{
    Subject,
    attempt_factor::prove,
    guess, keep,
    prepare_factor::{PrepareFactor, prepare_in},
};
use crate::{
    app::App,
    attempt::Attempt,
    authorise,
    client::{Changed, ClientHandle},
    factor,
    rate_limit::Budget,
    session,
    sign_in::{SignInState, subject::Found},
};
use domain::{
    permission::Action,
    proof::{Given, Level},
    sign_in::{Named, SignIn},
};
use entity::kind::Strategy;
use kernel::{
    caller::Caller,
    error::{Code, Error, Problem, Result},
    notice::Notice,
};
use store::sign_in::StoredSignIn;

/// What a request begins a sign-in with.
#[derive(Debug, Default)]
pub struct CreateSignIn {
    /// What the person typed.
    pub identifier: Option<String>,
    /// What happens at once.
    pub step: Step,
    /// What could not be parsed.
    pub problems: Vec<Problem>,
}

/// What happens at once when a sign-in begins.
#[derive(Debug, Default)]
pub enum Step {
    /// Nothing.
    #[default]
    Nothing,
    /// A proof is asked for: a code is sent.
    Prepare(Strategy),
    /// A proof is given.
    Prove(Given),
}

/// Begins a sign-in; a pending one of the same client is given up.
///
/// # Errors
/// `form_identifier_not_found`, `form_param_missing`, `form_password_incorrect`, `strategy_for_user_invalid`,
/// `session_exists`, `identifier_already_signed_in`, `user_locked`, `user_banned`, `too_many_requests`,
/// `verification_code_too_many_requests`, `feature_not_enabled`.
pub async fn create(app: &App, caller: &Caller, input: CreateSignIn) -> Result<Changed<SignInState>> {
    authorise(caller, Action::ManageSignIn)?;
    app.rate_limiter().spend(caller, Budget::SignInCreate)?;
    let (identifier, step) = checked_input(input)?;
    let mut prepares = None;
    let mut given = None;
    match step {
        Step::Nothing => {}
        Step::Prepare(strategy) => {
            factor::check_preparing(app, caller, strategy)?;
            prepares = Some(strategy);
        }
        Step::Prove(proof) => {
            app.rate_limiter().spend(caller, Budget::Attempt)?;
            factor::check_level(proof.strategy(), Level::First)?;
            given = Some(proof);
        }
    }
    let named = match identifier {
        None => None,
        Some(text) => Some(Subject::named(app, caller, &text).await),
    };
    let checked = match given {
        Some(given) => {
            let found = named.as_ref().and_then(|named| named.as_ref().ok());
            if let Some(found) = found {
                guess::check_delay(app, caller, found, Level::First).await?;
            }
            // Also for somebody unknown, so that the answer takes as long.
            Some(factor::check(app, found.map(Found::account), given).await?)
        }
        None => None,
    };
    let found = named.transpose()?;
    let mut attempt = begin(app, caller, found.as_ref()).await?;
    match (found, checked) {
        (None, _) => keep(attempt, None, None).await,
        (Some(found), Some(checked)) => Box::pin(prove(attempt, found, Level::First, &checked)).await,
        (Some(found), None) => {
            let subject = found.read(attempt.tx.scope()).await?;
            if let Some(strategy) = prepares {
                let input = PrepareFactor {
                    level: Level::First,
                    strategy,
                    target: None,
                };
                prepare_in(&mut attempt, &subject, &input).await?;
            }
            keep(attempt, Some(&subject), None).await
        }
    }
}

/// The identifier and what happens at once, unless something is wrong with them.
fn checked_input(input: CreateSignIn) -> Result<(Option<String>, Step)> {
    let CreateSignIn {
        identifier,
        step,
        problems,
    } = input;
    if !problems.is_empty() {
        return Err(Error::from_problems(problems));
    }
    if identifier.is_none() && !matches!(step, Step::Nothing) {
        return Err(Problem::of(Code::FormParamMissing, "identifier").into());
    }
    Ok((identifier, step))
}

/// A new sign-in of the caller's client, or of a new one, that names the subject.
async fn begin<'a>(app: &'a App, caller: &'a Caller, found: Option<&Found>) -> Result<Attempt<'a, StoredSignIn>> {
    let mut tx = app.begin(&caller.instance.id).await?;
    let mut client = ClientHandle::obtain(app, &mut tx, caller).await?;
    session::refuse_second_session(&tx, caller, &mut client).await?;
    let superseded = client.row.sign_in_id.map(Notice::SignIn);
    client.begin_flow(&mut tx, caller, superseded);
    let begun = SignIn::begin(tx.id(), client.row.id, tx.now());
    client.row.sign_in_id = Some(begun.id);
    let sign_in = match found {
        None => begun,
        Some(found) => {
            let named = Named {
                identifier: found.identifier().to_owned(),
                user_id: found.user_id().copied(),
            };
            begun.identify(named, tx.now()).map_err(|_| Code::ClientStateInvalid)?
        }
    };
    let stored = StoredSignIn {
        sign_in,
        identification_id: found.map(|found| *found.shown()),
    };
    Ok(Attempt::begin(app, caller, tx, client, stored))
}
