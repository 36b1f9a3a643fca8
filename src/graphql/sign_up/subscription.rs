//! Following a sign-up.

use super::SignUp;
use crate::push::{self, Pushes, pushes};
use async_graphql::{Context, ID, Subscription};

pushes! {
    /// A sign-up, as it is pushed.
    SignUpUpdatedPayload {
        /// The sign-up; null, for the last time, when its client has begun another one, and when time has given it up.
        sign_up: SignUp
    }
}

/// Subscriptions to sign-ups.
#[derive(Default)]
pub struct SignUpSubscription;

#[Subscription]
impl SignUpSubscription {
    /// A sign-up of the caller's client, as it is and each time that it has changed. Ends when it is complete, and with a null when it
    /// was given up.
    async fn sign_up_updated(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The sign-up's identifier.")] id: ID,
    ) -> async_graphql::Result<Pushes<SignUpUpdatedPayload>> {
        push::by_id(context, &id).await
    }
}
