//! The outbox of facts: append-only, numbered after commit in the order of insertion.

use crate::{
    UnixMilliseconds,
    id::{EventId, InstanceId},
};
use sea_orm::entity::prelude::*;

/// One event.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "event")]
pub struct Model {
    /// Handed out by the database at insertion. A change that waited for another has the larger one, whatever the clocks say;
    /// there are gaps, and a smaller one may be committed later.
    #[sea_orm(primary_key)]
    pub sequence: i64,
    /// What it is called elsewhere.
    #[sea_orm(unique)]
    pub id: EventId,
    /// Where it happened.
    pub instance_id: InstanceId,
    /// `session.created` and the like.
    pub event_type: String,
    /// Public shapes and ids, never secrets.
    #[sea_orm(column_type = "Json")]
    pub payload: Json,
    /// Dense number per instance, given after commit in the order of `sequence`.
    pub position: Option<i64>,
    /// When it happened.
    pub created_at: UnixMilliseconds,
}

/// It has no foreign key.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
