//! One browser or device, holding sessions and at most one pending sign-in and sign-up.

use crate::{
    UnixMilliseconds,
    id::{ClientId, InstanceId, SessionId, SignInId, SignUpId},
    kind::ClientStatus,
};
use sea_orm::entity::prelude::*;

/// One client.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "client")]
pub struct Model {
    /// Primary key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ClientId,
    /// The instance it belongs to.
    pub instance_id: InstanceId,
    /// Active, deleted or replaced.
    pub status: ClientStatus,
    /// SHA-256 of the rotating part of its token.
    pub rotating_digest: String,
    /// The same of the tokens that it had before somebody began a flow on it, oldest first, with a space between two: good for
    /// anything but flows, until a session begins.
    pub former_digests: Option<String>,
    /// The pending sign-in.
    pub sign_in_id: Option<SignInId>,
    /// The pending sign-up.
    pub sign_up_id: Option<SignUpId>,
    /// The session that acts when none is named.
    pub last_active_session_id: Option<SessionId>,
    /// How somebody last signed in here.
    pub last_authentication_strategy: Option<String>,
    /// When the row was made.
    pub created_at: UnixMilliseconds,
    /// When it or its sessions last changed; strictly growing.
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
