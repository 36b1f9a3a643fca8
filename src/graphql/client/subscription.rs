//! Following the caller's client.

use super::Client;
use crate::push;
use async_graphql::{Context, Subscription};
use futures_util::Stream;

/// Subscriptions to the client.
#[derive(Default)]
pub struct ClientSubscription;

#[Subscription]
impl ClientSubscription {
    /// The caller's client, as it is and each time that it or something it shows has changed. Ends with the client. The connection ends
    /// with the client token that it was opened with (1012: connect again).
    async fn client_updated(
        &self,
        context: &Context<'_>,
    ) -> async_graphql::Result<impl Stream<Item = async_graphql::Result<Client>> + use<>> {
        push::own(context).await
    }
}
