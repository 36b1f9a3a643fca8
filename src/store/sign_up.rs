//! Sign-ups.

use super::{Scope, Tx};
use crate::store::notice::Notice;
use entity::{id::SignUpId, sign_up};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, IntoActiveModel as _, QueryFilter as _, QuerySelect as _,
    sea_query::Expr,
};

/// The sign-up.
///
/// # Errors
/// When the database cannot be reached.
pub async fn find<C: ConnectionTrait>(scope: Scope<'_, C>, id: &SignUpId) -> Result<Option<sign_up::Model>, DbErr> {
    scope.select::<sign_up::Entity>().filter(sign_up::Column::Id.eq(id.clone())).one(scope.connection()).await
}

/// The sign-up, locked until the transaction ends.
///
/// # Errors
/// When the database cannot be reached.
pub async fn lock(tx: &Tx, id: &SignUpId) -> Result<Option<sign_up::Model>, DbErr> {
    tx.scope()
        .select::<sign_up::Entity>()
        .filter(sign_up::Column::Id.eq(id.clone()))
        .lock_exclusive()
        .one(tx.scope().connection())
        .await
}

/// Stores a new sign-up.
///
/// # Errors
/// When the database refuses the row.
pub async fn insert(tx: &Tx, row: sign_up::Model) -> Result<(), DbErr> {
    sign_up::Entity::insert(row.into_active_model()).exec_without_returning(tx.scope().connection()).await?;
    Ok(())
}

/// Writes back a sign-up and tells its listeners.
///
/// # Errors
/// When the database cannot be reached.
pub async fn save(tx: &mut Tx, row: sign_up::Model) -> Result<(), DbErr> {
    tx.announce(Notice::SignUp(row.id.clone()));
    tx.scope()
        .update::<sign_up::Entity>()
        .col_expr(sign_up::Column::Status, Expr::value(row.status))
        .col_expr(sign_up::Column::PasswordDigest, Expr::value(row.password_digest))
        .col_expr(sign_up::Column::FirstName, Expr::value(row.first_name))
        .col_expr(sign_up::Column::LastName, Expr::value(row.last_name))
        .col_expr(sign_up::Column::UnsafeMetadata, Expr::value(row.unsafe_metadata))
        .col_expr(sign_up::Column::CreatedUserId, Expr::value(row.created_user_id))
        .col_expr(sign_up::Column::CreatedSessionId, Expr::value(row.created_session_id))
        .col_expr(sign_up::Column::UpdatedAt, Expr::value(tx.now()))
        .filter(sign_up::Column::Id.eq(row.id))
        .exec(tx.scope().connection())
        .await?;
    Ok(())
}
