//! An RSA key that signs session tokens; the private half is sealed.

use crate::{
    UnixMilliseconds,
    id::{InstanceId, SigningKeyId},
};
use sea_orm::entity::prelude::*;

/// One signing key.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "signing_key")]
pub struct Model {
    /// Primary key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: SigningKeyId,
    /// The instance whose tokens it signs.
    pub instance_id: InstanceId,
    /// Key id in token headers and in the JWKS.
    pub kid: String,
    /// PKCS#8 DER, sealed.
    pub sealed_private_key: String,
    /// When the row was made.
    pub created_at: UnixMilliseconds,
    /// Since when it signs nothing new.
    pub retired_at: Option<UnixMilliseconds>,
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
