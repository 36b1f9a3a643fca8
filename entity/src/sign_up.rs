//! A sign-up attempt; its e-mail address and username are identifications that point to it.

use crate::{
    UnixMilliseconds,
    id::{ClientId, InstanceId, SessionId, SignUpId, UserId},
    kind::SignUpStatus,
};
use sea_orm::entity::prelude::*;

/// One sign-up.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "sign_up")]
pub struct Model {
    /// Primary key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: SignUpId,
    /// The instance it belongs to.
    pub instance_id: InstanceId,
    /// The client that may continue it.
    pub client_id: ClientId,
    /// As stored; time may have abandoned it since.
    pub status: SignUpStatus,
    /// PHC string of the password given.
    pub password_digest: Option<String>,
    /// The rules for passwords by which that one was judged.
    #[sea_orm(column_type = "Json")]
    pub password_rules: Option<Json>,
    /// Given name.
    pub first_name: Option<String>,
    /// Family name.
    pub last_name: Option<String>,
    /// Becomes the user's.
    #[sea_orm(column_type = "Json")]
    pub unsafe_metadata: Json,
    /// The user it became.
    pub created_user_id: Option<UserId>,
    /// The session it opened.
    pub created_session_id: Option<SessionId>,
    /// When it is given up.
    pub abandon_at: UnixMilliseconds,
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
}

impl ActiveModelBehavior for ActiveModel {}
