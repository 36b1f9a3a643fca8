//! Signing out: of one session, which stays listed or not, or of all sessions of a client.

use super::{listed, payload};
use crate::{
    app::App,
    authorise,
    client::{Changed, ClientHandle},
    rate_limit::Budget,
};
use domain::{
    permission::Action,
    session::{Session, SessionEnd},
};
use entity::{
    id::{ClientId, SessionId},
    kind::SessionStatus,
};
use kernel::{
    caller::Caller,
    error::{Code, Result},
    outbox::Event,
};
use store::Tx;

/// Ends a session of the caller's client. It stays listed as `ended`. Ending it again changes nothing.
///
/// # Errors
/// `resource_not_found` when it is not the client's, `too_many_requests`.
pub async fn end(app: &App, caller: &Caller, id: &SessionId) -> Result<Changed<Session>> {
    finish(app, caller, id, SessionEnd::End).await
}

/// Ends a session of the caller's client and takes it out of the list, also when it had ended before.
///
/// # Errors
/// `resource_not_found` when it is not the client's, `too_many_requests`.
pub async fn remove(app: &App, caller: &Caller, id: &SessionId) -> Result<Changed<Session>> {
    finish(app, caller, id, SessionEnd::Remove).await
}

async fn finish(app: &App, caller: &Caller, id: &SessionId, how: SessionEnd) -> Result<Changed<Session>> {
    authorise(caller, Action::ManageSession)?;
    app.rate_limiter().spend(caller, Budget::SessionChange)?;
    let mut tx = app.begin(&caller.instance.id).await?;
    let mut client = ClientHandle::obtain(app, &mut tx, caller).await?;
    let mut session = listed::of_caller(tx.scope(), caller, Action::ManageSession, id).await?;
    let mut changes = true;
    if session.status == SessionStatus::Active {
        end_in(&mut tx, &mut session, how).await?;
    } else if how == SessionEnd::Remove && store::session::remove_ended(&mut tx, &session).await? {
        session.status = SessionStatus::Removed;
    } else {
        changes = false;
    }
    if client.row.last_active_session_id.as_ref() == Some(id) {
        client.row.last_active_session_id = None;
        changes = true;
    }
    if changes {
        client.changes_sessions();
        client.save(&mut tx, caller).await?;
    }
    tx.commit().await?;
    session.status = session.status_at(app.now());
    client.finish(app, caller, session)
}

/// Ends every session of a client that is alive, and takes ended ones out of the list unless they merely end.
pub(crate) async fn end_all_in(tx: &mut Tx, client: &ClientId, how: SessionEnd) -> Result<()> {
    let listed = store::session::list_of_clients(tx.scope(), std::slice::from_ref(client)).await?;
    end_listed_in(tx, &listed, how).await
}

/// The same for some of the sessions that a client lists.
pub(super) async fn end_listed_in(tx: &mut Tx, listed: &[Session], how: SessionEnd) -> Result<()> {
    for session in listed {
        match session.status {
            SessionStatus::Active => end_in(tx, &mut session.clone(), how).await?,
            _ if how == SessionEnd::Remove => {
                store::session::remove_ended(tx, session).await?;
            }
            _ => {}
        }
    }
    Ok(())
}

async fn end_in(tx: &mut Tx, session: &mut Session, how: SessionEnd) -> Result<()> {
    // A session that time has ended keeps that end; only its place in the list changes.
    let Ok(ended) = session.clone().finish(how, tx.now()) else {
        store::session::consume_active(tx, session, session.status_at(tx.now())).await?;
        return Ok(());
    };
    if !store::session::consume_active(tx, session, ended.status).await? {
        return Err(Code::ResourceNotFound.into());
    }
    *session = ended;
    tx.emit(&Event::Session(payload(session)))?;
    Ok(())
}
