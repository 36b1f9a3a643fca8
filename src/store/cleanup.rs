//! Deleting what is long over, a batch at a time. Not scoped: housekeeping goes through every instance.
//!
//! Invariant: the condition that a row is over is part of the statement that deletes it, and rows that point to others
//! go first. Identifiers are time-ordered, so each search reads the primary key from its old end and stops at the cut-off.

#![expect(clippy::disallowed_methods, reason = "housekeeping goes through every instance")]

use entity::{
    UnixMilliseconds, budget, client, dev_message,
    id::{ClientId, ID_ENTROPY_BYTES, InstanceId, SignUpId, TypedId},
    identification,
    kind::{ClientStatus, SessionStatus},
    lockout, session, sign_in, sign_up, verification,
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, ExprTrait as _, FromQueryResult, IntoSimpleExpr as _,
    QueryFilter as _, QueryOrder as _, QuerySelect as _, TryGetable, Value,
    sea_query::{Expr, Query, SelectStatement},
};
use std::collections::BTreeMap;

/// Rows deleted by one statement, so that other writers wait only for moments.
const BATCH: u64 = 500;

/// Deletes sign-ins that ended or were given up before `before`. Returns how many.
///
/// # Errors
/// When the database cannot be reached.
pub async fn delete_sign_ins<C: ConnectionTrait>(connection: &C, before: UnixMilliseconds) -> Result<u64, DbErr> {
    let is_over = Condition::all().add(sign_in::Column::AbandonAt.lt(before));
    delete_batches::<sign_in::Entity, entity::id::SignInId, _>(connection, sign_in::Column::Id, &is_over, before).await
}

/// Deletes sign-ups that ended or were given up before `before`, with the identifications that no user took over.
/// Returns how many sign-ups.
///
/// # Errors
/// When the database cannot be reached.
pub async fn delete_sign_ups<C: ConnectionTrait>(connection: &C, before: UnixMilliseconds) -> Result<u64, DbErr> {
    let is_over = Condition::all()
        .add(sign_up::Column::AbandonAt.lt(before))
        .add(sign_up::Column::Id.lt(oldest_at::<SignUpId>(before)));
    let mut deleted = 0;
    loop {
        let ids: Vec<SignUpId> = sign_up::Entity::find()
            .select_only()
            .column(sign_up::Column::Id)
            .filter(is_over.clone())
            .order_by_asc(sign_up::Column::Id)
            .limit(BATCH)
            .into_tuple()
            .all(connection)
            .await?;
        delete_identifications(connection, &ids).await?;
        let result = sign_up::Entity::delete_many()
            .filter(sign_up::Column::Id.is_in(ids.iter().copied()))
            .filter(is_over.clone())
            .exec(connection)
            .await?;
        deleted += result.rows_affected;
        if (ids.len() as u64) < BATCH || result.rows_affected == 0 {
            return Ok(deleted);
        }
    }
}

/// Deletes verifications that expired before `before` and that no identification shows. Returns how many.
///
/// # Errors
/// When the database cannot be reached.
pub async fn delete_verifications<C: ConnectionTrait>(connection: &C, before: UnixMilliseconds) -> Result<u64, DbErr> {
    let shown: SelectStatement = Query::select()
        .expr(Expr::val(1))
        .from(identification::Entity)
        .and_where(
            Expr::col((identification::Entity, identification::Column::Id))
                .equals((verification::Entity, verification::Column::OwnerId)),
        )
        .take();
    let is_over = Condition::all()
        .add(verification::Column::ExpireAt.lt(before))
        .add(Expr::exists(shown).not());
    delete_batches::<verification::Entity, entity::id::VerificationId, _>(
        connection,
        verification::Column::Id,
        &is_over,
        before,
    )
    .await
}

