//! The one place where a session begins: at the end of a sign-up or of a sign-in.

use super::{end::end_listed_in, payload};
use crate::client::ClientHandle;
use domain::session::{Lifetimes, Session, SessionEnd, in_excess};
use entity::{
    id::{SessionId, UserId},
    kind::{SessionStatus, Strategy},
    user,
};
use kernel::{
    caller::Caller,
    error::{Code, Problem, Result},
    outbox::Event,
};
use store::Tx;

/// A session that is to begin.
pub(crate) struct NewSession {
    /// Its identifier.
    pub(crate) id: SessionId,
    /// Whose it is.
    pub(crate) user_id: UserId,
    /// How its person proved who they are; nothing for an account that was made without a proof or a secret.
    pub(crate) strategy: Option<Strategy>,
    /// When they gave a second proof, in Unix milliseconds.
    pub(crate) second_at: Option<i64>,
}

/// Begins a session on the client, and stores both. In an instance
/// of single sessions the ones before are replaced. A pending attempt of the client is over. Returns the user as it is from
/// then on.
pub(crate) async fn create_in(
    tx: &mut Tx,
    caller: &Caller,
    client: &mut ClientHandle,
    new: NewSession,
) -> Result<Option<user::Model>> {
    let NewSession {
        id,
        user_id,
        strategy,
        second_at,
    } = new;
    let settings = &caller.settings().session;
    let listed = client.sessions(tx).await?.to_vec();
    let mut listed = make_room(tx, listed, settings.single_session_mode).await?;
    let begun = Session::begin(id, client.row.id, user_id, &Lifetimes::of(settings), tx.now());
    let session = Session {
        second_factor_verified_at: second_at,
        ..begun
    };
    client.row.sign_in_id = None;
    client.row.sign_up_id = None;
    client.row.last_active_session_id = Some(session.id);
    client.row.last_authentication_strategy = strategy.map(|strategy| strategy.as_str().to_owned());
    client.begin_session(tx, caller);
    client.save(tx, caller).await?;
    store::session::insert(tx, &session).await?;
    let user = store::user::update_signed_in(tx, &session.user_id).await?;
    tx.emit(&Event::Session(payload(&session)))?;
    listed.push(session);
    client.lists(listed, tx.now());
    Ok(user)
}

/// Ends what a new session takes the place of: everything, in an instance of single sessions, and what the client could not
/// list any more. Returns what stays listed, as it is stored.
async fn make_room(tx: &mut Tx, mut listed: Vec<Session>, single_session_mode: bool) -> Result<Vec<Session>> {
    if single_session_mode {
        end_listed_in(tx, &listed, SessionEnd::Replace).await?;
        listed.retain(|session| session.status != SessionStatus::Active);
    }
    let excess: Vec<Session> = in_excess(&listed, tx.now()).into_iter().cloned().collect();
    for session in &excess {
        let how = match session.is_active(tx.now()) {
            true => SessionEnd::Replace,
            false => SessionEnd::Remove,
        };
        end_listed_in(tx, std::slice::from_ref(session), how).await?;
    }
    listed.retain(|session| !excess.iter().any(|ended| ended.id == session.id));
    Ok(listed)
}

/// Refuses to begin an attempt on a client that is signed in, in an instance of single sessions.
pub(crate) async fn refuse_second_session(tx: &Tx, caller: &Caller, client: &mut ClientHandle) -> Result<()> {
    if !caller.settings().session.single_session_mode {
        return Ok(());
    }
    let listed = client.sessions(tx).await?;
    match listed
        .iter()
        .find(|session| session.status_at(tx.now()) == SessionStatus::Active)
    {
        Some(session) => Err(Problem::new(Code::SessionExists)
            .saying("You are already signed in, and one account at a time is allowed here. Sign out first.")
            .with_meta("session_id", session.id.to_string())
            .into()),
        None => Ok(()),
    }
}
