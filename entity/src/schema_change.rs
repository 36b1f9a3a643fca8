//! What each migration asks of releases that do not know it. The library's own table says which ones were applied.

use sea_orm::entity::prelude::*;

/// What one migration asks.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "schema_change")]
pub struct Model {
    /// The migration.
    #[sea_orm(primary_key, auto_increment = false)]
    pub version: String,
    /// The newest migration that a release must know to work after this one: itself, or an earlier one.
    pub works_with: String,
    /// The release that wrote this row, which works after the migration.
    pub written_by: String,
}

/// It has no foreign key.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
