//! An e-mail address, phone number or username, pending in a sign-up or owned by a user.

use crate::{
    UnixMilliseconds,
    id::{IdentificationId, InstanceId, SignUpId, UserId},
    kind::IdentificationKind,
};
use sea_orm::entity::prelude::*;

/// One identification.
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

// What proves it has no foreign key: its owner may be a sign-in as well. The index begins with the instance.
impl Related<super::verification::Entity> for Entity {
    fn to() -> RelationDef {
        Entity::belongs_to(super::verification::Entity)
            .from((Column::InstanceId, Column::Id))
            .to((
                super::verification::Column::InstanceId,
                super::verification::Column::OwnerId,
            ))
            .into()
    }
}

impl ActiveModelBehavior for ActiveModel {}
