//! An e-mail address, phone number or username, pending in a sign-up or owned by a user.

use crate::{
    UnixMilliseconds,
    id::{IdentificationId, InstanceId, SignUpId, UserId, VerificationId},
    kind::IdentificationKind,
};
use sea_orm::entity::prelude::*;

/// One identification.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "identification")]
pub struct Model {
    /// Primary key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: IdentificationId,
    /// The instance it belongs to.
    pub instance_id: InstanceId,
    /// What it is.
    pub kind: IdentificationKind,
    /// Normalised form, compared and indexed.
    pub value: String,
    /// As the person wrote it.
    pub display: String,
    /// Its owner.
    pub user_id: Option<UserId>,
    /// The sign-up it was given in.
    pub sign_up_id: Option<SignUpId>,
    /// Taken: unique per instance and kind among the claimed ones.
    pub claimed: bool,
    /// Whether its owner has proven it; usernames need no proof.
    pub verified: bool,
    /// The latest proof asked for it.
    pub verification_id: Option<VerificationId>,
    /// When the row was made.
    pub created_at: UnixMilliseconds,
    /// When the row last changed.
    pub updated_at: UnixMilliseconds,
    /// The instance.
    #[sea_orm(belongs_to, from = "instance_id", to = "id")]
    pub instance: BelongsTo<super::instance::Entity>,
    /// The owner.
    #[sea_orm(belongs_to, from = "user_id", to = "id")]
    pub user: BelongsTo<Option<super::user::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}
