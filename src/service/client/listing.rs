//! What a client lists, in a constant number of statements. Users and tokens are for whoever asks for them.

use super::{held, sees_flows};
use crate::{
    app::App,
    authorise,
    sign_in::{self, SignInState},
    sign_up::{self, SignUpState},
};
use domain::{permission::Action, session::Session};
use entity::{
    UnixMilliseconds,
    id::{ClientId, SessionId},
    kind::{ClientStatus, SessionStatus},
};
use kernel::{caller::Caller, error::Result};
use store::cache::Freshness;

/// A client and what it lists, without users and tokens: what a face needs that fetches those only when they are asked for.
#[derive(Clone, Debug)]
pub struct ClientListing {
    /// Its identifier.
    pub id: ClientId,
    /// Where it stands.
    pub status: ClientStatus,
    /// The pending sign-in.
    pub sign_in: Option<SignInState>,
    /// The pending sign-up.
    pub sign_up: Option<SignUpState>,
    /// The sessions that it lists, oldest first, each with the status that it has now.
    pub sessions: Vec<Session>,
    /// The session that acts when none is named.
    pub last_active_session_id: Option<SessionId>,
    /// How somebody last signed in here: the word of a strategy, which may be one that is not known any more.
    pub last_authentication_strategy: Option<String>,
    /// When it was made.
    pub created_at: UnixMilliseconds,
    /// When it or what it shows last changed; strictly growing.
    pub updated_at: UnixMilliseconds,
}

impl ClientListing {
    /// Since when its sessions are what they are, in Unix milliseconds; nothing where nobody is signed in.
    #[must_use]
    pub fn signed_in_since(&self) -> Option<i64> {
        self.sessions.iter().any(is_active).then_some(self.updated_at)
    }

    /// When time alone changes what it lists next.
    #[must_use]
    pub fn changes_at(&self) -> Option<UnixMilliseconds> {
        let of_sessions = self.sessions.iter().filter_map(Session::ends_at);
        let of_sign_in = self.sign_in.as_ref().and_then(SignInState::changes_at);
        let of_sign_up = self.sign_up.as_ref().and_then(SignUpState::changes_at);
        of_sessions.chain(of_sign_in).chain(of_sign_up).min()
    }
}

/// What the caller's client lists; nothing when it has none.
///
/// # Errors
/// `authorization_invalid` for callers that are no browsers or devices.
pub async fn listing(app: &App, caller: &Caller) -> Result<Option<ClientListing>> {
    authorise(caller, Action::ReadClient)?;
    match caller.actor.client_id() {
        Some(id) => listing_of(app, caller, id).await,
        None => Ok(None),
    }
}

pub(super) async fn listing_of(app: &App, caller: &Caller, id: &ClientId) -> Result<Option<ClientListing>> {
    let now = app.now();
    let Some(mut stored) = held(app, caller, id, Freshness::Remembered).await? else {
        return Ok(None);
    };
    // Another node may have seen activity that keeps alive what would be over by what is remembered here.
    let is_over = |session: &Session| session.status == SessionStatus::Active && !session.is_active(now);
    if stored.sessions.iter().any(is_over) {
        match held(app, caller, id, Freshness::Present).await? {
            Some(present) => stored = present,
            None => return Ok(None),
        }
    }
    let row = &stored.row;
    let mut sessions = stored.sessions.clone();
    let sees_flows = sees_flows(caller, row);
    let sign_in = match row.sign_in_id.as_ref().filter(|_| sees_flows) {
        Some(id) => sign_in::pending(app, caller, id).await?,
        None => None,
    };
    let sign_up = match row.sign_up_id.as_ref().filter(|_| sees_flows) {
        Some(id) => sign_up::pending(app, caller, id).await?,
        None => None,
    };
    for session in &mut sessions {
        session.status = session.status_at(now);
    }
    let last_active_session_id = row
        .last_active_session_id
        .filter(|id| sessions.iter().any(|session| session.id == *id && is_active(session)));
    Ok(Some(ClientListing {
        id: row.id,
        status: row.status,
        sign_in,
        sign_up,
        sessions,
        last_active_session_id,
        last_authentication_strategy: row.last_authentication_strategy.clone(),
        created_at: row.created_at,
        updated_at: row.updated_at,
    }))
}

fn is_active(session: &Session) -> bool {
    session.status == SessionStatus::Active
}
