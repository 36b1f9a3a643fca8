//! Reading the caller's client.

use super::Client;
use crate::{
    context::ContextExt as _,
    error::{Nullable, nullable},
};
use async_graphql::{Context, Object};
use service::client;
use std::sync::Arc;

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
    let acting = context.acting();
    let listing = match acting.caller.actor.client_id() {
        Some(id) => acting.loaders.client(id).await,
        None => client::listing(context.app(), &acting.caller)
            .await
            .map(|none| none.map(Arc::new)),
    };
    nullable(context, listing.map(|listing| listing.map(Client::from)))
}
