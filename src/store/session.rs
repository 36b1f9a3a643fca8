//! Sessions, as domain values. Whether one is still alive is for `domain::session` to say, from the value and the time.
//!
//! Invariant: whoever begins or ends a session tells so those who remember its client.

use super::{Scope, Tx};
use domain::session::{Session, TOUCH_INTERVAL_MS};
use entity::{
    UnixMilliseconds,
    id::{ClientId, SessionId, UserId},
    kind::SessionStatus,
    session,
};
use kernel::notice::Notice;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DbErr, ExprTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
    sea_query::Expr,
};

/// The session.
///
/// # Errors
/// When the database cannot be reached.
pub async fn find<C: ConnectionTrait>(scope: Scope<'_, C>, id: &SessionId) -> Result<Option<Session>, DbErr> {
    Ok(scope.find::<session::Entity>(id).await?.as_ref().map(session_of))
}

/// Those of these sessions that there are.
///
/// # Errors
/// When the database cannot be reached.
pub async fn list<C: ConnectionTrait>(scope: Scope<'_, C>, ids: &[SessionId]) -> Result<Vec<Session>, DbErr> {
    let rows = scope.list::<session::Entity>(session::Column::Id, ids).await?;
    Ok(rows.iter().map(session_of).collect())
}

/// The sessions that clients list, oldest first: those not taken out of them.
///
/// # Errors
/// When the database cannot be reached.
pub async fn list_of_clients<C: ConnectionTrait>(
    scope: Scope<'_, C>,
    clients: &[ClientId],
) -> Result<Vec<Session>, DbErr> {
    let rows = scope
        .select::<session::Entity>()
        .filter(session::Column::ClientId.is_in(clients.iter().copied()))
        .filter(session::Column::Status.is_in([SessionStatus::Active, SessionStatus::Ended]))
        .order_by_asc(session::Column::Id)
        .all(scope.connection())
        .await?;
    Ok(rows.iter().map(session_of).collect())
}

/// Whether somebody has ever signed in as that user on that client, as far as sessions are kept: whatever became of them. With
/// `second_since`, only whoever has given a second proof from then on counts.
///
/// # Errors
/// When the database cannot be reached.
pub async fn has_any<C: ConnectionTrait>(
    scope: Scope<'_, C>,
    client: &ClientId,
    user: &UserId,
    second_since: Option<UnixMilliseconds>,
) -> Result<bool, DbErr> {
    let mut sessions = scope
        .select::<session::Entity>()
        .filter(session::Column::ClientId.eq(*client))
        .filter(session::Column::UserId.eq(*user));
    if let Some(since) = second_since {
        sessions = sessions.filter(session::Column::SecondFactorVerifiedAt.gte(since));
    }
    let found: Option<SessionId> = sessions
        .select_only()
        .column(session::Column::Id)
        .limit(1)
        .into_tuple()
        .one(scope.connection())
        .await?;
    Ok(found.is_some())
}

/// Stores a new session.
///
/// # Errors
/// When the database refuses the row.
pub async fn insert(tx: &mut Tx, session: &Session) -> Result<(), DbErr> {
    tx.announce(Notice::Client(session.client_id));
    let row = session::Model {
        id: session.id,
        instance_id: *tx.instance(),
        client_id: session.client_id,
        user_id: session.user_id,
        status: session.status,
        expire_at: session.expire_at,
        abandon_at: session.abandon_at,
        last_active_at: session.last_active_at,
        first_factor_verified_at: session.first_factor_verified_at,
        second_factor_verified_at: session.second_factor_verified_at,
        created_at: session.created_at,
        updated_at: session.updated_at,
    };
    tx.scope().insert(row).await
}

