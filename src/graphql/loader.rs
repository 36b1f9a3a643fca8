//! Dataloaders: relations of many objects read in one go, once per execution.

use async_graphql::{
    dataloader::{DataLoader, HashMapCache, Loader},
    runtime::{TokioSpawner, TokioTimer},
};
use entity::id::{ClientId, UserId};
use kernel::{caller::Caller, error::Error};
use service::{
    app::App,
    client::{self, ClientListing},
    user::{self, UserState},
};
use std::{collections::HashMap, sync::Arc};

/// Reads users by identifier, for one caller.
pub struct UserLoader {
    app: App,
    caller: Arc<Caller>,
}

/// The loader of a caller's execution. It must not be shared with another caller's.
pub(crate) fn users(app: App, caller: Arc<Caller>) -> DataLoader<UserLoader, HashMapCache> {
    let loader = UserLoader { app, caller };
    DataLoader::with_cache(
        loader,
        TokioSpawner::current(),
        TokioTimer::default(),
        HashMapCache::default(),
    )
}

impl Loader<UserId> for UserLoader {
    type Value = UserState;
    // Everybody who waits for the batch gets its failure.
    type Error = Arc<Error>;

    async fn load(&self, keys: &[UserId]) -> Result<HashMap<UserId, UserState>, Arc<Error>> {
        user::states(&self.app, &self.caller, keys).await.map_err(Arc::new)
    }
}

/// Reads the client of one caller.
pub struct ClientLoader {
    app: App,
    caller: Arc<Caller>,
}

/// The loader of a caller's execution. It remembers nothing: a mutation may change the client between two questions.
pub(crate) fn clients(app: App, caller: Arc<Caller>) -> DataLoader<ClientLoader> {
    DataLoader::new(
        ClientLoader { app, caller },
        TokioSpawner::current(),
        TokioTimer::default(),
    )
}

impl Loader<ClientId> for ClientLoader {
    type Value = Arc<ClientListing>;
    // Everybody who waits for the batch gets its failure.
    type Error = Arc<Error>;

    async fn load(&self, keys: &[ClientId]) -> Result<HashMap<ClientId, Arc<ClientListing>>, Arc<Error>> {
        let own = client::listing(&self.app, &self.caller).await.map_err(Arc::new)?;
        let asked = own.filter(|listing| keys.contains(&listing.row.id));
        Ok(asked
            .map(|listing| (listing.row.id.clone(), Arc::new(listing)))
            .into_iter()
            .collect())
    }
}
