//! A sign-in attempt.

use crate::{
    UnixMilliseconds,
    id::{ClientId, IdentificationId, InstanceId, SessionId, SignInId, UserId, VerificationId},
    kind::{SignInStatus, Strategy},
};
use sea_orm::entity::prelude::*;

/// One sign-in.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "sign_in")]
pub struct Model {
    /// Primary key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: SignInId,
    /// The instance it belongs to.
    pub instance_id: InstanceId,
    /// The client that may continue it.
    pub client_id: ClientId,
    /// As stored; time may have abandoned it since.
    pub status: SignInStatus,
    /// As the person wrote it, trimmed.
    pub identifier: Option<String>,
    /// What it was found to be.
    pub identification_id: Option<IdentificationId>,
    /// Who it names; absent for nobody.
    pub user_id: Option<UserId>,
    /// How the first proof was given.
    pub first_strategy: Option<Strategy>,
    /// What was asked for before it, where something was.
    pub first_verification_id: Option<VerificationId>,
    /// When it was given.
    pub first_at: Option<UnixMilliseconds>,
    /// How the second proof was given.
    pub second_strategy: Option<Strategy>,
    /// What was asked for before it, where something was.
    pub second_verification_id: Option<VerificationId>,
    /// When it was given.
    pub second_at: Option<UnixMilliseconds>,
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
