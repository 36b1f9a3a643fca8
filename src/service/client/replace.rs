//! Making a client, in the place of the one that the browser has.

use super::{Changed, ClientHandle};
use crate::{app::App, authorise, rate_limit::Budget, session};
use domain::{permission::Action, session::SessionEnd};
use entity::{id::ClientId, kind::ClientStatus};
use kernel::{caller::Caller, error::Result};

/// Makes a client. The one the caller has, if any, becomes unreachable and its sessions `replaced`.
///
/// # Errors
/// `authorization_invalid` for callers that are no browsers or devices, `too_many_requests`.
pub async fn replace(app: &App, caller: &Caller) -> Result<Changed<ClientId>> {
    authorise(caller, Action::CreateClient)?;
    app.rate_limiter().spend(caller, Budget::SessionChange)?;
    let mut tx = app.begin(&caller.instance.id).await?;
    if caller.actor.client_id().is_some() {
        let mut old = ClientHandle::obtain(app, &mut tx, caller).await?;
        session::end_all_in(&mut tx, &old.row.id, SessionEnd::Replace).await?;
        old.row.status = ClientStatus::Replaced;
        old.gives_up_flows(&mut tx);
        old.save(&mut tx, caller).await?;
    }
    let mut new = ClientHandle::create(app, &tx, caller)?;
    new.save(&mut tx, caller).await?;
    let id = new.row.id;
    tx.commit().await?;
    new.finish(app, caller, id)
}
