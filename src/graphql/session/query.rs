//! Reading sessions.

use super::Session;
use crate::{
    context::ContextExt as _,
    error::{Nullable, nullable},
    resource::by_id,
    user::or_nobody,
};
use async_graphql::{Context, ID, Object};

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
        if let Some(id) = id {
            return by_id(context, &id).await;
        }
        let acting = context.acting();
        let session = or_nobody(&acting.caller, acting.loaders.acting().await);
        nullable(context, session.map(|session| session.cloned().map(Session::from)))
    }
}
