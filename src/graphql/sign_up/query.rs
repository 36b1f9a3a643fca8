//! Reading sign-ups.

use super::SignUp;
use crate::{
    context::ContextExt as _,
    error::{Nullable, found},
};
use async_graphql::{Context, ID, Object};
use kernel::error::Result;
use service::sign_up;
use web_kit::input;

/// Queries about sign-ups.
#[derive(Default)]
pub struct SignUpQuery;

#[Object]
impl SignUpQuery {
    /// A sign-up of the caller's client; null when there is none by that identifier.
    async fn sign_up(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The sign-up's identifier.")] id: ID,
    ) -> Nullable<SignUp> {
        found(context, read(context, &id).await)
    }
}

pub(crate) async fn read(context: &Context<'_>, id: &str) -> Result<SignUp> {
    let id = input::id(id, "id")?;
    let stored = sign_up::read(context.app(), &context.acting().caller, &id).await?;
    Ok(stored.into())
}
