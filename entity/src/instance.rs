//! A tenant: its origin, keys by reference, and its settings as one versioned document.

use crate::{
    UnixMilliseconds,
    id::{ApplicationId, InstanceId},
    kind::InstanceEnvironment,
};
use sea_orm::entity::prelude::*;

/// One instance.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "instance")]
pub struct Model {
    /// Primary key; also the `kid` of the first signing key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: InstanceId,
    /// The application it belongs to.
    pub application_id: ApplicationId,
    /// Unique short name, used in development host names.
    pub slug: String,
    /// Development or production.
    pub environment: InstanceEnvironment,
    /// `scheme://host[:port]`: links, issuer and cookies use it, never a request header.
    pub origin: String,
    /// The authority of `origin`; requests are matched against it.
    pub host: String,
    /// `pk_test_…` or `pk_live_…`.
    pub publishable_key: String,
    /// The application's own origin, recorded in development.
    pub home_origin: Option<String>,
    /// `InstanceSettings` as a JSON object.
    #[sea_orm(column_type = "Json")]
    pub settings: Json,
    /// Grows by one at each change of the settings.
    pub settings_version: i64,
    /// How many documents it trusts.
    pub document_count: i32,
    /// When they last changed; null when there never were any.
    pub documents_set_at: Option<UnixMilliseconds>,
    /// When the row was made.
    pub created_at: UnixMilliseconds,
    /// When the row last changed.
    pub updated_at: UnixMilliseconds,
}

/// Where its foreign keys lead.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    /// The application.
    #[sea_orm(
        belongs_to = "super::application::Entity",
        from = "Column::ApplicationId",
        to = "super::application::Column::Id"
    )]
    Application,
}

impl Related<super::application::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Application.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
