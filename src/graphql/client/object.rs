//! What is shown of a client.

use crate::{
    context::Execution,
    list::Items,
    resource::{Followed, Resource},
    scalar::{DateTime, Strategy},
    session::Session,
    sign_in::SignIn,
    sign_up::SignUp,
};
use async_graphql::{Enum, ID, Object};
use entity::{
    UnixMilliseconds,
    id::{ClientId, UserId},
};
use kernel::{
    error::{Code, Result},
    notice::Topic,
};
use service::client::ClientListing;
use std::sync::Arc;

/// Where a client stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::kind::ClientStatus")]
pub enum ClientStatus {
    /// In use.
    Active,
    /// Deleted by its owner.
    Deleted,
    /// Replaced by a new client of the same browser.
    Replaced,
}

/// One browser or device, holding sessions and at most one pending sign-in and sign-up.
pub struct Client(Arc<ClientListing>);

impl From<Arc<ClientListing>> for Client {
    fn from(listing: Arc<ClientListing>) -> Self {
        Self(listing)
    }
}

impl From<ClientListing> for Client {
    fn from(listing: ClientListing) -> Self {
        Self(Arc::new(listing))
    }
}

impl Resource for Client {
    type Id = ClientId;

    async fn read(execution: &Execution, id: &ClientId) -> Result<Self> {
        let acting = execution.acting();
        if acting.caller.actor.client_id() != Some(id) {
            return Err(Code::ResourceNotFound.into());
        }
        let listing = acting.loaders.client(id).await?;
        Ok(listing.ok_or(Code::ResourceNotFound)?.into())
    }
}

impl Followed for Client {
    fn topic(id: &ClientId) -> Topic {
        Topic::Client(*id)
    }

    fn users(&self) -> Vec<UserId> {
        self.0.sessions.iter().map(|session| session.user_id).collect()
    }

    fn changes_at(&self) -> Option<UnixMilliseconds> {
        self.0.changes_at()
    }
}

/// One browser or device, holding sessions and at most one pending sign-in and sign-up.
#[Object]
impl Client {
    /// Its identifier.
    pub async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// Where it stands.
    async fn status(&self) -> ClientStatus {
        self.0.status.into()
    }

    /// The sessions that it lists, oldest first: those in use and those that were signed out of but not removed.
    async fn sessions(&self) -> Items<Session> {
        self.0.sessions.iter().cloned().map(Session::from).collect()
    }

    /// The sign-in that waits for its person; null when there is none.
    async fn sign_in(&self) -> Option<SignIn> {
        self.0.sign_in.clone().map(SignIn::from)
    }

    /// The sign-up that waits for its person; null when there is none.
    async fn sign_up(&self) -> Option<SignUp> {
        self.0.sign_up.clone().map(SignUp::from)
    }

    /// The session that acts when a request names none.
    async fn last_active_session(&self) -> Option<Session> {
        let id = self.0.last_active_session_id.as_ref()?;
        let session = self.0.sessions.iter().find(|session| session.id == *id)?;
        Some(session.clone().into())
    }

    /// The identifier of the session that acts when a request names none.
    async fn last_active_session_id(&self) -> Option<ID> {
        self.0.last_active_session_id.as_ref().map(|id| id.to_string().into())
    }

    /// How somebody last signed in here.
    async fn last_authentication_strategy(&self) -> Option<Strategy> {
        let strategy = self.0.last_authentication_strategy.as_deref()?;
        entity::kind::Strategy::parse(strategy).map(Strategy::from)
    }

    /// When it was made.
    async fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }

    /// When it or what it shows last changed; it grows with each change.
    async fn updated_at(&self) -> DateTime {
        self.0.updated_at.into()
    }
}
