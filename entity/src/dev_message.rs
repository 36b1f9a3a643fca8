//! A message that a development instance keeps instead of sending it.

use crate::{
    UnixMilliseconds,
    id::{DevMessageId, InstanceId},
};
use sea_orm::entity::prelude::*;

/// One message.
#[sea_orm::model]
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

impl ActiveModelBehavior for ActiveModel {}
