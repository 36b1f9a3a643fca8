//! A message that a development instance keeps instead of sending it.

use crate::{
    UnixMilliseconds,
    id::{DevMessageId, InstanceId},
};
use sea_orm::entity::prelude::*;

/// One message.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "dev_message")]
pub struct Model {
    /// Primary key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: DevMessageId,
    /// The instance it was sent by.
    pub instance_id: InstanceId,
    /// `email` or `sms`.
    pub channel: String,
    /// Address or number.
    pub recipient: String,
    /// Subject line, body and code, sealed.
    pub sealed_body: String,
    /// When it was delivered.
    pub created_at: UnixMilliseconds,
}

/// It has no foreign key.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
