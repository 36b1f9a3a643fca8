//! Following a sign-up.

use super::SignUp;
use crate::push;
use async_graphql::{Context, ID, Subscription};
use futures_util::Stream;

/// Subscriptions to sign-ups.
#[derive(Default)]
pub struct SignUpSubscription;

#[Subscription]
impl SignUpSubscription {
    /// A sign-up of the caller's client, as it is and each time that it has changed. Ends when it is complete or given up.
    async fn sign_up_updated(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The sign-up's identifier.")] id: ID,
    ) -> async_graphql::Result<impl Stream<Item = async_graphql::Result<SignUp>> + use<>> {
        push::by_id(context, &id).await
    }
}
