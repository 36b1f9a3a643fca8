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
    /// The caller's client, each time that it or something it shows has changed. Ends with the client.
    async fn client_updated(
        &self,
        context: &Context<'_>,
    ) -> async_graphql::Result<impl Stream<Item = async_graphql::Result<Client>> + use<>> {
        push::own(context)
    }
}
