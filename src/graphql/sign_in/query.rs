//! Reading sign-ins.

use super::SignIn;
use crate::{error::Nullable, resource::by_id};
use async_graphql::{Context, ID, Object};

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
        by_id(context, &id).await
    }
}