/// Gives an active session a final status. Returns whether it was active.
///
/// # Errors
/// When the database cannot be reached.
pub async fn consume_active(tx: &mut Tx, session: &Session, status: SessionStatus) -> Result<bool, DbErr> {
    tx.announce(Notice::Client(session.client_id));
    let updated = tx
        .scope()
        .update::<session::Entity>()
        .col_expr(session::Column::Status, Expr::value(status))
        .col_expr(session::Column::UpdatedAt, Expr::value(tx.now()))
        .filter(session::Column::Id.eq(session.id))
        .filter(session::Column::ClientId.eq(session.client_id))
        .filter(session::Column::Status.eq(SessionStatus::Active))
        .exec(tx.scope().connection())
        .await?;
    Ok(updated.rows_affected == 1)
}

/// Records that a second proof was given in an active session now. Returns whether it was active.
///
/// # Errors
/// When the database cannot be reached.
pub async fn update_second_factor(tx: &mut Tx, session: &Session) -> Result<bool, DbErr> {
    tx.announce(Notice::Client(session.client_id));
    let updated = tx
        .scope()
        .update::<session::Entity>()
        .col_expr(session::Column::SecondFactorVerifiedAt, Expr::value(tx.now()))
        .col_expr(session::Column::UpdatedAt, Expr::value(tx.now()))
        .filter(session::Column::Id.eq(session.id))
        .filter(session::Column::ClientId.eq(session.client_id))
        .filter(session::Column::Status.eq(SessionStatus::Active))
        .exec(tx.scope().connection())
        .await?;
    Ok(updated.rows_affected == 1)
}

/// Takes a session that was ended out of its client's list. Returns whether it was in it.
///
/// # Errors
/// When the database cannot be reached.
pub async fn remove_ended(tx: &mut Tx, session: &Session) -> Result<bool, DbErr> {
    tx.announce(Notice::Client(session.client_id));
    let updated = tx
        .scope()
        .update::<session::Entity>()
        .col_expr(session::Column::Status, Expr::value(SessionStatus::Removed))
        .col_expr(session::Column::UpdatedAt, Expr::value(tx.now()))
        .filter(session::Column::Id.eq(session.id))
        .filter(session::Column::ClientId.eq(session.client_id))
        .filter(session::Column::Status.eq(SessionStatus::Ended))
        .exec(tx.scope().connection())
        .await?;
    Ok(updated.rows_affected == 1)
}

/// Records the activity of a touched session. Only while it is active and unless somebody recorded later activity, or one so
/// much later that the clock has been put back since. Nobody is told: whoever remembers the session finds out within a minute.
///
/// # Errors
/// When the database cannot be reached.
pub async fn update_activity<C: ConnectionTrait>(scope: Scope<'_, C>, touched: &Session) -> Result<(), DbErr> {
    let now = touched.last_active_at;
    let is_older = session::Column::LastActiveAt
        .lt(now)
        .or(session::Column::LastActiveAt.gte(now.saturating_add(TOUCH_INTERVAL_MS)));
    scope
        .update::<session::Entity>()
        .col_expr(session::Column::LastActiveAt, Expr::value(now))
        .col_expr(session::Column::ExpireAt, Expr::value(touched.expire_at))
        .col_expr(session::Column::AbandonAt, Expr::value(touched.abandon_at))
        .col_expr(session::Column::UpdatedAt, Expr::value(touched.updated_at))
        .filter(session::Column::Id.eq(touched.id))
        .filter(session::Column::Status.eq(SessionStatus::Active))
        .filter(is_older)
        .exec(scope.connection())
        .await?;
    Ok(())
}

fn session_of(row: &session::Model) -> Session {
    Session {
        id: row.id,
        client_id: row.client_id,
        user_id: row.user_id,
        status: row.status,
        expire_at: row.expire_at,
        abandon_at: row.abandon_at,
        last_active_at: row.last_active_at,
        first_factor_verified_at: row.first_factor_verified_at,
        second_factor_verified_at: row.second_factor_verified_at,
        created_at: row.created_at,
        updated_at: row.updated_at,
    }
}
