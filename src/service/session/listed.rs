//! The sessions that a client has: those that its person has not put away.

use crate::authorise_on;
use domain::{
    permission::{Action, Owned},
    session::Session,
};
use entity::{id::SessionId, kind::SessionStatus};
use kernel::{
    caller::Caller,
    error::{Code, Result},
};
use sea_orm::ConnectionTrait;
use store::Scope;

/// A listed session of the caller's client, to which it may do `action`.
///
/// # Errors
/// `resource_not_found` when there is none.
pub(super) async fn of_caller<C: ConnectionTrait>(
    scope: Scope<'_, C>,
    caller: &Caller,
    action: Action,
    id: &SessionId,
) -> Result<Session> {
    let session = store::session::find(scope, id).await?.ok_or(Code::ResourceNotFound)?;
    authorise_on(caller, action, Owned::Session(&session))?;
    if is_listed(&session) {
        Ok(session)
    } else {
        Err(Code::ResourceNotFound.into())
    }
}

/// Whether its client has it still.
pub(super) const fn is_listed(session: &Session) -> bool {
    matches!(session.status, SessionStatus::Active | SessionStatus::Ended)
}
