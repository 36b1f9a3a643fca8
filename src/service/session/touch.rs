//! Touching a session: the person is here, and this session is the one that acts.

use super::listed;
use crate::{
    app::App,
    authorise,
    client::{Changed, ClientHandle},
    rate_limit::Budget,
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
use sea_orm::ConnectionTrait;
use store::Scope;

/// Records activity (at most once a minute) and makes the session the client's last active one.
///
/// # Errors
/// `resource_not_found` when it is not the client's or has ended, `too_many_requests`.
pub async fn touch(app: &App, caller: &Caller, id: &SessionId) -> Result<Changed<Session>> {
    authorise(caller, Action::ManageSession)?;
    app.rate_limiter().spend(caller, Budget::SessionChange)?;
    let mut tx = app.begin(&caller.instance.id).await?;
    let mut client = ClientHandle::obtain(app, &mut tx, caller).await?;
    let session = listed::of_caller(tx.scope(), caller, Action::ManageSession, id).await?;
    let lifetimes = Lifetimes::of(&caller.settings().session);
    let touched = session
        .touch(&lifetimes, tx.now())
        .map_err(|_| Code::ResourceNotFound)?;
    if let Some(touched) = &touched {
        record_activity(tx.scope(), touched).await?;
    }
    if client.row.last_active_session_id.as_ref() != Some(id) {
        client.row.last_active_session_id = Some(*id);
        client.changes_sessions();
        client.save(&mut tx, caller).await?;
    }
    tx.commit().await?;
    if let Some(touched) = &touched {
        recorded(app, touched);
    }
    client.finish(app, caller, touched.unwrap_or(session))
}

/// Writes down when a session was last used, and its user with it.
pub(super) async fn record_activity<C: ConnectionTrait>(scope: Scope<'_, C>, touched: &Session) -> Result<()> {
    store::session::update_activity(scope, touched).await?;
    store::user::update_activity(scope, &touched.user_id, touched.last_active_at).await?;
    Ok(())
}

/// Reads both anew here, once that is stored. Other nodes find out within a minute.
pub(super) fn recorded(app: &App, touched: &Session) {
    app.notices().outdate(&touched.client_id);
    app.notices().outdate(&touched.user_id);
}
