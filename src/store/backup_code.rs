//! Codes that stand in for a second proof.
//!
//! Invariant: a code is used by deleting its row, so that of two requests with one code one succeeds.

use crate::{Scope, Tx};
use entity::{
    backup_code::{Column, Entity, Model},
    id::UserId,
};
use sea_orm::{ColumnTrait as _, ConnectionTrait, DbErr, PaginatorTrait as _, QueryFilter as _};

/// Gives a user these codes instead of all that they had.
///
/// # Errors
/// When the database cannot be reached.
pub async fn replace(tx: &Tx, user: &UserId, digests: Vec<String>) -> Result<(), DbErr> {
    delete_all(tx, user).await?;
    let row = |digest| Model {
        instance_id: *tx.instance(),
        user_id: *user,
        digest,
        created_at: tx.now(),
    };
    tx.scope().insert_all(digests.into_iter().map(row)).await
}

/// Uses a code of a user, known by any of these hashes. Whether there was one.
///
/// # Errors
/// When the database cannot be reached.
pub async fn consume(tx: &Tx, user: &UserId, digests: Vec<String>) -> Result<bool, DbErr> {
    let deleted = tx
        .scope()
        .delete::<Entity>()
        .filter(Column::UserId.eq(*user))
        .filter(Column::Digest.is_in(digests))
        .exec(tx.scope().connection())
        .await?;
    Ok(deleted.rows_affected == 1)
}

/// How many codes a user has left.
///
/// # Errors
/// When the database cannot be reached.
pub async fn count<C: ConnectionTrait>(scope: Scope<'_, C>, user: &UserId) -> Result<u64, DbErr> {
    scope
        .select::<Entity>()
        .filter(Column::UserId.eq(*user))
        .count(scope.connection())
        .await
}

/// Deletes all codes of a user.
///
/// # Errors
/// When the database cannot be reached.
pub async fn delete_all(tx: &Tx, user: &UserId) -> Result<(), DbErr> {
    tx.scope()
        .delete::<Entity>()
        .filter(Column::UserId.eq(*user))
        .exec(tx.scope().connection())
        .await?;
    Ok(())
}
