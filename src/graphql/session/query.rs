//! Reading sessions.

use super::Session;
use crate::{
    context::ContextExt as _,
    error::{Nullable, nullable},
    resource::by_id,
    user::names_session,
};
use async_graphql::{Context, ID, Object};
use kernel::error::{Code, Result};

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
        match id {
            Some(id) => by_id(context, &id).await,
            None => nullable(context, acting(context).await),
        }
    }
}

async fn acting(context: &Context<'_>) -> Result<Option<Session>> {
    let acting = context.acting();
    match acting.loaders.acting().await {
        Err(error) if error.code() == Code::AuthenticationInvalid && !names_session(&acting.caller) => Ok(None),
        outcome => outcome.map(|session| Some(session.clone().into())),
    }
}
