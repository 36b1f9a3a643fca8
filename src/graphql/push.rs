//! Pushing what changed to those who subscribed to it.
//!
//! Invariant: whoever is pushed to is authorised again each time, with the settings of that moment and fresh loaders.

use super::{
    context::{ContextExt as _, Execution},
    error::{failed, top_level},
    line::Listener,
    resource::{Followed, Resource},
};
use async_graphql::{Context, ID};
use domain::permission::Actor;
use entity::{UnixMilliseconds, id::ClientId};
use futures_util::{
    Stream, StreamExt as _,
    stream::{self, BoxStream},
};
use kernel::{
    caller::Caller,
    error::{Code, Error, Result},
    notice::{Topic, Watcher},
};
use service::{
    app::App,
    standing::{self, Readmission, Standing},
};
use std::{future::ready, ops::Range, sync::Arc};
use web_kit::input;

/// The client whose things the caller may follow.
///
/// # Errors
/// `authentication_invalid` for somebody unknown, `authorization_invalid` for callers that are no browsers or devices.
pub(crate) fn own_client(execution: &Execution) -> Result<ClientId> {
    standing::followed(&execution.acting().caller)
}

/// What is pushed: the object, and the root of queries beside it.
pub(crate) trait Push: Send + Sized {
    /// The object that is followed.
    type Resource: Followed<Id: Clone + Send + 'static> + 'static;

    /// The push of the object, or of there being none any more.
    fn new(resource: Option<Self::Resource>) -> Self;
}

/// Puts the root of queries beside what is pushed.
macro_rules! carries_query {
    ($name:ident) => {
        #[async_graphql::ComplexObject]
        impl $name {
            /// The root of queries, as the caller may use it now: what is asked for here keeps an application's cache right.
            async fn query(&self) -> $crate::schema::Query {
                $crate::schema::Query::default()
            }
        }
    };
}

pub(crate) use carries_query;

/// Defines what is pushed of an object.
macro_rules! pushes {
    ($(#[$doc:meta])* $name:ident { $(#[$resource_doc:meta])* $resource:ident: $type:ty }) => {
        #[derive(async_graphql::SimpleObject)]
        #[graphql(complex)]
        $(#[$doc])*
        pub struct $name {
            $(#[$resource_doc])*
            pub $resource: Option<$type>,
        }

        $crate::push::carries_query!($name);

        impl $crate::push::Push for $name {
            type Resource = $type;

            fn new($resource: Option<$type>) -> Self {
                Self { $resource }
            }
        }
    };
}

pub(crate) use pushes;

/// Pushes, one after the other, or why there are no more.
pub(crate) type Pushes<P> = BoxStream<'static, async_graphql::Result<P>>;

/// An object of the caller's client, as it is and each time that it has changed.
///
/// # Errors
/// As [`own_client`], and what is wrong with the identifier.
pub(crate) async fn by_id<P: Push + 'static>(context: &Context<'_>, id: &ID) -> async_graphql::Result<Pushes<P>> {
    let checked = own_client(context.execution()).and_then(|_| Ok(input::id(id, "id")?));
    let id = checked.map_err(|error| failed(context, &error))?;
    from_now_on(context, id).await
}

/// What belongs to the caller's client as a whole, as it is and each time that it has changed.
///
/// # Errors
/// As [`own_client`].
pub(crate) async fn own<P: Push<Resource: Followed<Id = ClientId>> + 'static>(
    context: &Context<'_>,
) -> async_graphql::Result<Pushes<P>> {
    // Who comes back after the client was deleted shows nothing any more, and has to hear of it.
    let caller = &context.acting().caller;
    if caller.actor == Actor::Anonymous {
        if let Some(advice) = caller.cookie_advice() {
            tracing::warn!("a page follows its client, and shows none. {advice}");
        }
        return Ok(stream::once(ready(Ok(P::new(None)))).boxed());
    }
    let id = own_client(context.execution()).map_err(|error| failed(context, &error))?;
    from_now_on(context, id).await
}

async fn from_now_on<P: Push + 'static>(
    context: &Context<'_>,
    id: <P::Resource as Resource>::Id,
) -> async_graphql::Result<Pushes<P>> {
    let execution = context.execution();
    // Before the first reading, so that no change falls between.
    let notices = execution.app.notices();
    let watcher = notices.watch([P::Resource::topic(&id)]);
    let listener = execution.listen();
    // Who was cut off is told what they missed, also what another node has changed a moment ago.
    notices.outdate_watched(&[P::Resource::topic(&id)]);
    execution.begin_reading();
    let first = match P::Resource::read(execution, &id).await {
        Ok(first) => first,
        Err(error) => {
            // Whoever was let in a moment ago may not be the same any more: then this is taken up again on another connection, or told
            // that there is nothing any more.
            let present = readmitted(&execution.app, &mut execution.listen()).await;
            let present = present.map_err(|error| failed(context, &error))?;
            if present.actor != Actor::Anonymous {
                return Err(failed(context, &error));
            }
            execution.act_as(present);
            return Ok(stream::once(ready(Ok(P::new(None)))).boxed());
        }
    };
    notices.outdate_watched(&first.users().into_iter().map(Topic::User).collect::<Vec<_>>());
    Ok(on(Arc::clone(execution), watcher, listener, id, first).boxed())
}

