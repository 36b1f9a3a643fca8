//! What a server writes to find out whether it can write: one row, which means nothing.

use sea_orm::entity::prelude::*;

/// The row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "write_probe")]
pub struct Model {
    /// Primary key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// Nothing, or as much as makes the disk show whether it has room.
    pub content: String,
}

/// It has no foreign key.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
