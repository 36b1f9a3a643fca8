//! Budgets that must be exact: counted in the database, in one statement.

use super::Tx;
use domain::clock::latest_beginning;
use entity::budget;
use sea_orm::{
    ActiveValue::Set,
    DbErr, ExprTrait as _,
    sea_query::{Expr, OnConflict},
};

/// Spends one of a budget whose window is `window` milliseconds long; a window that is over begins anew, and so does one
/// that cannot have begun yet. Returns how much of the present window is spent now, this one included.
///
/// # Errors
/// When the database cannot be reached.
pub async fn spend(tx: &Tx, subject: &str, window: i64) -> Result<i32, DbErr> {
    let row = budget::ActiveModel {
        id: Set(tx.id()),
        instance_id: Set(*tx.instance()),
        subject: Set(subject.to_owned()),
        window_started_at: Set(tx.now()),
        spent: Set(1),
    };
    let stored = |column| Expr::col((budget::Entity, column));
    let is_over = || {
        let started = || stored(budget::Column::WindowStartedAt);
        let latest = latest_beginning(window, tx.now());
        started().lte(tx.now() - window).or(started().gt(latest))
    };
    let upsert = OnConflict::columns([budget::Column::InstanceId, budget::Column::Subject])
        .value(
            budget::Column::Spent,
            Expr::case(is_over(), 1).finally(stored(budget::Column::Spent).add(1)),
        )
        .value(
            budget::Column::WindowStartedAt,
            Expr::case(is_over(), tx.now()).finally(stored(budget::Column::WindowStartedAt)),
        )
        .to_owned();
    let stored = tx
        .scope()
        .inserting::<budget::Entity, _>(row)
        .on_conflict(upsert)
        .exec_with_returning(tx.scope().connection())
        .await?;
    Ok(stored.spent)
}
