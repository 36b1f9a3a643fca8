//! Beginning a sign-up, with as many fields as the person has filled in.

use super::{SignUpFields, complete, fields, prepare_verification, rules};
use crate::{
    app::App,
    authorise,
    client::{Changed, ClientHandle},
    one_time_code,
    rate_limit::Budget,
    session,
};
use domain::{permission::Action, sign_up::SignUp};
use entity::kind::Strategy;
use kernel::{caller::Caller, error::Result};
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
) -> Result<Changed<StoredSignUp>> {
    authorise(caller, Action::ManageSignUp)?;
    app.rate_limiter().spend(caller, Budget::SignUpCreate)?;
    rules::refuse_closed(caller)?;
    if strategy.is_some() {
        one_time_code::check_sending(app, caller)?;
    }
    // Only to be asked what it will say to the fields; the real one begins in the transaction.
    let blank = SignUp::begin(app.entropy().id(app.now()), app.entropy().id(app.now()), app.now());
    let checked = fields::check(app, caller, &blank, fields).await?;
    let mut tx = app.begin(&caller.instance.id).await?;
    let mut client = ClientHandle::obtain(app, &mut tx, caller).await?;
    session::refuse_second_session(&tx, caller, &client).await?;
    let now = tx.now();
    let begun = SignUp::begin(tx.id(), client.row.id.clone(), now);
    let begun = StoredSignUp {
        sign_up: begun,
        password_digest: None,
        password_rules: None,
        username_id: None,
    };
    let mut stored = checked.apply(begun, caller, now)?;
    if let Some(strategy) = strategy {
        stored = prepare_verification::prepare_in(app, &mut tx, caller, stored, strategy).await?;
    }
    client.row.sign_up_id = Some(stored.sign_up.id.clone());
    complete::refuse_obstacle(&tx, caller, &stored).await?;
    complete::advance(&mut tx, caller, &mut client, None, &mut stored).await?;
    tx.commit().await?;
    client.finish(app, caller, stored)
}
