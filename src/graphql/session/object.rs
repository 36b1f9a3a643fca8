//! What is shown of a session. Its user is read through a loader, and a token is made only when it is asked for.

use crate::{
    budget,
    client::Client,
    context::{ContextExt as _, Execution},
    error::{Nullable, nullable},
    resource::Resource,
    scalar::DateTime,
    schema::SIGNATURE,
    user::User,
};
use async_graphql::{Context, Enum, ID, Object, SimpleObject};
use domain::session as domain_session;
use entity::id::SessionId;
use kernel::error::{Code, Result};
use service::session;
use std::sync::Arc;

/// Where a session stands. All but `ACTIVE` are final.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::kind::SessionStatus")]
pub enum SessionStatus {
    /// In use.
    Active,
    /// Signed out; still listed in its client.
    Ended,
    /// Its lifetime or inactivity limit has passed.
    Expired,
    /// Signed out and no longer listed.
    Removed,
    /// Another session or client took its place.
    Replaced,
    /// Withdrawn by another session or by the application.
    Revoked,
    /// Its abandon time passed without activity.
    Abandoned,
}

/// A session of one user on one client.
#[derive(Debug)]
pub struct Session(Arc<domain_session::Session>);

impl From<Arc<domain_session::Session>> for Session {
    fn from(session: Arc<domain_session::Session>) -> Self {
        Self(session)
    }
}

impl From<domain_session::Session> for Session {
    fn from(session: domain_session::Session) -> Self {
        Self(Arc::new(session))
    }
}

impl Resource for Session {
    type Id = SessionId;

    async fn read(execution: &Execution, id: &SessionId) -> Result<Self> {
        let session = execution.acting().loaders.session(id).await?;
        Ok(session.ok_or(Code::ResourceNotFound)?.into())
    }
}

/// A session of one user on one client.
#[Object]
impl Session {
    /// Its identifier.
    pub async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// Where it stands now.
    async fn status(&self, context: &Context<'_>) -> SessionStatus {
        self.0.status_at(context.app().now()).into()
    }

    /// Whose it is.
    async fn user(&self, context: &Context<'_>) -> Nullable<User> {
        let user = context.acting().loaders.user(&self.0.user_id).await;
        nullable(context, user.map(|user| user.map(User::from)))
    }

    /// The identifier of whose it is.
    async fn user_id(&self) -> ID {
        self.0.user_id.to_string().into()
    }

    /// The client that it lives on, for that client itself; null for others.
    async fn client(&self, context: &Context<'_>) -> Nullable<Client> {
        let acting = context.acting();
        if acting.caller.actor.client_id() != Some(&self.0.client_id) {
            return None;
        }
        let client = acting.loaders.client(&self.0.client_id).await;
        nullable(context, client.map(|client| client.map(Client::from)))
    }

    /// When it expires.
    async fn expires_at(&self) -> DateTime {
        self.0.expire_at.into()
    }

    /// When it counts as abandoned, unless it is used until then.
    async fn abandons_at(&self) -> DateTime {
        self.0.abandon_at.into()
    }

    /// When it was last used, to a minute.
    async fn last_active_at(&self) -> DateTime {
        self.0.last_active_at.into()
    }

    /// When the first proof was last given.
    async fn first_factor_verified_at(&self) -> DateTime {
        self.0.first_factor_verified_at.into()
    }

    /// When the second proof was last given; null where it never was. Second proofs are changed only in a session that has given
    /// one.
    async fn second_factor_verified_at(&self) -> Option<DateTime> {
        self.0.second_factor_verified_at.map(DateTime::from)
    }

    /// A token, for its own client and while it is active; null for others. It may be up to five seconds old;
    /// `sessionTokenCreate` makes a new one.
    async fn last_active_token(&self, context: &Context<'_>) -> Nullable<Token> {
        if let Err(exhausted) = budget::spend_on(context, SIGNATURE).await {
            return Some(Err(exhausted));
        }
        let token = session::token_of(context.app(), &context.acting().caller, &self.0).await;
        nullable(context, token.map(|token| token.map(Token::from)))
    }

    /// When it began.
    async fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }

    /// When it last changed.
    async fn updated_at(&self) -> DateTime {
        self.0.updated_at.into()
    }
}

/// A session token, which backends verify without asking.
#[derive(SimpleObject)]
pub struct Token {
    /// The token: a compact JWS (RFC 7515).
    pub jwt: String,
    /// When it expires.
    pub expires_at: DateTime,
}

impl From<session::Token> for Token {
    fn from(token: session::Token) -> Self {
        Self {
            jwt: token.jwt,
            expires_at: token.expires_at.into(),
        }
    }
}
