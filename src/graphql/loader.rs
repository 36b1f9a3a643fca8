//! Dataloaders: relations of many objects read in one go, once per execution.

use crate::{
    app::App,
    caller::Caller,
    error::Error,
    service::user::{self, UserState},
};
use async_graphql::{
    dataloader::{DataLoader, HashMapCache, Loader},
    runtime::{TokioSpawner, TokioTimer},
};
use entity::id::UserId;
use std::{collections::HashMap, sync::Arc};

/// Reads users by identifier, for one caller.
pub struct UserLoader {
    app: App,
    caller: Caller,
}

/// The loader of a caller's execution. It must not be shared with another caller's.
pub(crate) fn users(app: App, caller: Caller) -> DataLoader<UserLoader, HashMapCache> {
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
