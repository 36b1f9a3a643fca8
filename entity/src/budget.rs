//! How much of a budget was spent in the present window; for budgets that must be exact across nodes and restarts.

use crate::{UnixMilliseconds, id::BudgetId, id::InstanceId};
use sea_orm::entity::prelude::*;

/// One budget.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "budget")]
pub struct Model {
    /// Primary key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: BudgetId,
    /// The instance it belongs to.
    pub instance_id: InstanceId,
    /// What is limited for whom: a keyed hash, so that the table tells nobody's address.
    pub subject: String,
    /// When the present window began.
    pub window_started_at: UnixMilliseconds,
    /// Spent in the present window.
    pub spent: i32,
}

/// It has no foreign key.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
