//! Signing out of everything on one client: with the client itself, or keeping it.

use super::{Changed, ClientHandle, Credential, Sessions};
use crate::{app::App, authorise, rate_limit::Budget, session};
use domain::{
    permission::{Action, Actor},
    session::SessionEnd,
};
use entity::{id::ClientId, kind::ClientStatus};
use kernel::{
    caller::{Caller, Transport},
    error::{Code, Result},
};

/// Deletes the caller's client. Its sessions become `removed`.
///
/// # Errors
/// `resource_not_found` when the caller has none, `too_many_requests`.
pub async fn delete(app: &App, caller: &Caller) -> Result<Changed<ClientId>> {
    check(app, caller)?;
    let mut tx = app.begin(&caller.instance.id).await?;
    let mut client = ClientHandle::obtain(app, &mut tx, caller).await?;
    session::end_all_in(&mut tx, &client.row.id, SessionEnd::Remove).await?;
    client.row.status = ClientStatus::Deleted;
    client.row.last_active_session_id = None;
    client.gives_up_flows(&mut tx);
    client.save(&mut tx, caller).await?;
    if let Transport::DevBrowser(id) = &caller.request.transport {
        store::client::update_dev_browser(&tx, id, None, None).await?;
    }
    tx.commit().await?;
    Ok(Changed {
        value: client.row.id,
        caller: caller.acting_as(Actor::Anonymous, None),
        credential: Credential::Clear,
        sessions: Sessions::Changed,
    })
}

/// Signs out of every session of the caller's client, which it keeps. The sessions become `removed`.
///
/// # Errors
/// `resource_not_found` when the caller has no client, `too_many_requests`.
pub async fn remove_sessions(app: &App, caller: &Caller) -> Result<Changed<ClientId>> {
    check(app, caller)?;
    let mut tx = app.begin(&caller.instance.id).await?;
    let mut client = ClientHandle::obtain(app, &mut tx, caller).await?;
    session::end_all_in(&mut tx, &client.row.id, SessionEnd::Remove).await?;
    client.row.last_active_session_id = None;
    client.changes_sessions();
    client.save(&mut tx, caller).await?;
    tx.commit().await?;
    let id = client.row.id;
    client.finish(app, caller, id)
}

/// Whether the caller may try. Nobody but who has a client spends its network's budget.
fn check(app: &App, caller: &Caller) -> Result<()> {
    if matches!(caller.actor, Actor::Anonymous) {
        return Err(Code::ResourceNotFound.into());
    }
    authorise(caller, Action::ManageClient)?;
    app.rate_limiter().spend(caller, Budget::SessionChange)
}
