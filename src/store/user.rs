//! Users.

use super::{Scope, Tx};
use entity::{UnixMilliseconds, id::UserId, user};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, IntoActiveModel as _, QueryFilter as _,
    QuerySelect as _,
    sea_query::{Expr, LockType},
};

/// The user.
///
/// # Errors
/// When the database cannot be reached.
pub async fn find<C: ConnectionTrait>(scope: Scope<'_, C>, id: &UserId) -> Result<Option<user::Model>, DbErr> {
    scope
        .select::<user::Entity>()
        .filter(user::Column::Id.eq(id.clone()))
        .one(scope.connection())
        .await
}

/// The user, locked until the transaction ends: counting wrong attempts must not lose one.
///
/// # Errors
/// When the database cannot be reached.
pub async fn lock(tx: &Tx, id: &UserId) -> Result<Option<user::Model>, DbErr> {
    tx.scope()
        .select::<user::Entity>()
        .filter(user::Column::Id.eq(id.clone()))
        .lock(LockType::NoKeyUpdate)
        .one(tx.scope().connection())
        .await
}

/// The users of those identifiers.
///
/// # Errors
/// When the database cannot be reached.
pub async fn by_ids<C: ConnectionTrait>(scope: Scope<'_, C>, ids: &[UserId]) -> Result<Vec<user::Model>, DbErr> {
    scope
        .select::<user::Entity>()
        .filter(user::Column::Id.is_in(ids.iter().cloned()))
        .all(scope.connection())
        .await
}

/// Stores a new user.
///
/// # Errors
/// When the database refuses the row.
pub async fn insert(tx: &Tx, row: user::Model) -> Result<(), DbErr> {
    user::Entity::insert(row.into_active_model())
        .exec_without_returning(tx.scope().connection())
        .await?;
    Ok(())
}

/// Records the lockout counter.
///
/// # Errors
/// When the database cannot be reached.
pub async fn update_lockout(
    tx: &Tx,
    id: &UserId,
    failed_attempts: i32,
    locked_until: Option<UnixMilliseconds>,
) -> Result<(), DbErr> {
    tx.scope()
        .update::<user::Entity>()
        .col_expr(user::Column::FailedAttempts, Expr::value(failed_attempts))
        .col_expr(user::Column::LockedUntil, Expr::value(locked_until))
        .filter(user::Column::Id.eq(id.clone()))
        .exec(tx.scope().connection())
        .await?;
    Ok(())
}

/// Records a sign-in, and the counter that it reset.
///
/// # Errors
/// When the database cannot be reached.
pub async fn update_signed_in(tx: &Tx, id: &UserId) -> Result<(), DbErr> {
    tx.scope()
        .update::<user::Entity>()
        .col_expr(user::Column::LastSignInAt, Expr::value(tx.now()))
        .col_expr(user::Column::LastActiveAt, Expr::value(tx.now()))
        .col_expr(user::Column::FailedAttempts, Expr::value(0))
        .col_expr(user::Column::LockedUntil, Expr::value(None::<i64>))
        .filter(user::Column::Id.eq(id.clone()))
        .exec(tx.scope().connection())
        .await?;
    Ok(())
}

/// Replaces a password digest by an up-to-date one of the same password, unless it changed meanwhile.
///
/// # Errors
/// When the database cannot be reached.
pub async fn upgrade_password_digest(tx: &Tx, id: &UserId, from: &str, to: &str) -> Result<(), DbErr> {
    tx.scope()
        .update::<user::Entity>()
        .col_expr(user::Column::PasswordDigest, Expr::value(to))
        .filter(user::Column::Id.eq(id.clone()))
        .filter(user::Column::PasswordDigest.eq(from))
        .exec(tx.scope().connection())
        .await?;
    Ok(())
}

/// Records when the user was last active.
///
/// # Errors
/// When the database cannot be reached.
pub async fn update_activity<C: ConnectionTrait>(
    scope: Scope<'_, C>,
    id: &UserId,
    now: UnixMilliseconds,
) -> Result<(), DbErr> {
    scope
        .update::<user::Entity>()
        .col_expr(user::Column::LastActiveAt, Expr::value(now))
        .filter(user::Column::Id.eq(id.clone()))
        .exec(scope.connection())
        .await?;
    Ok(())
}
