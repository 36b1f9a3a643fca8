//! Reading sessions.

use super::Session;
use crate::{
    context::ContextExt as _,
    error::{Nullable, nullable},
    resource,
    user::or_nobody,
};
use async_graphql::{Context, ID, Object};
use kernel::error::Code;

/// Queries about sessions.
#[derive(Default)]
pub struct SessionQuery;

#[Object]
impl SessionQuery {
    /// A session that the caller may see; null when there is none by that identifier, and when nobody is signed in.
    async fn session(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The session's identifier; null for the one that acts when none is named.")] id: Option<ID>,
    ) -> Nullable<Session> {
        let acting = context.acting();
        if let Some(id) = id {
            let read = resource::read::<Session>(context.execution(), &id).await;
            return match or_nobody(&acting.caller, read) {
                Err(error) if error.code() == Code::ResourceNotFound => None,
                outcome => nullable(context, outcome),
            };
        }
        let session = or_nobody(&acting.caller, acting.loaders.acting().await);
        nullable(context, session.map(|session| session.cloned().map(Session::from)))
    }
}
