//! Sessions. Whether a stored session is still alive is for `domain::session` to say, from the row and the time.

use super::{Scope, Tx};
use entity::{
    UnixMilliseconds,
    id::{ClientId, SessionId, UserId},
    kind::SessionStatus,
    session, user,
};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, IntoActiveModel as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, sea_query::Expr,
};

/// The session.
///
/// # Errors
/// When the database cannot be reached.
pub async fn find<C: ConnectionTrait>(scope: Scope<'_, C>, id: &SessionId) -> Result<Option<session::Model>, DbErr> {
    scope.select::<session::Entity>().filter(session::Column::Id.eq(id.clone())).one(scope.connection()).await
}

/// The session and whose it is, in one statement.
///
/// # Errors
/// When the database cannot be reached.
pub async fn find_with_user<C: ConnectionTrait>(
    scope: Scope<'_, C>,
    id: &SessionId,
) -> Result<Option<(session::Model, Option<user::Model>)>, DbErr> {
    scope
        .select::<session::Entity>()
        .filter(session::Column::Id.eq(id.clone()))
        .find_also_related(user::Entity)
        .one(scope.connection())
        .await
}

/// The session, locked until the transaction ends.
///
/// # Errors
/// When the database cannot be reached.
pub async fn lock(tx: &Tx, id: &SessionId) -> Result<Option<session::Model>, DbErr> {
    tx.scope()
        .select::<session::Entity>()
        .filter(session::Column::Id.eq(id.clone()))
        .lock_exclusive()
        .one(tx.scope().connection())
        .await
}

/// The sessions that clients list, oldest first: those not taken out of them.
///
/// # Errors
/// When the database cannot be reached.
pub async fn list_of_clients<C: ConnectionTrait>(
    scope: Scope<'_, C>,
    clients: &[ClientId],
) -> Result<Vec<session::Model>, DbErr> {
    scope
        .select::<session::Entity>()
        .filter(session::Column::ClientId.is_in(clients.iter().cloned()))
        .filter(session::Column::Status.is_in([SessionStatus::Active, SessionStatus::Ended]))
        .order_by_asc(session::Column::Id)
        .all(scope.connection())
        .await
}

/// The sessions of those identifiers.
///
/// # Errors
/// When the database cannot be reached.
pub async fn by_ids<C: ConnectionTrait>(
    scope: Scope<'_, C>,
    ids: &[SessionId],
) -> Result<Vec<session::Model>, DbErr> {
    scope
        .select::<session::Entity>()
        .filter(session::Column::Id.is_in(ids.iter().cloned()))
        .all(scope.connection())
        .await
}

/// Stores a new session.
///
/// # Errors
/// When the database refuses the row.
pub async fn insert(tx: &Tx, row: session::Model) -> Result<(), DbErr> {
    session::Entity::insert(row.into_active_model()).exec_without_returning(tx.scope().connection()).await?;
    Ok(())
}

/// Gives an active session a final status. Returns whether it was active.
///
/// # Errors
/// When the database cannot be reached.
pub async fn consume_active(tx: &Tx, id: &SessionId, status: SessionStatus) -> Result<bool, DbErr> {
    let updated = tx
        .scope()
        .update::<session::Entity>()
        .col_expr(session::Column::Status, Expr::value(status))
        .col_expr(session::Column::UpdatedAt, Expr::value(tx.now()))
        .filter(session::Column::Id.eq(id.clone()))
        .filter(session::Column::Status.eq(SessionStatus::Active))
        .exec(tx.scope().connection())
        .await?;
    Ok(updated.rows_affected == 1)
}

/// Takes a session that was ended out of its client's list.
///
/// # Errors
/// When the database cannot be reached.
pub async fn remove_ended(tx: &Tx, client: &ClientId) -> Result<(), DbErr> {
    tx.scope()
        .update::<session::Entity>()
        .col_expr(session::Column::Status, Expr::value(SessionStatus::Removed))
        .col_expr(session::Column::UpdatedAt, Expr::value(tx.now()))
        .filter(session::Column::ClientId.eq(client.clone()))
        .filter(session::Column::Status.eq(SessionStatus::Ended))
        .exec(tx.scope().connection())
        .await?;
    Ok(())
}

/// Records activity: when, and what it makes of the expiry. Only while the session is active and unless somebody else
/// recorded later activity.
///
/// # Errors
/// When the database cannot be reached.
pub async fn update_activity<C: ConnectionTrait>(
    scope: Scope<'_, C>,
    id: &SessionId,
    now: UnixMilliseconds,
    expire_at: UnixMilliseconds,
    abandon_at: UnixMilliseconds,
) -> Result<(), DbErr> {
    scope
        .update::<session::Entity>()
        .col_expr(session::Column::LastActiveAt, Expr::value(now))
        .col_expr(session::Column::ExpireAt, Expr::value(expire_at))
        .col_expr(session::Column::AbandonAt, Expr::value(abandon_at))
        .filter(session::Column::Id.eq(id.clone()))
        .filter(session::Column::Status.eq(SessionStatus::Active))
        .filter(session::Column::LastActiveAt.lt(now))
        .exec(scope.connection())
        .await?;
    Ok(())
}

/// The active sessions of a user on a client.
///
/// # Errors
/// When the database cannot be reached.
pub async fn list_active_of_user<C: ConnectionTrait>(
    scope: Scope<'_, C>,
    client: &ClientId,
    user: &UserId,
) -> Result<Vec<session::Model>, DbErr> {
    scope
        .select::<session::Entity>()
        .filter(session::Column::ClientId.eq(client.clone()))
        .filter(session::Column::UserId.eq(user.clone()))
        .filter(session::Column::Status.eq(SessionStatus::Active))
        .all(scope.connection())
        .await
}
