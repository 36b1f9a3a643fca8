//! Filling in further fields of a sign-up.

use super::{SignUpFields, SignUpState, complete, fields, keep, rules};
use crate::{
    app::App,
    attempt::{Attempt, check_shown},
    authorise,
    client::Changed,
    rate_limit::Budget,
};
use domain::permission::Action;
use entity::id::SignUpId;
use kernel::{
    caller::Caller,
    error::{Code, Result},
};
use store::sign_up::StoredSignUp;

/// Changes fields of a sign-up of the caller's client. Another address has to be verified again. With nothing missing or
/// unverified any more, it is complete.
///
/// # Errors
/// Every problem of the fields at once; `resource_not_found`, `sign_up_cannot_be_updated` when it is complete,
/// `sign_up_mode_restricted`, what the instance has forbidden since a field was given, `too_many_requests`.
pub async fn update(app: &App, caller: &Caller, id: &SignUpId, fields: SignUpFields) -> Result<Changed<SignUpState>> {
    authorise(caller, Action::ManageSignUp)?;
    app.rate_limiter().spend(caller, Budget::Attempt)?;
    rules::refuse_closed(caller)?;
    let current = store::sign_up::find(app.reader(&caller.instance.id), id)
        .await?
        .ok_or(Code::ResourceNotFound)?;
    check_shown(app, caller, id, &current).await?;
    let checked = fields::check(app, caller, &current.sign_up, fields).await?;
    let mut attempt = Attempt::<StoredSignUp>::open(app, caller, id).await?;
    attempt.flow = checked.apply(attempt.flow.clone(), caller, attempt.now())?;
    complete::refuse_obstacle(&attempt.tx, caller, &attempt.flow).await?;
    complete::advance(&mut attempt).await?;
    keep(attempt, None).await
}
