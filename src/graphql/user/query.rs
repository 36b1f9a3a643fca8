//! Who is signed in.

use super::User;
use crate::{
    context::ContextExt as _,
    error::{Nullable, nullable},
};
use async_graphql::{Context, Object};
use domain::permission::Actor;
use kernel::{
    caller::Caller,
    error::{Code, Result},
};
use service::user;

/// Queries about users.
#[derive(Default)]
pub struct UserQuery;

#[Object]
impl UserQuery {
    /// The user that the caller acts as; null when nobody is signed in.
    async fn viewer(&self, context: &Context<'_>) -> Nullable<User> {
        let acting = context.acting();
        let viewer = or_nobody(&acting.caller, user::viewer(&acting.loaders).await);
        nullable(context, viewer.map(|state| state.map(User::from)))
    }
}

/// Nothing where nobody is signed in, unless the request insists on a session: that never falls back to nobody.
pub(crate) fn or_nobody<T>(caller: &Caller, outcome: Result<T>) -> Result<Option<T>> {
    let names_session = matches!(caller.actor, Actor::SessionToken(_)) || caller.request.session_id.is_some();
    match outcome {
        Err(error) if error.code() == Code::AuthenticationInvalid && !names_session => Ok(None),
        outcome => outcome.map(Some),
    }
}
