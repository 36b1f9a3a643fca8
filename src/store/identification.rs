//! Identifications, and the verifications that prove them.

use super::{
    Scope, Tx,
    conflict::{self, Conflict},
    verification::challenge_of,
};
use domain::proof::Challenge;
use entity::{
    id::{IdentificationId, SignUpId, UserId},
    identification,
    kind::IdentificationKind,
    verification,
};
use kernel::notice::Notice;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DbErr, QueryFilter as _, QueryOrder as _, QuerySelect as _, Select,
    sea_query::{Expr, SimpleExpr},
};

/// An identification and its latest proof.
#[derive(Clone, Debug)]
pub struct IdentificationState {
    /// The row.
    pub row: identification::Model,
    /// The latest proof asked for it.
    pub verification: Option<Challenge>,
}

/// Whether the normalised value is claimed. One lookup of the unique index.
///
/// # Errors
/// When the database cannot be reached.
pub async fn is_claimed<C: ConnectionTrait>(
    scope: Scope<'_, C>,
    kind: IdentificationKind,
    value: &str,
) -> Result<bool, DbErr> {
    let found: Option<IdentificationId> = claimed(scope, kind, value)
        .select_only()
        .column(identification::Column::Id)
        .into_tuple()
        .one(scope.connection())
        .await?;
    Ok(found.is_some())
}

/// The claimed identification of that normalised value: one entry of the unique index.
pub(super) fn claimed<C: ConnectionTrait>(
    scope: Scope<'_, C>,
    kind: IdentificationKind,
    value: &str,
) -> Select<identification::Entity> {
    scope
        .select::<identification::Entity>()
        .filter(identification::Column::Kind.eq(kind))
        .filter(identification::Column::Value.eq(value))
        // Bare, not compared with a bound value: only so does SQLite see that the partial index answers.
        .filter(Expr::col((identification::Entity, identification::Column::Claimed)))
}

/// The identifications of users with what proved them, oldest first. One statement.
///
/// # Errors
/// When the database cannot be reached.
pub async fn list_of_users_with_proofs<C: ConnectionTrait>(
    scope: Scope<'_, C>,
    users: &[UserId],
) -> Result<Vec<IdentificationState>, DbErr> {
    list_with_proofs(scope, identification::Column::UserId.is_in(users.iter().copied())).await
}

/// The identifications given in a sign-up with what proves them, oldest first. One statement.
///
/// # Errors
/// When the database cannot be reached.
pub async fn list_of_sign_up<C: ConnectionTrait>(
    scope: Scope<'_, C>,
    sign_up: &SignUpId,
) -> Result<Vec<IdentificationState>, DbErr> {
    list_with_proofs(scope, identification::Column::SignUpId.eq(*sign_up)).await
}

async fn list_with_proofs<C: ConnectionTrait>(
    scope: Scope<'_, C>,
    whose: SimpleExpr,
) -> Result<Vec<IdentificationState>, DbErr> {
    let rows = scope
        .select::<identification::Entity>()
        .filter(whose)
        .order_by_asc(identification::Column::Id)
        .order_by_asc(verification::Column::Id)
        .find_also_related(verification::Entity)
        .all(scope.connection())
        .await?;
    states_of(rows)
}

/// Rows in the order of identifications and proofs as identifications with the latest proof each.
pub(super) fn states_of(
    rows: impl IntoIterator<Item = (identification::Model, Option<verification::Model>)>,
) -> Result<Vec<IdentificationState>, DbErr> {
    let mut states: Vec<IdentificationState> = Vec::new();
    for (row, proof) in rows {
        let verification = proof.as_ref().map(challenge_of).transpose()?;
        match states.last_mut().filter(|state| state.row.id == row.id) {
            Some(state) => state.verification = verification,
            None => states.push(IdentificationState { row, verification }),
        }
    }
    Ok(states)
}

/// Deletes an identification that belongs to nobody yet. What was asked for it goes when codes are cleaned up.
///
/// # Errors
/// When the database cannot be reached.
pub async fn delete_pending(tx: &Tx, id: &IdentificationId) -> Result<(), DbErr> {
    tx.scope()
        .delete::<identification::Entity>()
        .filter(identification::Column::Id.eq(*id))
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
    tx.announce(Notice::User(*user));
    let updated = tx
        .scope()
        .update::<identification::Entity>()
        .col_expr(identification::Column::UserId, Expr::value(*user))
        .col_expr(identification::Column::Claimed, Expr::value(true))
        .col_expr(identification::Column::Verified, Expr::value(is_verified))
        .col_expr(identification::Column::UpdatedAt, Expr::value(tx.now()))
        .filter(identification::Column::Id.eq(*id))
        .exec(tx.scope().connection())
        .await;
    Ok(conflict::catch(updated)?.map(drop))
}
