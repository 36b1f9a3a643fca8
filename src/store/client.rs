//! Clients and the development browsers that stand for their cookie.

use super::{Scope, Tx, session};
use domain::session::Session;
use entity::{
    client, dev_browser,
    id::{ClientId, DevBrowserId},
    kind::ClientStatus,
};
use kernel::notice::Notice;
use sea_orm::{ColumnTrait as _, ConnectionTrait, DbErr, QueryFilter as _, sea_query::Expr};
use std::collections::HashMap;

/// A client and the sessions that it lists, oldest first, with the status that is stored.
#[derive(Clone, Debug)]
pub struct StoredClient {
    /// The row.
    pub row: client::Model,
    /// The sessions not taken out of it.
    pub sessions: Vec<Session>,
}

/// The clients of those identifiers that are in use, with the sessions that they list. Two statements however many they are.
///
/// The sessions are read first: between two statements somebody may sign in, which gives the client a new token with a new
/// session. Whoever still holds the old token must not find that session beside the digest of the old one; the other way round
/// the new token's holder cannot be there yet.
///
/// # Errors
/// When the database cannot be reached.
pub async fn stored_by_ids<C: ConnectionTrait>(
    scope: Scope<'_, C>,
    ids: &[ClientId],
) -> Result<HashMap<ClientId, StoredClient>, DbErr> {
    let sessions = session::list_of_clients(scope, ids).await?;
    let rows = scope
        .select::<client::Entity>()
        .filter(client::Column::Id.is_in(ids.iter().copied()))
        .filter(client::Column::Status.eq(ClientStatus::Active))
        .all(scope.connection())
        .await?;
    let stored = |row: client::Model| {
        let sessions = Vec::new();
        (row.id, StoredClient { row, sessions })
    };
    let mut clients: HashMap<_, _> = rows.into_iter().map(stored).collect();
    for session in sessions {
        if let Some(client) = clients.get_mut(&session.client_id) {
            client.sessions.push(session);
        }
    }
    Ok(clients)
}

/// The client, if it is in use, locked until the transaction ends. What changes one client's state takes this lock
/// first, so that its steps happen one after the other.
///
/// # Errors
/// When the database cannot be reached.
pub async fn lock(tx: &Tx, id: &ClientId) -> Result<Option<client::Model>, DbErr> {
    let locked = tx.scope().lock::<client::Entity>(id).await?;
    Ok(locked.filter(|row| row.status == ClientStatus::Active))
}

/// Stores a new client.
///
/// # Errors
/// When the database refuses the row.
pub async fn insert(tx: &mut Tx, row: client::Model) -> Result<(), DbErr> {
    tx.announce(Notice::Client(row.id));
    tx.scope().insert(row).await
}

/// Writes back a locked client as changed, with an `updated_at` that grows, and tells its listeners.
///
/// # Errors
/// When the database cannot be reached.
pub async fn save(tx: &mut Tx, row: &mut client::Model) -> Result<(), DbErr> {
    // SDKs take an equal `updated_at` for "nothing changed".
    row.updated_at = Ord::max(tx.now(), row.updated_at + 1);
    let changed = row.clone();
    tx.scope()
        .update::<client::Entity>()
        .col_expr(client::Column::Status, Expr::value(changed.status))
        .col_expr(client::Column::RotatingDigest, Expr::value(changed.rotating_digest))
        .col_expr(client::Column::FormerDigests, Expr::value(changed.former_digests))
        .col_expr(client::Column::SignInId, Expr::value(changed.sign_in_id))
        .col_expr(client::Column::SignUpId, Expr::value(changed.sign_up_id))
        .col_expr(
            client::Column::LastActiveSessionId,
            Expr::value(changed.last_active_session_id),
        )
        .col_expr(
            client::Column::LastAuthenticationStrategy,
            Expr::value(changed.last_authentication_strategy),
        )
        .col_expr(client::Column::UpdatedAt, Expr::value(changed.updated_at))
        .filter(client::Column::Id.eq(changed.id))
        .exec(tx.scope().connection())
        .await?;
    tx.announce(Notice::Client(row.id));
    Ok(())
}

/// Stores a new development browser.
///
/// # Errors
/// When the database refuses the row.
pub async fn insert_dev_browser(tx: &Tx, row: dev_browser::Model) -> Result<(), DbErr> {
    tx.scope().insert(row).await
}

/// Points a development browser at a client (or at none), with a new rotating part if one is given.
///
/// # Errors
/// When the database cannot be reached.
pub async fn update_dev_browser(
    tx: &Tx,
    id: &DevBrowserId,
    client: Option<&ClientId>,
    rotating_digest: Option<&str>,
) -> Result<(), DbErr> {
    let mut update = tx
        .scope()
        .update::<dev_browser::Entity>()
        .col_expr(dev_browser::Column::ClientId, Expr::value(client.copied()))
        .col_expr(dev_browser::Column::UpdatedAt, Expr::value(tx.now()));
    if let Some(digest) = rotating_digest {
        update = update.col_expr(dev_browser::Column::RotatingDigest, Expr::value(digest));
    }
    update
        .filter(dev_browser::Column::Id.eq(*id))
        .exec(tx.scope().connection())
        .await?;
    Ok(())
}
