//! Random key material of one class, sealed by the master key.

use crate::{UnixMilliseconds, id::DataKeyId, kind::DataKeyClass};
use sea_orm::entity::prelude::*;

/// One data key.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "data_key")]
pub struct Model {
    /// Primary key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: DataKeyId,
    /// What it protects.
    pub class: DataKeyClass,
    /// 32 bytes, sealed by the master key.
    pub sealed_key: String,
    /// When the row was made.
    pub created_at: UnixMilliseconds,
}

/// It has no foreign key.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
