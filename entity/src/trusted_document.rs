//! Documents of GraphQL that an application has trusted beforehand, so that it sends their identifiers alone.

use crate::{UnixMilliseconds, id::InstanceId};
use sea_orm::entity::prelude::*;

/// One document.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "trusted_document")]
pub struct Model {
    /// The instance that trusts it.
    #[sea_orm(primary_key, auto_increment = false)]
    pub instance_id: InstanceId,
    /// SHA-256 of its text, as 64 lower-case hexadecimal digits.
    #[sea_orm(primary_key, auto_increment = false)]
    pub digest: String,
    /// Its text, byte for byte as it was digested.
    pub body: String,
    /// How many bytes the text has.
    pub bytes: i32,
    /// When it was last in a manifest that was set.
    pub set_at: UnixMilliseconds,
}

/// Where its foreign keys lead.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    /// The instance.
    #[sea_orm(
        belongs_to = "super::instance::Entity",
        from = "Column::InstanceId",
        to = "super::instance::Column::Id"
    )]
    Instance,
}

impl ActiveModelBehavior for ActiveModel {}
