//! Following the caller's client.

use super::Client;
use crate::{
    context::{ContextExt as _, Execution},
    error::failed,
    push::{self, own_client},
};
use async_graphql::{Context, Subscription};
use futures_util::{FutureExt as _, Stream};
use kernel::notice::Notice;
use service::client;
use std::sync::Arc;

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
        let execution = context.execution().clone();
        let notices = execution.app.notices().subscribe();
        let own = own_client(&execution).map_err(|error| failed(context, &error))?;
        let concerns = move |notice: &Notice| matches!(notice, Notice::Client(id) if *id == own);
        let read = |execution: Arc<Execution>| {
            let listed = async move {
                let listing = client::listing(&execution.app, &execution.acting().caller).await?;
                Ok(listing.map(Client::from))
            };
            listed.boxed()
        };
        Ok(push::on(execution, notices, concerns, read))
    }
}
