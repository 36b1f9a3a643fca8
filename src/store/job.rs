//! The job table: enqueue, claim by lease, finish, retry, bury.
//!
//! Claiming is a conditional `UPDATE .. RETURNING` whose outer condition repeats the inner one, the same statement on both
//! databases: row locks are not portable. While a job is claimed its `run_at` is the end of the lease, so a job whose
//! holder died becomes due again by itself. A time that lies further ahead than any wait or lease can was written by a clock
//! that was wrong, and holds nobody up.

#![expect(
    clippy::disallowed_methods,
    reason = "the worker carries out the jobs of every instance"
)]

use super::Scope;
use domain::clock::{SKEW, latest_end};
use entity::{UnixMilliseconds, id::JobId, job, kind::JobStatus};
use kernel::outbox::{Job, LONGEST_WAIT};
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, Condition, ConnectionTrait, DbErr, EntityTrait as _, ExprTrait as _,
    QueryFilter as _, QueryOrder as _, QuerySelect as _, QueryTrait as _, sea_query::Expr,
};

/// Adds a job that is due at once.
///
/// # Errors
/// When the database refuses the row.
pub async fn enqueue<C: ConnectionTrait, J: Job>(
    scope: Scope<'_, C>,
    id: JobId,
    now: UnixMilliseconds,
    payload: &J,
) -> Result<(), DbErr> {
    let row = job::ActiveModel {
        id: Set(id),
        instance_id: Set(*scope.instance()),
        name: Set(J::NAME.to_owned()),
        payload: Set(serde_json::to_value(payload).map_err(|error| DbErr::Json(error.to_string()))?),
        dedupe_key: Set(None),
        status: Set(JobStatus::Pending),
        attempts: Set(0),
        run_at: Set(now),
        created_at: Set(now),
        ..Default::default()
    };
    scope
        .inserting::<job::Entity, _>(row)
        .exec_without_returning(scope.connection())
        .await?;
    Ok(())
}

/// Claims up to `limit` due jobs of any instance for `lease`, until `now + lease_for`.
///
/// # Errors
/// When the database cannot be reached.
pub async fn claim<C: ConnectionTrait>(
    connection: &C,
    lease: &str,
    now: UnixMilliseconds,
    lease_for: i64,
    limit: u64,
) -> Result<Vec<job::Model>, DbErr> {
    let due = || {
        Condition::all().add(job::Column::Status.eq(JobStatus::Pending)).add(
            Condition::any()
                .add(job::Column::RunAt.lte(now))
                .add(job::Column::RunAt.gt(latest_end(LONGEST_WAIT, now)))
                // One that never ran was due when it was made.
                .add(job::Column::Attempts.eq(0).and(job::Column::RunAt.gt(now + SKEW))),
        )
    };
    let candidates = job::Entity::find()
        .select_only()
        .column(job::Column::Id)
        .filter(due())
        .order_by_asc(job::Column::RunAt)
        .order_by_asc(job::Column::Id)
        .limit(limit)
        .into_query();
    job::Entity::update_many()
        .col_expr(job::Column::Lease, Expr::value(lease))
        .col_expr(job::Column::RunAt, Expr::value(now + lease_for))
        .col_expr(job::Column::Attempts, Expr::col(job::Column::Attempts).add(1))
        .filter(job::Column::Id.in_subquery(candidates))
        .filter(due())
        .exec_with_returning(connection)
        .await
}

/// Removes a job that was carried out, if `lease` still holds it. Returns whether it did.
///
/// # Errors
/// When the database cannot be reached.
pub async fn finish<C: ConnectionTrait>(connection: &C, job: &job::Model) -> Result<bool, DbErr> {
    let deleted = job::Entity::delete_many().filter(held(job)).exec(connection).await?;
    Ok(deleted.rows_affected == 1)
}

/// Makes a job due again at `run_at` because its run failed, if its lease still holds.
///
/// # Errors
/// When the database cannot be reached.
pub async fn retry<C: ConnectionTrait>(
    connection: &C,
    job: &job::Model,
    run_at: UnixMilliseconds,
    error: &str,
) -> Result<(), DbErr> {
    job::Entity::update_many()
        .col_expr(job::Column::RunAt, Expr::value(run_at))
        .col_expr(job::Column::LastError, Expr::value(error))
        .filter(held(job))
        .exec(connection)
        .await?;
    Ok(())
}

/// Gives a job up and keeps it for an operator, if its lease still holds.
///
/// # Errors
/// When the database cannot be reached.
pub async fn bury<C: ConnectionTrait>(connection: &C, job: &job::Model, error: &str) -> Result<(), DbErr> {
    job::Entity::update_many()
        .col_expr(job::Column::Status, Expr::value(JobStatus::Dead))
        .col_expr(job::Column::LastError, Expr::value(error))
        .filter(held(job))
        .exec(connection)
        .await?;
    Ok(())
}

/// How many jobs were given up and wait for an operator.
///
/// # Errors
/// When the database cannot be reached.
pub async fn count_dead<C: ConnectionTrait>(connection: &C) -> Result<u64, DbErr> {
    use sea_orm::PaginatorTrait as _;
    job::Entity::find()
        .filter(job::Column::Status.eq(JobStatus::Dead))
        .count(connection)
        .await
}

fn held(job: &job::Model) -> Condition {
    Condition::all()
        .add(job::Column::Id.eq(job.id))
        .add(job::Column::Lease.eq(job.lease.clone()))
}
