//! What a client shows: its pending attempts and its sessions with their users, in a constant number of statements.

use crate::{
    app::App,
    caller::Caller,
    domain::{session::Session, sign_in::SignIn, sign_up::SignUp},
    error::Result,
    service::{session, user::UserState},
    store::{self, sign_in::StoredSignIn},
};
use entity::{
    client,
    id::{ClientId, SessionId},
    kind::{SessionStatus, SignInStatus, SignUpStatus},
};

/// A client and all that it shows.
#[derive(Clone, Debug)]
pub struct ClientState {
    /// The row.
    pub row: client::Model,
    /// The pending sign-in.
    pub sign_in: Option<StoredSignIn>,
    /// The pending sign-up.
    pub sign_up: Option<SignUp>,
    /// The sessions that it lists, oldest first, each as it stands now.
    pub sessions: Vec<SessionState>,
    /// The session that acts when none is named.
    pub last_active_session_id: Option<SessionId>,
}

/// A session, whose it is, and a fresh token while it is active.
#[derive(Clone, Debug)]
pub struct SessionState {
    /// The session, with the status that it has now.
    pub session: Session,
    /// Whose it is.
    pub user: UserState,
    /// A fresh session token.
    pub token: Option<String>,
}

/// The caller's client; nothing when it has none.
///
/// # Errors
/// When it cannot be read.
pub async fn read(app: &App, caller: &Caller) -> Result<Option<ClientState>> {
    match caller.actor.client_id() {
        Some(id) => state(app, caller, id).await,
        None => Ok(None),
    }
}

/// All that a client shows, at the caller's time.
///
/// # Errors
/// When it cannot be read or a token cannot be signed.
pub async fn state(app: &App, caller: &Caller, id: &ClientId) -> Result<Option<ClientState>> {
    let scope = app.reader(&caller.instance.id);
    let Some(row) = store::client::find(scope, id).await? else {
        return Ok(None);
    };
    let now = app.now();
    let sign_in = match &row.sign_in_id {
        Some(id) => store::sign_in::find(scope, id, caller.settings())
            .await?
            .filter(|stored| is_pending_sign_in(&stored.sign_in, now)),
        None => None,
    };
    let sign_up = match &row.sign_up_id {
        Some(id) => store::sign_up::find(scope, id).await?.map(|stored| stored.sign_up),
        None => None,
    };
    let sign_up = sign_up.filter(|sign_up| sign_up.status_at(now) == SignUpStatus::MissingRequirements);
    let listed = store::session::list_of_clients(scope, std::slice::from_ref(id)).await?;
    let sessions = session::with_users(app, caller, listed).await?;
    let last_active_session_id = row.last_active_session_id.clone().filter(|id| {
        sessions
            .iter()
            .any(|state| state.session.id == *id && is_active(&state.session))
    });
    Ok(Some(ClientState {
        row,
        sign_in,
        sign_up,
        sessions,
        last_active_session_id,
    }))
}

fn is_pending_sign_in(sign_in: &SignIn, now: i64) -> bool {
    matches!(
        sign_in.status_at(now),
        SignInStatus::NeedsIdentifier | SignInStatus::NeedsFirstFactor
    )
}

fn is_active(session: &Session) -> bool {
    session.status == SessionStatus::Active
}
