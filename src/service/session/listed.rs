//! The sessions that a client has: those that its person has not put away.

use domain::session::Session;
use entity::{
    id::{ClientId, SessionId},
    kind::SessionStatus,
};
use kernel::error::{Code, Result};
use sea_orm::ConnectionTrait;
use store::Scope;

/// A listed session of a client.
pub(super) async fn of_client<C: ConnectionTrait>(
    scope: Scope<'_, C>,
    client: &ClientId,
    id: &SessionId,
) -> Result<Session> {
    store::session::find(scope, id)
        .await?
        .filter(|session| session.client_id == *client)
        .filter(|session| matches!(session.status, SessionStatus::Active | SessionStatus::Ended))
        .ok_or_else(|| Code::ResourceNotFound.into())
}
