//! Identifications, and the verifications that prove them.

use super::{
    Scope, Tx,
    conflict::{self, Conflict},
};
use domain::verification::Verification;
use entity::{
    id::{IdentificationId, SignUpId, UserId, VerificationId},
    identification,
    kind::IdentificationKind,
    verification,
};
use kernel::notice::Notice;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, IntoActiveModel as _, JoinType, QueryFilter as _,
    QueryOrder as _, QuerySelect as _,
    sea_query::{Expr, SimpleExpr},
};

/// An identification and its latest proof.
#[derive(Clone, Debug)]
pub struct IdentificationState {
    /// The row.
    pub row: identification::Model,
    /// The latest proof asked for it.
    pub verification: Option<Verification>,
}

/// The identification.
///
/// # Errors
/// When the database cannot be reached.
pub async fn find<C: ConnectionTrait>(
    scope: Scope<'_, C>,
    id: &IdentificationId,
) -> Result<Option<identification::Model>, DbErr> {
    scope
        .select::<identification::Entity>()
        .filter(identification::Column::Id.eq(id.clone()))
        .one(scope.connection())
        .await
}

/// The claimed identification of that normalised value, and whose it is. One lookup of the unique index.
///
/// # Errors
/// When the database cannot be reached.
pub async fn find_claimed<C: ConnectionTrait>(
    scope: Scope<'_, C>,
    kind: IdentificationKind,
    value: &str,
) -> Result<Option<(IdentificationId, Option<UserId>)>, DbErr> {
    scope
        .select::<identification::Entity>()
        .filter(identification::Column::Kind.eq(kind))
        .filter(identification::Column::Value.eq(value))
        // Bare, not compared with a bound value: only so does SQLite see that the partial index answers.
        .filter(Expr::col((identification::Entity, identification::Column::Claimed)))
        .select_only()
        .columns([identification::Column::Id, identification::Column::UserId])
        .into_tuple()
        .one(scope.connection())
        .await
}

/// The identifications of users, oldest first.
///
/// # Errors
/// When the database cannot be reached.
pub async fn list_of_users<C: ConnectionTrait>(
    scope: Scope<'_, C>,
    users: &[UserId],
) -> Result<Vec<identification::Model>, DbErr> {
    scope
        .select::<identification::Entity>()
        .filter(identification::Column::UserId.is_in(users.iter().cloned()))
        .order_by_asc(identification::Column::Id)
        .all(scope.connection())
        .await
}

/// The identifications of users with what proved them, oldest first. One statement.
///
/// # Errors
/// When the database cannot be reached.
pub async fn list_of_users_with_proofs<C: ConnectionTrait>(
    scope: Scope<'_, C>,
    users: &[UserId],
) -> Result<Vec<IdentificationState>, DbErr> {
    list_with_proofs(scope, identification::Column::UserId.is_in(users.iter().cloned())).await
}

/// The identifications given in a sign-up with what proves them, oldest first. One statement.
///
/// # Errors
/// When the database cannot be reached.
pub async fn list_of_sign_up<C: ConnectionTrait>(
    scope: Scope<'_, C>,
    sign_up: &SignUpId,
) -> Result<Vec<IdentificationState>, DbErr> {
    list_with_proofs(scope, identification::Column::SignUpId.eq(sign_up.clone())).await
}

async fn list_with_proofs<C: ConnectionTrait>(
    scope: Scope<'_, C>,
    whose: SimpleExpr,
) -> Result<Vec<IdentificationState>, DbErr> {
    let latest_proof = identification::Entity::belongs_to(verification::Entity)
        .from(identification::Column::VerificationId)
        .to(verification::Column::Id)
        .into();
    let rows = scope
        .select::<identification::Entity>()
        .filter(whose)
        .order_by_asc(identification::Column::Id)
        .join(JoinType::LeftJoin, latest_proof)
        .select_also(verification::Entity)
        .all(scope.connection())
        .await?;
    let state = |(row, verification): (_, Option<_>)| IdentificationState {
        row,
        verification: verification.map(verification_of),
    };
    Ok(rows.into_iter().map(state).collect())
}

