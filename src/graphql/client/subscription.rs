//! Following the caller's client.

use super::Client;
use crate::push::{self, Pushes, pushes};
use async_graphql::{Context, Subscription};

pushes! {
    /// The caller's client, as it is pushed.
    ClientUpdatedPayload {
        /// The client; null, for the last time, when it was deleted.
        client: Client
    }
}

/// Subscriptions to the client.
#[derive(Default)]
pub struct ClientSubscription;

#[Subscription]
impl ClientSubscription {
    /// The caller's client, as it is and each time that it or something it shows has changed. Ends with a null when the client was deleted.
    /// The connection ends with the client token that it was opened with (1012: connect again).
    async fn client_updated(&self, context: &Context<'_>) -> async_graphql::Result<Pushes<ClientUpdatedPayload>> {
        push::own(context).await
    }
}
