//! Finding sessions.

use super::listed;
use crate::{app::App, authorise, authorise_on};
use domain::{
    permission::{Action, Actor, Owned},
    session::Session,
};
use entity::id::SessionId;
use kernel::{
    caller::Caller,
    error::{Code, Result},
};
use std::collections::HashMap;

/// A session that the caller may see: its client's, its token's own, any with a secret key.
///
/// # Errors
/// `authentication_invalid` for somebody unknown, `resource_not_found` when it is not the client's.
pub async fn find(app: &App, caller: &Caller, id: &SessionId) -> Result<Session> {
    let mut found = find_all(app, caller, std::slice::from_ref(id)).await?;
    found.remove(id).ok_or_else(|| match &caller.actor {
        // Its own is over, and with it whoever it makes somebody.
        Actor::SessionToken(acting) if acting.session_id == *id => Code::AuthenticationInvalid.into(),
        _ => Code::ResourceNotFound.into(),
    })
}

/// Of those sessions the ones that the caller may see, in one statement.
///
/// # Errors
/// `authentication_invalid` for somebody unknown.
pub async fn find_all(app: &App, caller: &Caller, ids: &[SessionId]) -> Result<HashMap<SessionId, Session>> {
    authorise(caller, Action::ReadSession)?;
    let found = match &caller.actor {
        // It may be its own alone, which has to be alive still.
        Actor::SessionToken(acting) if ids.contains(&acting.session_id) => match super::acting(app, caller).await {
            Err(error) if error.code() == Code::AuthenticationInvalid => Vec::new(),
            acting => vec![acting?],
        },
        Actor::SessionToken(_) => Vec::new(),
        _ => store::session::list(app.reader(&caller.instance.id), ids).await?,
    };
    let is_shown = |session: &Session| {
        let may = authorise_on(caller, Action::ReadSession, Owned::Session(session)).is_ok();
        may && (listed::is_listed(session) || !matches!(caller.actor, Actor::Client { .. }))
    };
    let shown = found.into_iter().filter(is_shown);
    Ok(shown.map(|session| (session.id, session)).collect())
}