/// Deletes sessions that ended, expired or were abandoned before `before`. Returns how many.
///
/// # Errors
/// When the database cannot be reached.
pub async fn delete_sessions<C: ConnectionTrait>(connection: &C, before: UnixMilliseconds) -> Result<u64, DbErr> {
    let has_ended = Condition::all()
        .add(session::Column::Status.ne(SessionStatus::Active))
        .add(session::Column::UpdatedAt.lt(before));
    // A session that time has ended is stored as active until somebody looks.
    let is_over = Condition::any()
        .add(has_ended)
        .add(session::Column::ExpireAt.lt(before))
        .add(session::Column::AbandonAt.lt(before));
    let is_over = Condition::all().add(is_over);
    delete_batches::<session::Entity, entity::id::SessionId, _>(connection, session::Column::Id, &is_over, before).await
}

/// Deletes clients that were deleted or replaced before `before`, with all that lives on them. Returns how many clients.
///
/// # Errors
/// When the database cannot be reached.
pub async fn delete_clients<C: ConnectionTrait>(connection: &C, before: UnixMilliseconds) -> Result<u64, DbErr> {
    let is_over = Condition::all()
        .add(client::Column::Status.is_in([ClientStatus::Deleted, ClientStatus::Replaced]))
        .add(client::Column::UpdatedAt.lt(before))
        .add(client::Column::Id.lt(oldest_at::<ClientId>(before)));
    let mut deleted = 0;
    loop {
        let ids: Vec<ClientId> = client::Entity::find()
            .select_only()
            .column(client::Column::Id)
            .filter(is_over.clone())
            .order_by_asc(client::Column::Id)
            .limit(BATCH)
            .into_tuple()
            .all(connection)
            .await?;
        if ids.is_empty() {
            return Ok(deleted);
        }
        delete_all_of(connection, &ids).await?;
        deleted += client::Entity::delete_many()
            .filter(client::Column::Id.is_in(ids))
            .filter(is_over.clone())
            .exec(connection)
            .await?
            .rows_affected;
    }
}

/// Deletes messages of development inboxes from before `before`. Returns how many.
///
/// # Errors
/// When the database cannot be reached.
pub async fn delete_dev_messages<C: ConnectionTrait>(connection: &C, before: UnixMilliseconds) -> Result<u64, DbErr> {
    let is_over = Condition::all().add(dev_message::Column::CreatedAt.lt(before));
    delete_batches::<dev_message::Entity, entity::id::DevMessageId, _>(
        connection,
        dev_message::Column::Id,
        &is_over,
        before,
    )
    .await
}

/// Deletes budgets whose window began before `before`, or begins after `latest`, which none can. Returns how many.
///
/// # Errors
/// When the database cannot be reached.
pub async fn delete_budgets<C: ConnectionTrait>(
    connection: &C,
    before: UnixMilliseconds,
    latest: UnixMilliseconds,
) -> Result<u64, DbErr> {
    let impossible = budget::Entity::delete_many()
        .filter(budget::Column::WindowStartedAt.gt(latest))
        .exec(connection)
        .await?;
    let is_over = Condition::all().add(budget::Column::WindowStartedAt.lt(before));
    let over =
        delete_batches::<budget::Entity, entity::id::BudgetId, _>(connection, budget::Column::Id, &is_over, before)
            .await?;
    Ok(impossible.rows_affected + over)
}

/// Deletes an instance's counters of failed attempts that are locked beyond `latest`, which none can be. Returns how many.
///
/// # Errors
/// When the database cannot be reached.
pub async fn delete_impossible_lockouts<C: ConnectionTrait>(
    connection: &C,
    instance: &InstanceId,
    latest: UnixMilliseconds,
) -> Result<u64, DbErr> {
    let deleted = lockout::Entity::delete_many()
        .filter(lockout::Column::InstanceId.eq(*instance))
        .filter(lockout::Column::LockedUntil.gt(latest))
        .exec(connection)
        .await?;
    Ok(deleted.rows_affected)
}

