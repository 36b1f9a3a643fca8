//! Beginning a client anew, and signing out of everything.

use crate::{
    budget::InTime,
    context::ContextExt as _,
    error::{changed, payload},
};
use async_graphql::{Context, ID, InputObject, Object};
use domain::permission::Actor;
use entity::id::{ClientId, TypedId as _};
use kernel::error::{Code, Problem, Result};
use service::client;
use web_kit::input;

/// Which client to give up for a new one.
#[derive(InputObject)]
pub struct ClientReplaceInput {
    /// The client that the caller believes to have: another one is left alone. Null for whichever it is.
    client_id: Option<ID>,
}

/// Which client to delete.
#[derive(InputObject)]
pub struct ClientDeleteInput {
    /// The client that the caller believes to have: another one is left alone. Null for whichever it is.
    client_id: Option<ID>,
}

/// Of which client to end the sessions.
#[derive(InputObject)]
pub struct ClientSessionsRemoveInput {
    /// The client that the caller believes to have: another one is left alone. Null for whichever it is.
    client_id: Option<ID>,
}

payload! {
    /// What came of beginning a client anew.
    ClientReplacePayload { client }
}

payload! {
    /// What came of deleting the client.
    ClientDeletePayload {
        /// The identifier of the client that is gone; null when none was deleted.
        deleted_client_id: ID, client
    }
}

payload! {
    /// What came of signing out of everything.
    ClientSessionsRemovePayload { client }
}

/// Mutations of the client.
#[derive(Default)]
pub struct ClientMutation;

#[Object(guard = "InTime")]
impl ClientMutation {
    /// Makes a client. The one that the caller has, if any, is gone, and its sessions are replaced.
    async fn client_replace(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which client to give up for a new one.")] input: ClientReplaceInput,
    ) -> async_graphql::Result<ClientReplacePayload> {
        let caller = &context.acting().caller;
        let outcome = match expect(&caller.actor, input.client_id) {
            Ok(()) => client::replace(context.app(), caller).await,
            Err(error) => Err(error),
        };
        changed(context, outcome.map(|changed| changed.map(|_| ()))).await
    }

    /// Deletes the caller's client, and with it all its sessions.
    async fn client_delete(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which client to delete.")] input: ClientDeleteInput,
    ) -> async_graphql::Result<ClientDeletePayload> {
        let caller = &context.acting().caller;
        let outcome = match expect(&caller.actor, input.client_id) {
            Ok(()) => client::delete(context.app(), caller).await,
            Err(error) => Err(error),
        };
        changed(context, outcome.map(|changed| changed.map(String::from))).await
    }

    /// Signs out of every session of the caller's client, which it keeps.
    async fn client_sessions_remove(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Of which client to end the sessions.")] input: ClientSessionsRemoveInput,
    ) -> async_graphql::Result<ClientSessionsRemovePayload> {
        let caller = &context.acting().caller;
        let outcome = match expect(&caller.actor, input.client_id) {
            Ok(()) => client::remove_sessions(context.app(), caller).await,
            Err(error) => Err(error),
        };
        changed(context, outcome.map(|changed| changed.map(|_| ()))).await
    }
}

/// Refuses to touch another client than the one that was meant.
fn expect(actor: &Actor, meant: Option<ID>) -> Result<()> {
    let Some(meant) = meant else { return Ok(()) };
    let meant: ClientId = input::id(&meant, "client_id")?;
    match actor.client_id() {
        Some(own) if own.as_str() == meant.as_str() => Ok(()),
        Some(_) | None if matches!(actor, Actor::Client { .. } | Actor::Anonymous) => {
            Err(Problem::of(Code::ResourceNotFound, "client_id").into())
        }
        // What others may not do at all is for the service to say.
        Some(_) | None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::expect;
    use domain::permission::Actor;
    use entity::id::{ClientId, ID_ENTROPY_BYTES, TypedId as _};

    #[test]
    fn only_the_client_that_was_meant_is_touched() {
        let id = |seed| ClientId::generate(1_795_000_000_000, [seed; ID_ENTROPY_BYTES]);
        let own = Actor::Client { client_id: id(1) };
        for (actor, meant, passes) in [
            (&own, None, true),
            (&own, Some(id(1).to_string()), true),
            (&own, Some(id(2).to_string()), false),
            (&own, Some("client_x".to_owned()), false),
            (&Actor::Anonymous, None, true),
            (&Actor::Anonymous, Some(id(1).to_string()), false),
        ] {
            assert_eq!(
                expect(actor, meant.clone().map(Into::into)).is_ok(),
                passes,
                "{meant:?}"
            );
        }
    }
}
