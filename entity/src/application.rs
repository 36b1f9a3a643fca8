//! What an operator builds; it holds instances.

use crate::{UnixMilliseconds, id::ApplicationId};
use sea_orm::entity::prelude::*;

/// One application.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "application")]
pub struct Model {
    /// Primary key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ApplicationId,
    /// Shown to people.
    pub name: String,
    /// When the row was made.
    pub created_at: UnixMilliseconds,
    /// When the row last changed.
    pub updated_at: UnixMilliseconds,
}

/// It has no foreign key.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
