//! Following a sign-in.

use super::SignIn;
use crate::push;
use async_graphql::{Context, ID, Subscription};
use futures_util::Stream;

/// Subscriptions to sign-ins.
#[derive(Default)]
pub struct SignInSubscription;

#[Subscription]
impl SignInSubscription {
    /// A sign-in of the caller's client, as it is and each time that it has changed. Ends when it is complete or given up.
    async fn sign_in_updated(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The sign-in's identifier.")] id: ID,
    ) -> async_graphql::Result<impl Stream<Item = async_graphql::Result<SignIn>> + use<>> {
        push::by_id(context, &id).await
    }
}
