//! Beginning a client anew, and signing out of everything.

use crate::{
    change::{change, inputs_of_one_id, payloads},
    error::Nullable,
    or_empty::OrEmpty,
};
use async_graphql::{Context, ID, Object};
use domain::permission::Actor;
use entity::id::ClientId;
use kernel::error::{Code, Problem, Result};
use service::client;

inputs_of_one_id! {
    /// The client that the caller believes to have: another one is left alone. Null for whichever it is.
    client_id: Option<ClientId>;
    /// Which client to give up for a new one.
    ClientReplaceInput,
    /// Which client to delete.
    ClientDeleteInput,
    /// Of which client to end the sessions.
    ClientSessionsRemoveInput,
}

payloads! {
    /// What came of beginning a client anew.
    ClientReplacePayload { client }
    /// What came of deleting the client.
    ClientDeletePayload {
        /// The identifier of the client that is gone; null when none was deleted.
        deleted_client_id: ID, client
    }
    /// What came of signing out of everything.
    ClientSessionsRemovePayload { client }
}

/// Mutations of the client.
#[derive(Default)]
pub struct ClientMutation;

#[Object]
impl ClientMutation {
    /// Makes a client. The one that the caller has, if any, is gone, and its sessions are replaced.
    /// Codes: `FORM_PARAM_FORMAT_INVALID`, `RESOURCE_NOT_FOUND`.
    async fn client_replace(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which client to give up for a new one.", default)] input: OrEmpty<ClientReplaceInput>,
    ) -> Nullable<ClientReplacePayload> {
        change(context, async |app, caller| {
            expect(&caller.actor, input.0.id()?)?;
            Ok(client::replace(app, caller).await?.map(drop))
        })
        .await
    }

    /// Deletes the caller's client, and with it all its sessions.
    /// Codes: `FORM_PARAM_FORMAT_INVALID`, `RESOURCE_NOT_FOUND`.
    async fn client_delete(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which client to delete.", default)] input: OrEmpty<ClientDeleteInput>,
    ) -> Nullable<ClientDeletePayload> {
        change(context, async |app, caller| {
            expect(&caller.actor, input.0.id()?)?;
            Ok(client::delete(app, caller).await?.map(String::from))
        })
        .await
    }

    /// Signs out of every session of the caller's client, which it keeps.
    /// Codes: `FORM_PARAM_FORMAT_INVALID`, `RESOURCE_NOT_FOUND`.
    async fn client_sessions_remove(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Of which client to end the sessions.", default)] input: OrEmpty<ClientSessionsRemoveInput>,
    ) -> Nullable<ClientSessionsRemovePayload> {
        change(context, async |app, caller| {
            expect(&caller.actor, input.0.id()?)?;
            Ok(client::remove_sessions(app, caller).await?.map(drop))
        })
        .await
    }
}

/// Refuses to touch another client than the one that was meant.
fn expect(actor: &Actor, meant: Option<ClientId>) -> Result<()> {
    let Some(meant) = meant else { return Ok(()) };
    match actor.client_id() {
        Some(own) if *own == meant => Ok(()),
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
            (&own, Some(id(1)), true),
            (&own, Some(id(2)), false),
            (&Actor::Anonymous, None, true),
            (&Actor::Anonymous, Some(id(1)), false),
        ] {
            assert_eq!(expect(actor, meant).is_ok(), passes, "{meant:?}");
        }
    }
}
