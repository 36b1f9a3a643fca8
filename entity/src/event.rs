//! The outbox of facts: append-only, numbered after commit.

use crate::{
    UnixMilliseconds,
    id::{EventId, InstanceId},
};
use sea_orm::entity::prelude::*;

/// One event.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "event")]
pub struct Model {
    /// Primary key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: EventId,
    /// Where it happened.
    pub instance_id: InstanceId,
    /// `session.created` and the like.
    pub event_type: String,
    /// Public shapes and ids, never secrets.
    #[sea_orm(column_type = "Json")]
    pub payload: Json,
    /// Dense number per instance, given after commit.
    pub position: Option<i64>,
    /// When it happened.
    pub created_at: UnixMilliseconds,
}

impl ActiveModelBehavior for ActiveModel {}
