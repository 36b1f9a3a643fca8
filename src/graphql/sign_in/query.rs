//! Reading sign-ins.

use super::SignIn;
use crate::{
    context::ContextExt as _,
    error::{Nullable, found},
};
use async_graphql::{Context, ID, Object};
use kernel::error::Result;
use service::sign_in;
use web_kit::input;

/// Queries about sign-ins.
#[derive(Default)]
pub struct SignInQuery;

#[Object]
impl SignInQuery {
    /// A sign-in of the caller's client; null when there is none by that identifier.
    async fn sign_in(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The sign-in's identifier.")] id: ID,
    ) -> Nullable<SignIn> {
        found(context, read(context, &id).await)
    }
}

pub(crate) async fn read(context: &Context<'_>, id: &str) -> Result<SignIn> {
    let id = input::id(id, "id")?;
    let stored = sign_in::read(context.app(), &context.acting().caller, &id).await?;
    Ok(stored.into())
}
