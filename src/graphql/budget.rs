//! Spending the budget of the execution that a resolver belongs to.

pub use super::allowance::Budget;

use super::{allowance::coded, context::Execution};
use async_graphql::Context;
use graphql_transport::GraphqlCode;
use std::sync::Arc;

/// The budget of the execution. In tests of a schema alone there is one by itself, or none.
pub(crate) fn of<'a, T>(context: &async_graphql::ContextBase<'a, T>) -> Option<&'a Budget> {
    let execution = context.data_opt::<Arc<Execution>>();
    execution.map_or_else(|| context.data_opt(), |execution| Some(execution.budget()))
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
///
/// # Errors
/// `DEADLINE_EXCEEDED`.
pub(crate) fn in_time(context: &Context<'_>) -> async_graphql::Result<()> {
    match of(context) {
        Some(budget) if budget.is_late() => Err(coded(GraphqlCode::DeadlineExceeded)),
        _ => Ok(()),
    }
}
