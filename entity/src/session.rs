//! A session of one user on one client.

use crate::{
    UnixMilliseconds,
    id::{ClientId, InstanceId, SessionId, UserId},
    kind::SessionStatus,
};
use sea_orm::entity::prelude::*;

/// One session.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "session")]
pub struct Model {
    /// Primary key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: SessionId,
    /// The instance it belongs to.
    pub instance_id: InstanceId,
    /// The client it lives on.
    pub client_id: ClientId,
    /// Whose it is.
    pub user_id: UserId,
    /// As stored; time may have ended it since.
    pub status: SessionStatus,
    /// Earliest of the lifetime limits that are on.
    pub expire_at: UnixMilliseconds,
    /// When it counts as abandoned.
    pub abandon_at: UnixMilliseconds,
    /// Last touch or token, to a minute.
    pub last_active_at: UnixMilliseconds,
    /// When the first factor was last proven.
    pub first_factor_verified_at: UnixMilliseconds,
    /// When the second factor was last proven.
    pub second_factor_verified_at: Option<UnixMilliseconds>,
    /// When the row was made.
    pub created_at: UnixMilliseconds,
    /// When the row last changed.
    pub updated_at: UnixMilliseconds,
}

/// Where its foreign keys lead.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    /// The client.
    #[sea_orm(
        belongs_to = "super::client::Entity",
        from = "Column::ClientId",
        to = "super::client::Column::Id"
    )]
    Client,
    /// The user.
    #[sea_orm(
        belongs_to = "super::user::Entity",
        from = "Column::UserId",
        to = "super::user::Column::Id"
    )]
    User,
}

impl ActiveModelBehavior for ActiveModel {}
