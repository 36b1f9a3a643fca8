//! Using a session, ending it, and making tokens of it.

use super::{Session, Token};
use crate::{
    change::{carry_out, change, inputs_of_one_id, payloads},
    error::Nullable,
    or_empty::OrEmpty,
    parsing::meant,
};
use async_graphql::{Context, Object};
use entity::id::SessionId;
use service::session;

inputs_of_one_id! {
    /// The session's identifier; null for the one that acts when none is named.
    session_id: Option<SessionId>;
    /// Which session is in use.
    SessionTouchInput,
    /// Which session to sign out of.
    SessionEndInput,
    /// Which session to sign out of and forget.
    SessionRemoveInput,
    /// Which session to make a token of.
    SessionTokenCreateInput,
}

payloads! {
    /// What came of touching a session.
    SessionTouchPayload {
        /// The session; null when it could not be touched.
        session: Session, client
    }
    /// What came of ending a session.
    SessionEndPayload {
        /// The session; null when it could not be ended.
        session: Session, client
    }
    /// What came of removing a session.
    SessionRemovePayload {
        /// The session; null when it could not be removed.
        session: Session, client
    }
    /// What came of asking for a session token.
    SessionTokenCreatePayload {
        /// The token; null when none could be made.
        token: Token
    }
}

/// Mutations of sessions.
#[derive(Default)]
pub struct SessionMutation;

#[Object]
impl SessionMutation {
    /// Records that the person is here, at most once a minute, and makes the session the one that acts.
    /// Codes: `FORM_PARAM_FORMAT_INVALID`, `RESOURCE_NOT_FOUND`.
    async fn session_touch(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which session is in use.", default)] input: OrEmpty<SessionTouchInput>,
    ) -> Nullable<SessionTouchPayload> {
        change(context, async |app, caller| {
            session::touch(app, caller, &meant(app, caller, input.0.id()?).await?).await
        })
        .await
    }

    /// Signs out of a session, which stays listed. Ending it again changes nothing.
    /// Codes: `FORM_PARAM_FORMAT_INVALID`, `RESOURCE_NOT_FOUND`.
    async fn session_end(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which session to sign out of.", default)] input: OrEmpty<SessionEndInput>,
    ) -> Nullable<SessionEndPayload> {
        change(context, async |app, caller| {
            session::end(app, caller, &meant(app, caller, input.0.id()?).await?).await
        })
        .await
    }

    /// Signs out of a session and takes it out of the list.
    /// Codes: `FORM_PARAM_FORMAT_INVALID`, `RESOURCE_NOT_FOUND`.
    async fn session_remove(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which session to sign out of and forget.", default)] input: OrEmpty<SessionRemoveInput>,
    ) -> Nullable<SessionRemovePayload> {
        change(context, async |app, caller| {
            session::remove(app, caller, &meant(app, caller, input.0.id()?).await?).await
        })
        .await
    }

    /// Makes a fresh token of a session. It counts as use of the session.
    /// Codes: `FORM_PARAM_FORMAT_INVALID`, `RESOURCE_NOT_FOUND`.
    async fn session_token_create(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which session to make a token of.", default)] input: OrEmpty<SessionTokenCreateInput>,
    ) -> Nullable<SessionTokenCreatePayload> {
        carry_out(context, async |app, caller| {
            session::mint_token(app, caller, &meant(app, caller, input.0.id()?).await?).await
        })
        .await
    }
}
