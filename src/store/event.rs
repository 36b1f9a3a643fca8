//! The event table: append, and number after the commit.

use super::Scope;
use entity::{
    UnixMilliseconds, event,
    id::{EventId, InstanceId},
};
use kernel::outbox::Event;
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
    QueryTrait as _,
    sea_query::{Expr, Query, SimpleExpr},
};

/// The row of an event that has neither identifier nor position yet.
///
/// # Errors
/// When its payload cannot be written as JSON.
pub fn row(instance: &InstanceId, now: UnixMilliseconds, event: &Event) -> Result<event::ActiveModel, DbErr> {
    Ok(event::ActiveModel {
        sequence: NotSet,
        id: NotSet,
        instance_id: Set(*instance),
        event_type: Set(event.event_type().as_str().to_owned()),
        payload: Set(event.payload().map_err(|error| DbErr::Json(error.to_string()))?),
        position: Set(None),
        created_at: Set(now),
    })
}

/// Appends events in their order, in one statement, which evaluates `notification` too. There are as many identifiers as
/// rows, and at least one.
///
/// To be called when all locks of the transaction are taken: the sequence that the rows are given here is the order of
/// changes that wait for each other.
///
/// # Errors
/// When the database refuses a row.
#[expect(
    clippy::disallowed_methods,
    reason = "the rows were made for the instance of the transaction"
)]
pub async fn append<C: ConnectionTrait>(
    connection: &C,
    mut rows: Vec<event::ActiveModel>,
    ids: Vec<EventId>,
    notification: Option<SimpleExpr>,
) -> Result<(), DbErr> {
    for (row, id) in rows.iter_mut().zip(ids) {
        row.id = Set(id);
    }
    let mut insert = event::Entity::insert_many(rows).into_query();
    if let Some(notification) = notification {
        insert.returning(Query::returning().expr(notification));
    }
    connection.execute(&insert).await?;
    Ok(())
}

/// Gives up to `limit` committed events their dense positions, in the order of their insertion. Returns how many there were. Runs in
/// one transaction at a time per instance, under the lock of its row, or positions would collide on their unique index.
/// Three statements, however many they are.
///
/// # Errors
/// When the database cannot be reached.
pub async fn number<C: ConnectionTrait>(scope: Scope<'_, C>, limit: u64) -> Result<u64, DbErr> {
    let last: Option<i64> = scope
        .select::<event::Entity>()
        .filter(event::Column::Position.is_not_null())
        .order_by_desc(event::Column::Position)
        .select_only()
        .column(event::Column::Position)
        .into_tuple()
        .one(scope.connection())
        .await?;
    let waiting: Vec<i64> = scope
        .select::<event::Entity>()
        .filter(event::Column::Position.is_null())
        .order_by_asc(event::Column::Sequence)
        .limit(limit)
        .select_only()
        .column(event::Column::Sequence)
        .into_tuple()
        .all(scope.connection())
        .await?;
    let mut numbered = (last.unwrap_or(0) + 1..).zip(&waiting);
    let is = |sequence: &i64| event::Column::Sequence.eq(*sequence);
    if let Some((first, sequence)) = numbered.next() {
        let positions = numbered.fold(Expr::case(is(sequence), first), |positions, (position, sequence)| {
            positions.case(is(sequence), position)
        });
        scope
            .update::<event::Entity>()
            .col_expr(event::Column::Position, positions.into())
            .filter(event::Column::Sequence.is_in(waiting.iter().copied()))
            .exec(scope.connection())
            .await?;
    }
    Ok(u64::try_from(waiting.len()).unwrap_or(u64::MAX))
}

/// The instances that have events without a position. Not scoped: this finds scopes.
///
/// # Errors
/// When the database cannot be reached.
#[expect(clippy::disallowed_methods, reason = "this finds scopes")]
pub async fn instances_waiting<C: ConnectionTrait>(connection: &C) -> Result<Vec<InstanceId>, DbErr> {
    event::Entity::find()
        .select_only()
        .column(event::Column::InstanceId)
        .distinct()
        .filter(event::Column::Position.is_null())
        .into_tuple()
        .all(connection)
        .await
}
