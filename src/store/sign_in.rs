//! Sign-ins.

use super::{Scope, Tx};
use crate::store::notice::Notice;
use entity::{id::SignInId, sign_in};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, IntoActiveModel as _, QueryFilter as _, QuerySelect as _,
    sea_query::Expr,
};

/// The sign-in.
///
/// # Errors
/// When the database cannot be reached.
pub async fn find<C: ConnectionTrait>(scope: Scope<'_, C>, id: &SignInId) -> Result<Option<sign_in::Model>, DbErr> {
    scope.select::<sign_in::Entity>().filter(sign_in::Column::Id.eq(id.clone())).one(scope.connection()).await
}

/// The sign-in, locked until the transaction ends.
///
/// # Errors
/// When the database cannot be reached.
pub async fn lock(tx: &Tx, id: &SignInId) -> Result<Option<sign_in::Model>, DbErr> {
    tx.scope()
        .select::<sign_in::Entity>()
        .filter(sign_in::Column::Id.eq(id.clone()))
        .lock_exclusive()
        .one(tx.scope().connection())
        .await
}

/// Stores a new sign-in.
///
/// # Errors
/// When the database refuses the row.
pub async fn insert(tx: &Tx, row: sign_in::Model) -> Result<(), DbErr> {
    sign_in::Entity::insert(row.into_active_model()).exec_without_returning(tx.scope().connection()).await?;
    Ok(())
}

/// Writes back a sign-in and tells its listeners.
///
/// # Errors
/// When the database cannot be reached.
pub async fn save(tx: &mut Tx, row: sign_in::Model) -> Result<(), DbErr> {
    tx.announce(Notice::SignIn(row.id.clone()));
    tx.scope()
        .update::<sign_in::Entity>()
        .col_expr(sign_in::Column::Status, Expr::value(row.status))
        .col_expr(sign_in::Column::Identifier, Expr::value(row.identifier))
        .col_expr(sign_in::Column::IdentificationId, Expr::value(row.identification_id))
        .col_expr(sign_in::Column::UserId, Expr::value(row.user_id))
        .col_expr(sign_in::Column::FirstFactorVerificationId, Expr::value(row.first_factor_verification_id))
        .col_expr(sign_in::Column::CreatedSessionId, Expr::value(row.created_session_id))
        .col_expr(sign_in::Column::UpdatedAt, Expr::value(tx.now()))
        .filter(sign_in::Column::Id.eq(row.id))
        .exec(tx.scope().connection())
        .await?;
    Ok(())
}
