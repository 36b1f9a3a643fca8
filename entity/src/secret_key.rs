//! A secret key of an instance, stored only as a hash.

use crate::{
    UnixMilliseconds,
    id::{InstanceId, SecretKeyId},
};
use sea_orm::entity::prelude::*;

/// One secret key.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "secret_key")]
pub struct Model {
    /// Primary key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: SecretKeyId,
    /// The instance it administers.
    pub instance_id: InstanceId,
    /// SHA-256 of the key, hexadecimal.
    pub digest: String,
    /// When the row was made.
    pub created_at: UnixMilliseconds,
    /// When it stopped being accepted.
    pub revoked_at: Option<UnixMilliseconds>,
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
