//! The event table: append, and number after the commit.

use super::Scope;
use crate::outbox::Event;
use entity::{
    UnixMilliseconds, event,
    id::{EventId, InstanceId},
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, sea_query::Expr,
};

/// Appends an event without a position.
///
/// # Errors
/// When the database refuses the row.
pub async fn append<C: ConnectionTrait>(
    scope: Scope<'_, C>,
    id: EventId,
    now: UnixMilliseconds,
    event: &Event,
) -> Result<(), DbErr> {
    let row = event::ActiveModel {
        id: Set(id),
        instance_id: Set(scope.instance().clone()),
        event_type: Set(event.event_type().as_str().to_owned()),
        payload: Set(event.payload().map_err(|error| DbErr::Json(error.to_string()))?),
        position: Set(None),
        created_at: Set(now),
    };
    event::Entity::insert(row)
        .exec_without_returning(scope.connection())
        .await?;
    Ok(())
}

/// Gives up to `limit` committed events their dense positions, in order of creation. Returns how many there were. Runs in
/// one transaction at a time per instance (the fan-out job), or positions would collide on their unique index.
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
    let waiting: Vec<EventId> = scope
        .select::<event::Entity>()
        .filter(event::Column::Position.is_null())
        .order_by_asc(event::Column::Id)
        .limit(limit)
        .select_only()
        .column(event::Column::Id)
        .into_tuple()
        .all(scope.connection())
        .await?;
    for (position, id) in (last.unwrap_or(0) + 1..).zip(&waiting) {
        scope
            .update::<event::Entity>()
            .col_expr(event::Column::Position, Expr::value(position))
            .filter(event::Column::Id.eq(id.clone()))
            .exec(scope.connection())
            .await?;
    }
    Ok(u64::try_from(waiting.len()).unwrap_or(u64::MAX))
}

/// The instances that have events from before `created_before` without a position. Not scoped: this finds scopes.
///
/// # Errors
/// When the database cannot be reached.
pub async fn instances_waiting<C: ConnectionTrait>(
    connection: &C,
    created_before: UnixMilliseconds,
) -> Result<Vec<InstanceId>, DbErr> {
    event::Entity::find()
        .select_only()
        .column(event::Column::InstanceId)
        .distinct()
        .filter(event::Column::Position.is_null())
        .filter(event::Column::CreatedAt.lt(created_before))
        .into_tuple()
        .all(connection)
        .await
}
