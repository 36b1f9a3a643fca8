//! The outbox of work: claimed by lease, run at least once.

use crate::{
    UnixMilliseconds,
    id::{InstanceId, JobId},
    kind::JobStatus,
};
use sea_orm::entity::prelude::*;

/// One job.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "job")]
pub struct Model {
    /// Primary key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: JobId,
    /// The instance it works for.
    pub instance_id: InstanceId,
    /// Names the handler.
    pub name: String,
    /// Ids, never secrets.
    #[sea_orm(column_type = "Json")]
    pub payload: Json,
    /// At most one pending job of a name has it.
    pub dedupe_key: Option<String>,
    /// Pending or dead.
    pub status: JobStatus,
    /// How often it was claimed.
    pub attempts: i32,
    /// Not before; the end of the lease while claimed.
    pub run_at: UnixMilliseconds,
    /// Who holds it.
    pub lease: Option<String>,
    /// Why the last run failed.
    pub last_error: Option<String>,
    /// When the row was made.
    pub created_at: UnixMilliseconds,
}

/// It has no foreign key.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
