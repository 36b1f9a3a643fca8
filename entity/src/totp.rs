//! The authenticator app of a user.

use crate::{
    UnixMilliseconds,
    id::{InstanceId, TotpId, UserId},
};
use sea_orm::entity::prelude::*;

/// One authenticator app. A user has at most one.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "totp")]
pub struct Model {
    /// Primary key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: TotpId,
    /// The instance it belongs to.
    pub instance_id: InstanceId,
    /// Whose it is.
    pub user_id: UserId,
    /// The secret, sealed.
    pub secret: String,
    /// Whether its owner has shown a code of it.
    pub verified: bool,
    /// The last step whose code was accepted.
    pub last_step: Option<i64>,
    /// When the row was made.
    pub created_at: UnixMilliseconds,
    /// When the row last changed.
    pub updated_at: UnixMilliseconds,
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
