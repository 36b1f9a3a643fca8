//! Spending the budget of the execution that a resolver belongs to.

pub use super::allowance::Budget;

use super::{allowance::coded, context::Execution};
use async_graphql::{Context, Guard};
use graphql_transport::GraphqlCode;
use std::sync::Arc;

/// The budget of the execution; nothing where there is none, as in tests of the schema alone.
pub(crate) fn of<'a, T>(context: &async_graphql::ContextBase<'a, T>) -> Option<&'a Budget> {
    context.data_opt::<Arc<Execution>>().map(|execution| execution.budget())
}

/// Spends what a single field costs that is dear to make.
///
/// # Errors
/// `ANSWER_TOO_LARGE`.
pub(crate) async fn spend_on(context: &Context<'_>, weight: u64) -> async_graphql::Result<()> {
    match of(context) {
        Some(budget) => Ok(budget.spend_fields(weight).await?),
        None => Ok(()),
    }
}

/// Lets a mutation begin while there is time.
pub(crate) struct InTime;

impl Guard for InTime {
    async fn check(&self, context: &Context<'_>) -> async_graphql::Result<()> {
        match of(context) {
            Some(budget) if budget.is_late() => Err(coded(GraphqlCode::DeadlineExceeded)),
            _ => Ok(()),
        }
    }
}
