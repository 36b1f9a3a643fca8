//! Pushing what changed to those who subscribed to it.
//!
//! Invariant: whoever is pushed to is authorised again each time, with the settings of that moment and fresh loaders.

use super::{
    context::{ContextExt as _, Execution},
    error::{failed, top_level},
    resource::Followed,
};
use async_graphql::{Context, ID};
use entity::id::{ClientId, UserId};
use futures_util::Stream;
use kernel::{
    error::{Code, Error, Result},
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

/// An object of the caller's client, as it is and each time that it has changed.
///
/// # Errors
/// As [`own_client`], and what is wrong with the identifier.
pub(crate) async fn by_id<R: Followed<Id: Clone + 'static> + 'static>(
    context: &Context<'_>,
    id: &ID,
) -> async_graphql::Result<impl Stream<Item = async_graphql::Result<R>> + Send + use<R>> {
    let checked = own_client(context.execution()).and_then(|_| Ok(input::id(id, "id")?));
    let id = checked.map_err(|error| failed(context, &error))?;
    from_now_on(context, id).await
}

/// What belongs to the caller's client as a whole, as it is and each time that it has changed.
///
/// # Errors
/// As [`own_client`].
pub(crate) async fn own<R: Followed<Id = ClientId> + 'static>(
    context: &Context<'_>,
) -> async_graphql::Result<impl Stream<Item = async_graphql::Result<R>> + Send + use<R>> {
    let id = own_client(context.execution()).map_err(|error| failed(context, &error))?;
    from_now_on(context, id).await
}

async fn from_now_on<R: Followed<Id: 'static> + 'static>(
    context: &Context<'_>,
    id: R::Id,
) -> async_graphql::Result<impl Stream<Item = async_graphql::Result<R>> + Send + use<R>> {
    let execution = context.execution();
    // Before the first reading, so that no change falls between.
    let notices = execution.app.notices().subscribe();
    let first = R::read(execution, &id).await;
    let first = first.map_err(|error| failed(context, &error))?;
    Ok(on(Arc::clone(execution), notices, id, first))
}

/// The object as it was first read, then each time that a notice concerns it or notices were lost. Ends with its last state,
/// when there is nothing to read any more, and after a failure.
fn on<R: Followed<Id: 'static> + 'static>(
    execution: Arc<Execution>,
    mut notices: NoticeListener,
    id: R::Id,
    first: R,
) -> impl Stream<Item = async_graphql::Result<R>> + Send + use<R> {
    async_stream::stream! {
        let (mut users, mut is_over) = (first.users(), first.is_over());
        yield Ok(first);
        while !is_over && let Some(notice) = notices.next().await {
            if !is_about::<R>(&notice, &id, &users) {
                continue;
            }
            let caller = match standing::readmitted(&execution.app, &execution.acting().caller).await {
                Ok(caller) => caller,
                // The connection is cut for the same reason. It must not be told that its operation is complete, or it would not be
                // taken up again when the client comes back.
                Err(error) if is_refusal(&error) => std::future::pending().await,
                Err(error) => {
                    yield Err(pushed(&execution, &error));
                    return;
                }
            };
            execution.act_as(caller);
            execution.budget().renew();
            match R::read(&execution, &id).await {
                Ok(object) => {
                    (users, is_over) = (object.users(), object.is_over());
                    yield Ok(object);
                }
                Err(error) if error.code() == Code::ResourceNotFound => return,
                Err(error) => {
                    yield Err(pushed(&execution, &error));
                    return;
                }
            }
        }
    }
}

/// Whether somebody who follows the object is to be told of the notice.
fn is_about<R: Followed>(notice: &Notice, id: &R::Id, users: &[UserId]) -> bool {
    let is_of_users = matches!(notice, Notice::User(changed) if users.contains(changed));
    *notice == Notice::Lost || is_of_users || R::concerns(notice, id)
}

fn is_refusal(error: &Error) -> bool {
    matches!(error.code(), Code::AuthenticationInvalid | Code::AuthorizationInvalid)
}

fn pushed(execution: &Execution, error: &Error) -> async_graphql::Error {
    top_level(error, &execution.acting().caller.request.trace_id)
}
