//! Touching a session: the person is here, and this session is the one that acts.

use super::listed;
use crate::{
    app::App,
    authorise,
    client::{Changed, ClientHandle},
};
use domain::{
    permission::Action,
    session::{Lifetimes, Session},
};
use entity::id::SessionId;
use kernel::{
    caller::Caller,
    error::{Code, Result},
};

/// Records activity (at most once a minute) and makes the session the client's last active one.
///
/// # Errors
/// `resource_not_found` when it is not the client's or has ended.
pub async fn touch(app: &App, caller: &Caller, id: &SessionId) -> Result<Changed<Session>> {
    authorise(caller, Action::ManageSession)?;
    let mut tx = app.begin(&caller.instance.id).await?;
    let mut client = ClientHandle::obtain(app, &mut tx, caller).await?;
    let session = listed::of_caller(tx.scope(), caller, Action::ManageSession, id).await?;
    let lifetimes = Lifetimes::of(&caller.settings().session);
    let touched = session
        .touch(&lifetimes, tx.now())
        .map_err(|_| Code::ResourceNotFound)?;
    if let Some(touched) = &touched {
        store::session::update_activity(tx.scope(), touched).await?;
        store::user::update_activity(tx.scope(), &touched.user_id, tx.now()).await?;
    }
    if client.row.last_active_session_id.as_ref() != Some(id) {
        client.row.last_active_session_id = Some(*id);
        client.save(&mut tx, caller).await?;
    }
    tx.commit().await?;
    if touched.is_some() {
        app.notices().outdate(&session.client_id);
        app.notices().outdate(&session.user_id);
    }
    client.finish(app, caller, touched.unwrap_or(session))
}
