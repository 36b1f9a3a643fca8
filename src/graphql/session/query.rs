//! Reading sessions.

use super::Session;
use crate::{error::Nullable, resource::by_id};
use async_graphql::{Context, ID, Object};

/// Queries about sessions.
#[derive(Default)]
pub struct SessionQuery;

#[Object]
impl SessionQuery {
    /// A session that the caller may see; null when there is none by that identifier.
    async fn session(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The session's identifier.")] id: ID,
    ) -> Nullable<Session> {
        by_id(context, &id).await
    }
}
