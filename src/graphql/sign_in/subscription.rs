//! Following a sign-in.

use super::SignIn;
use crate::push::{self, Pushes, pushes};
use async_graphql::{Context, ID, Subscription};

pushes! {
    /// A sign-in, as it is pushed.
    SignInUpdatedPayload {
        /// The sign-in; null, for the last time, when its client has begun another one, and when time has given it up.
        sign_in: SignIn
    }
}

/// Subscriptions to sign-ins.
#[derive(Default)]
pub struct SignInSubscription;

#[Subscription]
impl SignInSubscription {
    /// A sign-in of the caller's client, as it is and each time that it has changed. Ends when it is complete, and with a null when it
    /// was given up.
    async fn sign_in_updated(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The sign-in's identifier.")] id: ID,
    ) -> async_graphql::Result<Pushes<SignInUpdatedPayload>> {
        push::by_id(context, &id).await
    }
}
