//! Failed attempts at a person's credentials, counted for whom they may lock out.

use crate::{UnixMilliseconds, id::InstanceId};
use sea_orm::entity::prelude::*;

/// One counter.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "lockout")]
pub struct Model {
    /// The instance it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub instance_id: InstanceId,
    /// Who is counted: a user (all strangers together), a user `@` a digest of a network, a user `/` a client that signed
    /// in as it before, or `nobody_` and a number.
    #[sea_orm(primary_key, auto_increment = false)]
    pub subject: String,
    /// Failures since the window began.
    pub failures: i32,
    /// The first of these failures.
    pub window_started_at: UnixMilliseconds,
    /// Until when the subject is refused.
    pub locked_until: Option<UnixMilliseconds>,
    /// From when on the row means nothing and may be deleted.
    pub expire_at: UnixMilliseconds,
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
