//! A person with an account in one instance.

use crate::{
    UnixMilliseconds,
    id::{IdentificationId, InstanceId, UserId},
};
use sea_orm::entity::prelude::*;

/// One user.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "user")]
pub struct Model {
    /// Primary key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: UserId,
    /// The instance it belongs to.
    pub instance_id: InstanceId,
    /// The application's own id of this person.
    pub external_id: Option<String>,
    /// Given name.
    pub first_name: Option<String>,
    /// Family name.
    pub last_name: Option<String>,
    /// PHC string; absent when the user has no password.
    pub password_digest: Option<String>,
    /// When the password was last set.
    pub password_updated_at: Option<UnixMilliseconds>,
    /// The address mail goes to.
    pub primary_email_address_id: Option<IdentificationId>,
    /// Written by the backend, read by everybody.
    #[sea_orm(column_type = "Json")]
    pub public_metadata: Json,
    /// Written and read by the backend alone.
    #[sea_orm(column_type = "Json")]
    pub private_metadata: Json,
    /// Written by the person.
    #[sea_orm(column_type = "Json")]
    pub unsafe_metadata: Json,
    /// Since when an authenticator app is asked for at sign-in.
    pub totp_enabled_at: Option<UnixMilliseconds>,
    /// Since when there are codes that stand in for a second proof.
    pub backup_code_enabled_at: Option<UnixMilliseconds>,
    /// Since when a second proof is asked for at sign-in.
    pub mfa_enabled_at: Option<UnixMilliseconds>,
    /// When the last second proof was removed.
    pub mfa_disabled_at: Option<UnixMilliseconds>,
    /// May not sign in.
    pub banned: bool,
    /// Not read any more: counters are in `lockout`. Goes with the next release.
    pub failed_attempts: i32,
    /// Not read any more, like the one above.
    pub locked_until: Option<UnixMilliseconds>,
    /// When a session was last created.
    pub last_sign_in_at: Option<UnixMilliseconds>,
    /// When a session was last used.
    pub last_active_at: Option<UnixMilliseconds>,
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
