//! Codes that stand in for a second proof that is not at hand.

use crate::{
    UnixMilliseconds,
    id::{InstanceId, UserId},
};
use sea_orm::entity::prelude::*;

/// One code that was not used yet.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "backup_code")]
pub struct Model {
    /// The instance it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub instance_id: InstanceId,
    /// Whose it is.
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: UserId,
    /// Keyed hash of the code and of whose it is.
    #[sea_orm(primary_key, auto_increment = false)]
    pub digest: String,
    /// When it was made.
    pub created_at: UnixMilliseconds,
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
    /// The owner.
    #[sea_orm(
        belongs_to = "super::user::Entity",
        from = "Column::UserId",
        to = "super::user::Column::Id"
    )]
    User,
}

impl ActiveModelBehavior for ActiveModel {}
