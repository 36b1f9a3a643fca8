//! Reading the caller's client.

use super::Client;
use crate::{
    context::ContextExt as _,
    error::{Nullable, nullable},
};
use async_graphql::{Context, Object};
use service::client;

/// Queries about the client.
#[derive(Default)]
pub struct ClientQuery;

#[Object]
impl ClientQuery {
    /// The caller's client; null when it has none yet.
    async fn client(&self, context: &Context<'_>) -> Nullable<Client> {
        current(context).await
    }
}

/// The client of whoever acts now.
pub(crate) async fn current(context: &Context<'_>) -> Nullable<Client> {
    let listing = client::listing(context.app(), &context.acting().caller).await;
    nullable(context, listing.map(|listing| listing.map(Client::from)))
}
