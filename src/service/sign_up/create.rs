//! Beginning a sign-up, with as many fields as the person has filled in.

use super::{SignUpFields, SignUpState, complete, fields, keep, prepare_verification, rules};
use crate::{
    app::App,
    attempt::Attempt,
    authorise,
    client::{Changed, ClientHandle},
    factor,
    rate_limit::Budget,
    session,
};
use domain::{permission::Action, sign_up::SignUp};
use entity::kind::Strategy;
use kernel::{caller::Caller, error::Result, notice::Notice};
use store::sign_up::StoredSignUp;

/// Begins a sign-up; a pending one of the same client is given up. With a strategy, its verification is prepared at once;
/// with nothing missing or unverified, it is complete at once.
///
/// # Errors
/// Every problem of the fields at once; `sign_up_mode_restricted`, `session_exists`, `too_many_requests`,
/// `verification_code_too_many_requests`, `feature_not_enabled`.
pub async fn create(
    app: &App,
    caller: &Caller,
    fields: SignUpFields,
    strategy: Option<Strategy>,
) -> Result<Changed<SignUpState>> {
    authorise(caller, Action::ManageSignUp)?;
    app.rate_limiter().spend(caller, Budget::SignUpCreate)?;
    rules::refuse_closed(caller)?;
    if let Some(strategy) = strategy {
        factor::check_preparing(app, caller, strategy)?;
    }
    // Only to be asked what it will say to the fields; the real one begins in the transaction.
    let blank = SignUp::begin(app.entropy().id(app.now()), app.entropy().id(app.now()), app.now());
    let checked = fields::check(app, caller, &blank, fields).await?;
    let mut tx = app.begin(&caller.instance.id).await?;
    let mut client = ClientHandle::obtain(app, &mut tx, caller).await?;
    session::refuse_second_session(&tx, caller, &mut client).await?;
    let superseded = client.row.sign_up_id.map(Notice::SignUp);
    client.begin_flow(&mut tx, caller, superseded);
    let now = tx.now();
    let begun = StoredSignUp {
        sign_up: SignUp::begin(tx.id(), client.row.id, now),
        password_digest: None,
        password_rules: None,
    };
    let stored = checked.apply(begun, caller, now)?;
    client.row.sign_up_id = Some(stored.sign_up.id);
    let mut attempt = Attempt::begin(app, caller, tx, client, stored);
    if let Some(strategy) = strategy {
        prepare_verification::prepare_in(&mut attempt, strategy).await?;
    }
    complete::refuse_obstacle(&attempt.tx, caller, &attempt.flow).await?;
    complete::advance(&mut attempt).await?;
    keep(attempt, None).await
}
