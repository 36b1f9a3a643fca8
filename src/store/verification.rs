//! Verifications: what was asked for to prove somebody or something. Each belongs to what asks for it, its owner.
//!
//! Invariant: an owner asks for each proof once; asking again writes the same row.

use super::{Scope, Tx};
use domain::proof::Challenge;
use entity::{
    id::{IdentificationId, VerificationId},
    verification::{Column, Entity, Model},
};
use sea_orm::{ColumnTrait as _, ConnectionTrait, DbErr, QueryFilter as _, sea_query::Expr};

/// The verification.
///
/// # Errors
/// When the database cannot be reached or the row makes none.
pub async fn find<C: ConnectionTrait>(scope: Scope<'_, C>, id: &VerificationId) -> Result<Option<Challenge>, DbErr> {
    scope.find::<Entity>(id).await?.as_ref().map(challenge_of).transpose()
}

/// The domain value of a row.
///
/// # Errors
/// When it was sent to what is no identification.
pub fn challenge_of(row: &Model) -> Result<Challenge, DbErr> {
    let target = match row.target_id.as_str() {
        "" => None,
        text => {
            let target: Result<IdentificationId, _> = text.parse();
            Some(target.map_err(|error| DbErr::Type(format!("the target of {}: {error}", row.id)))?)
        }
    };
    Ok(Challenge {
        id: row.id,
        purpose: row.purpose,
        strategy: row.strategy,
        target,
        status: row.status,
        attempts: row.attempts,
        serial: row.serial,
        expire_at: row.expire_at,
    })
}

/// Writes what changed of what an owner asks for.
///
/// # Errors
/// When the database refuses a row.
pub async fn save(tx: &Tx, owner: &str, before: &[Challenge], after: &[Challenge]) -> Result<(), DbErr> {
    let is_kept = |old: &&Challenge| after.iter().any(|challenge| challenge.id == old.id);
    for gone in before.iter().filter(|old| !is_kept(old)) {
        tx.scope()
            .delete::<Entity>()
            .filter(Column::Id.eq(gone.id))
            .exec(tx.scope().connection())
            .await?;
    }
    for challenge in after {
        match before.iter().find(|old| old.id == challenge.id) {
            Some(old) if old == challenge => {}
            Some(_) => update(tx, challenge).await?,
            None => insert(tx, owner, challenge).await?,
        }
    }
    Ok(())
}

async fn insert(tx: &Tx, owner: &str, challenge: &Challenge) -> Result<(), DbErr> {
    let row = Model {
        id: challenge.id,
        instance_id: *tx.instance(),
        owner_id: owner.to_owned(),
        purpose: challenge.purpose,
        strategy: challenge.strategy,
        status: challenge.status,
        attempts: challenge.attempts,
        serial: challenge.serial,
        target_id: challenge.target.as_ref().map(ToString::to_string).unwrap_or_default(),
        expire_at: challenge.expire_at,
        created_at: tx.now(),
        updated_at: tx.now(),
    };
    tx.scope().insert(row).await
}

async fn update(tx: &Tx, challenge: &Challenge) -> Result<(), DbErr> {
    tx.scope()
        .update::<Entity>()
        .col_expr(Column::Status, Expr::value(challenge.status))
        .col_expr(Column::Attempts, Expr::value(challenge.attempts))
        .col_expr(Column::Serial, Expr::value(challenge.serial))
        .col_expr(Column::ExpireAt, Expr::value(challenge.expire_at))
        .col_expr(Column::UpdatedAt, Expr::value(tx.now()))
        .filter(Column::Id.eq(challenge.id))
        .exec(tx.scope().connection())
        .await?;
    Ok(())
}
