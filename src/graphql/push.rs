//! Pushing what changed to those who subscribed to it.
//!
//! Invariant: whoever is pushed to is authorised again each time, with the settings of that moment and fresh loaders.

use super::{
    context::{ContextExt as _, Execution},
    error::{failed, top_level},
    resource::Followed,
};
use async_graphql::{Context, ID};
use entity::id::ClientId;
use futures_util::Stream;
use kernel::{
    error::{Code, Result},
    notice::{Notice, NoticeListener},
};
use service::standing;
use std::sync::Arc;
use web_kit::input;

/// The client whose things the caller may follow.
///
/// # Errors
/// `authentication_invalid` for somebody unknown, `authorization_invalid` for callers that are no browsers or devices.
pub(crate) fn own_client(execution: &Execution) -> Result<ClientId> {
    standing::followed(&execution.acting().caller)
}

/// An object of the caller's client, each time that it has changed.
///
/// # Errors
/// As [`own_client`], and what is wrong with the identifier.
pub(crate) async fn by_id<R: Followed<Id: Clone + 'static> + 'static>(
    context: &Context<'_>,
    id: &ID,
) -> async_graphql::Result<impl Stream<Item = async_graphql::Result<R>> + Send + use<R>> {
    let execution = context.execution();
    let notices = execution.app.notices().subscribe();
    let checked = async {
        own_client(execution)?;
        let id = input::id(id, "id")?;
        R::read(execution, &id).await?;
        Ok(id)
    };
    let id = checked.await.map_err(|error| failed(context, &error))?;
    Ok(on(Arc::clone(execution), notices, id))
}

/// What belongs to the caller's client as a whole, each time that it has changed.
///
/// # Errors
/// As [`own_client`].
pub(crate) fn own<R: Followed<Id = ClientId> + 'static>(
    context: &Context<'_>,
) -> async_graphql::Result<impl Stream<Item = async_graphql::Result<R>> + Send + use<R>> {
    let execution = context.execution();
    let notices = execution.app.notices().subscribe();
    let id = own_client(execution).map_err(|error| failed(context, &error))?;
    Ok(on(Arc::clone(execution), notices, id))
}

/// The object, each time that a notice concerns it or notices were lost. Ends when there is nothing to read any more, and after
/// a failure. The notices must have been subscribed to before anything was promised to the subscriber.
fn on<R: Followed<Id: 'static> + 'static>(
    execution: Arc<Execution>,
    mut notices: NoticeListener,
    id: R::Id,
) -> impl Stream<Item = async_graphql::Result<R>> + Send + use<R> {
    async_stream::stream! {
        while let Some(notice) = notices.next().await {
            if notice != Notice::Lost && !R::concerns(&notice, &id) {
                continue;
            }
            let outcome = match standing::readmitted(&execution.app, &execution.acting().caller).await {
                Ok(caller) => {
                    execution.act_as(caller);
                    execution.budget().renew();
                    R::read(&execution, &id).await
                }
                Err(error) => Err(error),
            };
            match outcome {
                Ok(object) => yield Ok(object),
                Err(error) if error.code() == Code::ResourceNotFound => return,
                Err(error) => {
                    yield Err(top_level(&error, &execution.acting().caller.request.trace_id));
                    return;
                }
            }
        }
    }
}
