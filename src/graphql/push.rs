//! Pushing what changed to those who subscribed to it.
//!
//! Invariant: whoever is pushed to is authorised again each time, with the settings of that moment and fresh loaders.

use super::{context::Execution, error::top_level};
use entity::id::ClientId;
use futures_util::{Stream, future::BoxFuture};
use kernel::{
    error::{Code, Result},
    notice::{Notice, NoticeListener},
};
use service::standing;
use std::sync::Arc;

/// The client whose things the caller may follow.
///
/// # Errors
/// `authentication_invalid` for somebody unknown, `authorization_invalid` for callers that are no browsers or devices.
pub(crate) fn own_client(execution: &Execution) -> Result<ClientId> {
    standing::followed(&execution.acting().caller)
}

/// What `read` gives, each time that a notice concerns it or notices were lost. Ends when there is nothing to read any
/// more, and after a failure. The notices must have been subscribed to before anything was promised to the subscriber.
pub(crate) fn on<T, C, R>(
    execution: Arc<Execution>,
    mut notices: NoticeListener,
    concerns: C,
    read: R,
) -> impl Stream<Item = async_graphql::Result<T>> + Send + use<T, C, R>
where
    T: Send + 'static,
    C: Fn(&Notice) -> bool + Send + 'static,
    R: Fn(Arc<Execution>) -> BoxFuture<'static, Result<Option<T>>> + Send + 'static,
{
    async_stream::stream! {
        while let Some(notice) = notices.next().await {
            if notice != Notice::Lost && !concerns(&notice) {
                continue;
            }
            let outcome = match standing::readmitted(&execution.app, &execution.acting().caller).await {
                Ok(caller) => {
                    execution.act_as(caller);
                    execution.budget().renew();
                    read(Arc::clone(&execution)).await
                }
                Err(error) => Err(error),
            };
            match outcome {
                Ok(Some(value)) => yield Ok(value),
                Ok(None) => return,
                Err(error) if error.code() == Code::ResourceNotFound => return,
                Err(error) => {
                    yield Err(top_level(&error, &execution.acting().caller.request.trace_id));
                    return;
                }
            }
        }
    }
}
