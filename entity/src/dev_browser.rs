//! What stands for the client cookie in a development instance.

use crate::{
    UnixMilliseconds,
    id::{ClientId, DevBrowserId, InstanceId},
};
use sea_orm::entity::prelude::*;

/// One development browser.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "dev_browser")]
pub struct Model {
    /// Primary key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: DevBrowserId,
    /// The instance it belongs to.
    pub instance_id: InstanceId,
    /// SHA-256 of the rotating part of its token.
    pub rotating_digest: String,
    /// The client it names, once there is one.
    pub client_id: Option<ClientId>,
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
}

impl ActiveModelBehavior for ActiveModel {}
