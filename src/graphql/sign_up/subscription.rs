//! Following a sign-up.

use super::SignUp;
use crate::{
    context::{ContextExt as _, Execution},
    error::failed,
    push::{self, own_client},
};
use async_graphql::{Context, ID, Subscription};
use entity::id::SignUpId;
use futures_util::{FutureExt as _, Stream};
use kernel::{error::Result, notice::Notice};
use service::sign_up;
use std::sync::Arc;
use web_kit::input;

/// Subscriptions to sign-ups.
#[derive(Default)]
pub struct SignUpSubscription;

#[Subscription]
impl SignUpSubscription {
    /// A sign-up of the caller's client, each time that it has changed. Ends when it is given up.
    async fn sign_up_updated(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The sign-up's identifier.")] id: ID,
    ) -> async_graphql::Result<impl Stream<Item = async_graphql::Result<SignUp>> + use<>> {
        let execution = context.execution().clone();
        let notices = execution.app.notices().subscribe();
        let id = own(&execution, &id).await.map_err(|error| failed(context, &error))?;
        let followed = id.clone();
        let concerns = move |notice: &Notice| matches!(notice, Notice::SignUp(id) if *id == followed);
        let read = move |execution: Arc<Execution>| {
            let id = id.clone();
            let stored = async move { sign_up::read(&execution.app, &execution.acting().caller, &id).await };
            stored.map(|stored| stored.map(|stored| Some(stored.into()))).boxed()
        };
        Ok(push::on(execution, notices, concerns, read))
    }
}

/// The identifier, if it is that of a sign-up which the caller may follow.
async fn own(execution: &Execution, id: &str) -> Result<SignUpId> {
    own_client(execution)?;
    let id = input::id(id, "id")?;
    sign_up::read(&execution.app, &execution.acting().caller, &id).await?;
    Ok(id)
}
