//! Reading sessions.

use super::Session;
use crate::{
    context::ContextExt as _,
    error::{Nullable, found},
};
use async_graphql::{Context, ID, Object};
use kernel::error::Result;
use service::session;
use web_kit::input;

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
        found(context, read(context, &id).await)
    }
}

pub(crate) async fn read(context: &Context<'_>, id: &str) -> Result<Session> {
    let id = input::id(id, "id")?;
    let session = session::find(context.app(), &context.acting().caller, &id).await?;
    Ok(session.into())
}
