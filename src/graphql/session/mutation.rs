//! Using a session, ending it, and making tokens of it.

use super::{Session, Token};
use crate::{
    budget::InTime,
    context::ContextExt as _,
    error::{answered, changed, payload},
};
use async_graphql::{Context, ID, InputObject, Object};
use entity::id::SessionId;
use kernel::error::Result;
use service::session;
use web_kit::input;

/// Which session is in use.
#[derive(InputObject)]
pub struct SessionTouchInput {
    /// The session's identifier.
    session_id: ID,
}

/// Which session to sign out of.
#[derive(InputObject)]
pub struct SessionEndInput {
    /// The session's identifier.
    session_id: ID,
}

/// Which session to sign out of and forget.
#[derive(InputObject)]
pub struct SessionRemoveInput {
    /// The session's identifier.
    session_id: ID,
}

/// Which session to make a token of.
#[derive(InputObject)]
pub struct SessionTokenCreateInput {
    /// The session's identifier.
    session_id: ID,
}

payload! {
    /// What came of touching a session.
    SessionTouchPayload {
        /// The session; null when it could not be touched.
        session: Session, client
    }
}

payload! {
    /// What came of ending a session.
    SessionEndPayload {
        /// The session; null when it could not be ended.
        session: Session, client
    }
}

payload! {
    /// What came of removing a session.
    SessionRemovePayload {
        /// The session; null when it could not be removed.
        session: Session, client
    }
}

payload! {
    /// What came of asking for a session token.
    SessionTokenCreatePayload {
        /// The token; null when none could be made.
        token: Token
    }
}

/// Mutations of sessions.
#[derive(Default)]
pub struct SessionMutation;

#[Object(guard = "InTime")]
impl SessionMutation {
    /// Records that the person is here, at most once a minute, and makes the session the one that acts.
    async fn session_touch(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which session is in use.")] input: SessionTouchInput,
    ) -> async_graphql::Result<SessionTouchPayload> {
        let caller = &context.acting().caller;
        let outcome = match id(&input.session_id) {
            Ok(id) => session::touch(context.app(), caller, &id).await,
            Err(error) => Err(error),
        };
        changed(context, outcome).await
    }

    /// Signs out of a session, which stays listed. Ending it again changes nothing.
    async fn session_end(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which session to sign out of.")] input: SessionEndInput,
    ) -> async_graphql::Result<SessionEndPayload> {
        let caller = &context.acting().caller;
        let outcome = match id(&input.session_id) {
            Ok(id) => session::end(context.app(), caller, &id).await,
            Err(error) => Err(error),
        };
        changed(context, outcome).await
    }

    /// Signs out of a session and takes it out of the list.
    async fn session_remove(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which session to sign out of and forget.")] input: SessionRemoveInput,
    ) -> async_graphql::Result<SessionRemovePayload> {
        let caller = &context.acting().caller;
        let outcome = match id(&input.session_id) {
            Ok(id) => session::remove(context.app(), caller, &id).await,
            Err(error) => Err(error),
        };
        changed(context, outcome).await
    }

    /// Makes a fresh token of a session. It counts as use of the session.
    async fn session_token_create(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which session to make a token of.")] input: SessionTokenCreateInput,
    ) -> async_graphql::Result<SessionTokenCreatePayload> {
        let caller = &context.acting().caller;
        let outcome = match id(&input.session_id) {
            Ok(id) => session::mint_token(context.app(), caller, &id).await,
            Err(error) => Err(error),
        };
        answered(context, outcome)
    }
}

fn id(text: &str) -> Result<SessionId> {
    Ok(input::id(text, "session_id")?)
}
