//! Reading sign-ups.

use super::SignUp;
use crate::{error::Nullable, resource::by_id};
use async_graphql::{Context, ID, Object};

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
        by_id(context, &id).await
    }
}
