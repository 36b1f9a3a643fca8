//! One proof being asked for, with its attempts. The code itself is derived, never stored.

use crate::{
    UnixMilliseconds,
    id::{InstanceId, VerificationId},
    kind::{Strategy, VerificationPurpose, VerificationStatus},
};
use sea_orm::entity::prelude::*;

/// One verification.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "verification")]
pub struct Model {
    /// Primary key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: VerificationId,
    /// The instance it belongs to.
    pub instance_id: InstanceId,
    /// What asks for the proof: the identifier of a sign-in, or of an identification that is to be proven.
    pub owner_id: String,
    /// What the proof is for.
    pub purpose: VerificationPurpose,
    /// How it is proven.
    pub strategy: Strategy,
    /// As stored; time may have expired it since.
    pub status: VerificationStatus,
    /// Wrong and right attempts at the present code.
    pub attempts: i32,
    /// Which code of this verification is the present one.
    pub serial: i32,
    /// The identifier of the identification that it was sent to, or of none; empty for a proof that goes nowhere. An empty
    /// text and not null, because an owner asks for each proof once.
    pub target_id: String,
    /// When the present code dies.
    pub expire_at: UnixMilliseconds,
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
