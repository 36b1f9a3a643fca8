//! Signing in: somebody is named, proves it, and has a session.
//!
//! Nothing here names a way to prove: that is `service/factor`. Invariant: whom a sign-in is about is a `Subject`, which may
//! be nobody, and only that knows.

mod attempt_factor;
mod create;
mod guess;
mod prepare_factor;
mod read;
mod state;
mod subject;

pub use attempt_factor::attempt_factor;
pub use create::{CreateSignIn, Step, create};
pub use prepare_factor::{PrepareFactor, prepare_factor};
pub(crate) use read::pending;
pub use read::{read, read_all};
pub use state::{Greeting, SignInState};

use crate::{
    attempt::{Attempt, Flow, Standing},
    client::Changed,
    factor::{self, Prover},
};
use domain::{
    identifier::Identification,
    permission::Action,
    proof::{Level, Refusal, Rules, enabled},
    sign_in::SignInRejection,
};
use entity::{
    client,
    id::{ClientId, SignInId},
    kind::{SignInStatus, Strategy},
};
use kernel::{
    caller::Caller,
    error::{Code, Error, Result},
};
use sea_orm::DbErr;
use store::{Tx, sign_in::StoredSignIn};
use subject::Subject;

impl Flow for StoredSignIn {
    type Id = SignInId;

    const ACTION: Action = Action::ManageSignIn;

    // The client's lock is the sign-in's too.
    async fn lock(tx: &Tx, id: &SignInId) -> Result<Option<Self>, DbErr> {
        store::sign_in::find(tx.scope(), id).await
    }

    async fn save(tx: &mut Tx, before: Option<&Self>, after: &Self) -> Result<(), DbErr> {
        match before {
            Some(before) => store::sign_in::save(tx, before, after).await,
            None => store::sign_in::insert(tx, after).await,
        }
    }

    fn client_id(&self) -> &ClientId {
        &self.sign_in.client_id
    }

    fn pending(client: &client::Model) -> Option<&SignInId> {
        client.sign_in_id.as_ref()
    }

    fn standing(&self, now: i64) -> Standing {
        match self.sign_in.status_at(now) {
            SignInStatus::Complete => Standing::Complete,
            SignInStatus::Abandoned => Standing::Abandoned,
            _ => Standing::Open,
        }
    }
}

/// A step of a sign-in, kept and shown.
async fn keep(
    attempt: Attempt<'_, StoredSignIn>,
    subject: Option<&Subject>,
    refusal: Option<Error>,
) -> Result<Changed<SignInState>> {
    let (caller, now) = (attempt.caller, attempt.now());
    // A step takes kilobytes, which are not to be moved through every layer.
    let changed = Box::pin(attempt.keep(refusal)).await?;
    Ok(changed.map(|stored| SignInState::of(&stored, subject, caller, now)))
}

/// Who is to give a proof that was asked for by `challenge`.
fn prover<'a>(
    caller: &'a Caller,
    subject: &'a Subject,
    target: Option<&'a Identification>,
    client: Option<&'a ClientId>,
) -> Prover<'a> {
    Prover {
        instance: &caller.instance,
        account: Some(subject.account()),
        // Spent and enqueued also for nobody, so that the answer tells nothing; the job finds no address and sends nothing.
        budgeted: target.map_or(subject.identifier(), Identification::as_str),
        target,
        client,
    }
}

fn refuse(rejection: SignInRejection) -> Error {
    match rejection {
        SignInRejection::WrongStage(_) | SignInRejection::NamesNobody => Code::ClientStateInvalid.into(),
    }
}

/// Why a proof is refused. A second proof that nobody can give any more because the instance has switched it off says so.
fn refuse_proof(caller: &Caller, level: Level, strategy: Strategy, refusal: Refusal) -> Error {
    let is_second = level == Level::Second && Rules::of(strategy).serves(level);
    let is_enabled = || enabled(level, &caller.settings().attribute).contains(&strategy);
    match refusal {
        Refusal::NotOffered if is_second && !is_enabled() => Code::FeatureNotEnabled.into(),
        refusal => factor::refuse(refusal, strategy),
    }
}