/// Deletes counters of failed attempts that meant nothing any more at `now`. Returns how many.
///
/// # Errors
/// When the database cannot be reached.
pub async fn delete_lockouts<C: ConnectionTrait>(connection: &C, now: UnixMilliseconds) -> Result<u64, DbErr> {
    let is_over = Condition::all().add(lockout::Column::ExpireAt.lte(now));
    let mut deleted = 0;
    loop {
        let found: Vec<(InstanceId, String)> = lockout::Entity::find()
            .select_only()
            .columns([lockout::Column::InstanceId, lockout::Column::Subject])
            .filter(is_over.clone())
            .order_by_asc(lockout::Column::ExpireAt)
            .limit(BATCH)
            .into_tuple()
            .all(connection)
            .await?;
        let is_last = (found.len() as u64) < BATCH;
        let mut by_instance: BTreeMap<InstanceId, Vec<String>> = BTreeMap::new();
        for (instance, subject) in found {
            by_instance.entry(instance).or_default().push(subject);
        }
        let mut rows = 0;
        for (instance, subjects) in by_instance {
            // A failure may have begun the row anew since it was found.
            rows += lockout::Entity::delete_many()
                .filter(lockout::Column::InstanceId.eq(instance))
                .filter(lockout::Column::Subject.is_in(subjects))
                .filter(is_over.clone())
                .exec(connection)
                .await?
                .rows_affected;
        }
        deleted += rows;
        if is_last || rows == 0 {
            return Ok(deleted);
        }
    }
}

/// Deletes all that lives on clients, so that the clients can be deleted.
async fn delete_all_of<C: ConnectionTrait>(connection: &C, clients: &[ClientId]) -> Result<(), DbErr> {
    let sign_ups: Vec<SignUpId> = sign_up::Entity::find()
        .select_only()
        .column(sign_up::Column::Id)
        .filter(sign_up::Column::ClientId.is_in(clients.iter().copied()))
        .into_tuple()
        .all(connection)
        .await?;
    delete_identifications(connection, &sign_ups).await?;
    sign_up::Entity::delete_many()
        .filter(sign_up::Column::ClientId.is_in(clients.iter().copied()))
        .exec(connection)
        .await?;
    sign_in::Entity::delete_many()
        .filter(sign_in::Column::ClientId.is_in(clients.iter().copied()))
        .exec(connection)
        .await?;
    session::Entity::delete_many()
        .filter(session::Column::ClientId.is_in(clients.iter().copied()))
        .exec(connection)
        .await?;
    Ok(())
}

/// Deletes the identifications given in sign-ups that no user took over.
async fn delete_identifications<C: ConnectionTrait>(connection: &C, sign_ups: &[SignUpId]) -> Result<(), DbErr> {
    identification::Entity::delete_many()
        .filter(identification::Column::SignUpId.is_in(sign_ups.iter().copied()))
        .filter(identification::Column::UserId.is_null())
        .exec(connection)
        .await?;
    Ok(())
}

/// Deletes the rows made before `before` that are over, oldest first. The search takes no lock; each batch is a statement
/// of its own.
async fn delete_batches<E, I, C>(
    connection: &C,
    id: E::Column,
    is_over: &Condition,
    before: UnixMilliseconds,
) -> Result<u64, DbErr>
where
    E: EntityTrait,
    E::Model: FromQueryResult,
    I: TypedId + TryGetable + Into<Value> + Send + Sync,
    C: ConnectionTrait,
{
    let (mut deleted, mut after) = (0, None::<I>);
    loop {
        let mut search = E::find()
            .select_only()
            .column(id)
            .filter(is_over.clone())
            .filter(Expr::expr(id.into_simple_expr()).lt(oldest_at::<I>(before)));
        if let Some(after) = after {
            search = search.filter(Expr::expr(id.into_simple_expr()).gt(after));
        }
        let ids: Vec<I> = search
            .order_by_asc(id)
            .limit(BATCH)
            .into_tuple()
            .all(connection)
            .await?;
        after = ids.last().copied();
        if after.is_none() {
            return Ok(deleted);
        }
        deleted += E::delete_many()
            .filter(id.is_in(ids))
            .filter(is_over.clone())
            .exec(connection)
            .await?
            .rows_affected;
    }
}

/// The least identifier that can have been made at that time.
fn oldest_at<I: TypedId>(time: UnixMilliseconds) -> I {
    I::generate(time, [0; ID_ENTROPY_BYTES])
}
