//! What a client shows: its pending attempts and its sessions with their users, in a constant number of statements.

use super::listing::listing_of;
use crate::{loader::Loaders, session, sign_in::SignInState, sign_up::SignUpState, user::UserState};
use domain::session::Session;
use entity::{
    UnixMilliseconds,
    id::{ClientId, SessionId},
    kind::SessionStatus,
};
use kernel::error::Result;
use std::sync::Arc;

/// A client and all that it shows.
#[derive(Clone, Debug)]
pub struct ClientState {
    /// Its identifier.
    pub id: ClientId,
    /// The pending sign-in.
    pub sign_in: Option<SignInState>,
    /// The pending sign-up.
    pub sign_up: Option<SignUpState>,
    /// The sessions that it lists, oldest first, each as it stands now.
    pub sessions: Vec<SessionState>,
    /// The session that acts when none is named.
    pub last_active_session_id: Option<SessionId>,
    /// How somebody last signed in here: the word of a strategy, which may be one that is not known any more.
    pub last_authentication_strategy: Option<String>,
    /// When it was made.
    pub created_at: UnixMilliseconds,
    /// When it or what it shows last changed; strictly growing.
    pub updated_at: UnixMilliseconds,
}

impl ClientState {
    /// Since when its sessions are what they are, in Unix milliseconds; nothing where nobody is signed in.
    #[must_use]
    pub fn signed_in_since(&self) -> Option<UnixMilliseconds> {
        let mut sessions = self.sessions.iter();
        sessions
            .any(|state| state.session.status == SessionStatus::Active)
            .then_some(self.updated_at)
    }
}

/// A session, whose it is, and a token while it is active.
#[derive(Clone, Debug)]
pub struct SessionState {
    /// The session, with the status that it has now.
    pub session: Session,
    /// Whose it is.
    pub user: Arc<UserState>,
    /// A session token, made now or some seconds ago.
    pub token: Option<String>,
}

/// The caller's client and all that it shows; nothing when it has none.
///
/// # Errors
/// When it cannot be read or a token cannot be signed.
pub async fn read(loaders: &Loaders) -> Result<Option<ClientState>> {
    let (app, caller) = (loaders.app(), loaders.caller());
    let Some(id) = caller.actor.client_id() else {
        return Ok(None);
    };
    let Some(listing) = listing_of(app, caller, id).await? else {
        return Ok(None);
    };
    Ok(Some(ClientState {
        id: listing.id,
        sign_in: listing.sign_in,
        sign_up: listing.sign_up,
        sessions: session::with_users(loaders, listing.sessions).await?,
        last_active_session_id: listing.last_active_session_id,
        last_authentication_strategy: listing.last_authentication_strategy,
        created_at: listing.created_at,
        updated_at: listing.updated_at,
    }))
}
