//! Who is signed in.

use super::User;
use crate::{
    context::ContextExt as _,
    error::{Nullable, nullable},
};
use async_graphql::{Context, Object};
use domain::permission::Actor;
use kernel::{caller::Caller, error::Code};
use service::user;

/// Queries about users.
#[derive(Default)]
pub struct UserQuery;

#[Object]
impl UserQuery {
    /// The user that the caller acts as; null when nobody is signed in.
    async fn viewer(&self, context: &Context<'_>) -> Nullable<User> {
        let acting = context.acting();
        let viewer = match user::viewer(&acting.loaders).await {
            Err(error) if error.code() == Code::AuthenticationInvalid && !names_session(&acting.caller) => Ok(None),
            outcome => outcome.map(|state| Some(state.into())),
        };
        nullable(context, viewer)
    }
}

/// Whether the request insists on a session, which never falls back to nobody.
pub(crate) fn names_session(caller: &Caller) -> bool {
    matches!(caller.actor, Actor::SessionToken(_)) || caller.request.session_id.is_some()
}