/// Deletes the identification of a kind that a sign-up gave before.
///
/// # Errors
/// When the database cannot be reached.
pub async fn delete_of_sign_up(tx: &Tx, sign_up: &SignUpId, kind: IdentificationKind) -> Result<(), DbErr> {
    identification::Entity::delete_many()
        .filter(identification::Column::InstanceId.eq(tx.instance().clone()))
        .filter(identification::Column::SignUpId.eq(sign_up.clone()))
        .filter(identification::Column::Kind.eq(kind))
        .filter(identification::Column::UserId.is_null())
        .exec(tx.scope().connection())
        .await?;
    Ok(())
}

/// Gives the identification to a user and claims its value, or reports that somebody else has claimed it.
///
/// # Errors
/// When the database cannot be reached.
pub async fn claim(
    tx: &mut Tx,
    id: &IdentificationId,
    user: &UserId,
    is_verified: bool,
) -> Result<Result<(), Conflict>, DbErr> {
    tx.announce(Notice::User(user.clone()));
    let updated = tx
        .scope()
        .update::<identification::Entity>()
        .col_expr(identification::Column::UserId, Expr::value(user.clone()))
        .col_expr(identification::Column::Claimed, Expr::value(true))
        .col_expr(identification::Column::Verified, Expr::value(is_verified))
        .col_expr(identification::Column::UpdatedAt, Expr::value(tx.now()))
        .filter(identification::Column::Id.eq(id.clone()))
        .exec(tx.scope().connection())
        .await;
    Ok(conflict::catch(updated)?.map(drop))
}

/// Points an identification at the proof that is being asked for it.
///
/// # Errors
/// When the database cannot be reached.
pub async fn update_verification(tx: &Tx, id: &IdentificationId, verification: &VerificationId) -> Result<(), DbErr> {
    tx.scope()
        .update::<identification::Entity>()
        .col_expr(
            identification::Column::VerificationId,
            Expr::value(verification.clone()),
        )
        .col_expr(identification::Column::UpdatedAt, Expr::value(tx.now()))
        .filter(identification::Column::Id.eq(id.clone()))
        .exec(tx.scope().connection())
        .await?;
    Ok(())
}

/// The verification.
///
/// # Errors
/// When the database cannot be reached.
pub async fn find_verification<C: ConnectionTrait>(
    scope: Scope<'_, C>,
    id: &VerificationId,
) -> Result<Option<verification::Model>, DbErr> {
    scope
        .select::<verification::Entity>()
        .filter(verification::Column::Id.eq(id.clone()))
        .one(scope.connection())
        .await
}

/// The domain value of a row.
#[must_use]
pub fn verification_of(row: verification::Model) -> Verification {
    Verification {
        id: row.id,
        purpose: row.purpose,
        strategy: row.strategy,
        status: row.status,
        attempts: row.attempts,
        serial: row.serial,
        expire_at: row.expire_at,
    }
}

/// Stores a new verification.
///
/// # Errors
/// When the database refuses the row.
pub async fn insert_verification(
    tx: &Tx,
    verification: &Verification,
    identification: Option<&IdentificationId>,
) -> Result<(), DbErr> {
    let row = verification::Model {
        id: verification.id.clone(),
        instance_id: tx.instance().clone(),
        purpose: verification.purpose,
        strategy: verification.strategy,
        status: verification.status,
        attempts: verification.attempts,
        serial: verification.serial,
        identification_id: identification.cloned(),
        expire_at: verification.expire_at,
        created_at: tx.now(),
        updated_at: tx.now(),
    };
    verification::Entity::insert(row.into_active_model())
        .exec_without_returning(tx.scope().connection())
        .await?;
    Ok(())
}

/// Writes back a verification.
///
/// # Errors
/// When the database cannot be reached.
pub async fn save_verification(tx: &Tx, verification: &Verification) -> Result<(), DbErr> {
    tx.scope()
        .update::<verification::Entity>()
        .col_expr(verification::Column::Status, Expr::value(verification.status))
        .col_expr(verification::Column::Attempts, Expr::value(verification.attempts))
        .col_expr(verification::Column::Serial, Expr::value(verification.serial))
        .col_expr(verification::Column::ExpireAt, Expr::value(verification.expire_at))
        .col_expr(verification::Column::UpdatedAt, Expr::value(tx.now()))
        .filter(verification::Column::Id.eq(verification.id.clone()))
        .exec(tx.scope().connection())
        .await?;
    Ok(())
}
