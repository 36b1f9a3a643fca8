//! Authenticator apps of users.
//!
//! Invariant: a step is accepted by a conditional update, so that of two requests with one code one succeeds.

use crate::{Scope, Tx};
use domain::factor::totp::FARTHEST_AHEAD;
use entity::{
    id::{TotpId, UserId},
    totp::{Column, Entity, Model},
};
use sea_orm::{ColumnTrait as _, ConnectionTrait, DbErr, ExprTrait as _, QueryFilter as _, sea_query::Expr};

/// The authenticator app of a user, verified or not.
///
/// # Errors
/// When the database cannot be reached.
pub async fn find<C: ConnectionTrait>(scope: Scope<'_, C>, user: &UserId) -> Result<Option<Model>, DbErr> {
    scope
        .select::<Entity>()
        .filter(Column::UserId.eq(*user))
        .one(scope.connection())
        .await
}

/// Stores a new one, in place of another that was never verified.
///
/// # Errors
/// When the database cannot be reached, or there is a verified one.
pub async fn replace(tx: &Tx, row: Model) -> Result<(), DbErr> {
    tx.scope()
        .delete::<Entity>()
        .filter(Column::UserId.eq(row.user_id))
        .filter(Column::Verified.eq(false))
        .exec(tx.scope().connection())
        .await?;
    tx.scope().insert(row).await
}

/// Takes a step of an app, if neither it nor a later one was taken before. Whether it was. `is_verified` says which state the
/// app must be in; it is verified afterwards. By the app, not by its owner: a code of one that was removed meanwhile is void.
///
/// # Errors
/// When the database cannot be reached.
pub async fn consume_step(tx: &Tx, id: &TotpId, step: i64, is_verified: bool) -> Result<bool, DbErr> {
    let is_free = Column::LastStep
        .is_null()
        .or(Column::LastStep.lt(step))
        .or(Column::LastStep.gt(step.saturating_add(FARTHEST_AHEAD)));
    let updated = tx
        .scope()
        .update::<Entity>()
        .col_expr(Column::LastStep, Expr::value(step))
        .col_expr(Column::Verified, Expr::value(true))
        .col_expr(Column::UpdatedAt, Expr::value(tx.now()))
        .filter(Column::Id.eq(*id))
        .filter(Column::Verified.eq(is_verified))
        .filter(is_free)
        .exec(tx.scope().connection())
        .await?;
    Ok(updated.rows_affected == 1)
}

/// Deletes the user's app, verified or not. Whether there was one.
///
/// # Errors
/// When the database cannot be reached.
pub async fn delete(tx: &Tx, user: &UserId) -> Result<bool, DbErr> {
    let deleted = tx
        .scope()
        .delete::<Entity>()
        .filter(Column::UserId.eq(*user))
        .exec(tx.scope().connection())
        .await?;
    Ok(deleted.rows_affected == 1)
}