/// The object as it was first read, then each time that something has changed of what it shows. Ends with its last state, which may be
/// that there is none any more, and after a failure.
fn on<P: Push>(
    execution: Arc<Execution>,
    mut watcher: Watcher,
    mut listener: Listener,
    id: <P::Resource as Resource>::Id,
    first: P::Resource,
) -> impl Stream<Item = async_graphql::Result<P>> + Send {
    async_stream::stream! {
        let (mut is_over, mut changes_at) = (first.is_over(), first.changes_at());
        // Before it is yielded: what it shows of its users is read when it is.
        watcher.turn_to(first.topics(&id));
        yield Ok(P::new(Some(first)));
        while !is_over {
            let until = changes_at.map(|changes_at| UnixMilliseconds::MIN..changes_at);
            changed(&execution, &watcher, &mut listener, until).await;
            execution.begin_reading();
            match readmitted(&execution.app, &mut listener).await {
                Ok(caller) => execution.act_as(caller),
                Err(error) => {
                    yield Err(pushed(&execution, &error));
                    return;
                }
            }
            execution.budget().renew();
            match P::Resource::read(&execution, &id).await {
                Ok(object) => {
                    (is_over, changes_at) = (object.is_over(), object.changes_at());
                    watcher.turn_to(object.topics(&id));
                    yield Ok(P::new(Some(object)));
                }
                Err(error) if error.code() == Code::ResourceNotFound => {
                    yield Ok(P::new(None));
                    return;
                }
                Err(error) => {
                    yield Err(pushed(&execution, &error));
                    return;
                }
            }
        }
    }
}

/// Waits until there is something to tell, if only that time has left what the present state is good for, or that the line ends. Of a
/// state that several are told, the line is that of who came first and may be gone: how a client ends is announced of what is followed too.
pub(crate) async fn changed(
    execution: &Execution,
    watcher: &Watcher,
    listener: &mut Listener,
    good: Option<Range<UnixMilliseconds>>,
) {
    loop {
        let told = async {
            tokio::select! {
                () = watcher.changed() => {}
                () = listener.ending() => {}
            }
        };
        let Some(good) = &good else {
            return told.await;
        };
        // What time alone ends is announced by nobody.
        tokio::select! {
            () = told => return,
            () = execution.app.clock().pause(good.end) => {}
        }
        if !good.contains(&execution.app.now()) {
            return;
        }
    }
}

/// Who holds a line, as they would be let in now. Whose client is gone is nobody, and is told so.
pub(crate) async fn readmitted(app: &App, listener: &mut Listener) -> Result<Arc<Caller>> {
    loop {
        let caller = listener.holder();
        match standing::readmission(app, &caller).await? {
            Readmission::Granted(caller) => return Ok(caller),
            Readmission::Refused(Standing::Unknown) => return Ok(Arc::new(caller.acting_as(Actor::Anonymous, None))),
            // The connection is cut for the same reason, unless another token is shown first. It must not be told that its operation
            // is complete, or it would not be taken up again when the client comes back.
            Readmission::Refused(_) => listener.changed().await,
        }
    }
}

/// A failure after the beginning, which ends a subscription.
pub(crate) fn pushed(execution: &Execution, error: &Error) -> async_graphql::Error {
    top_level(error, &execution.acting().caller.request.trace_id)
}
