//! What an operation may cost.

use crate::refusal::complex;
use crate::{Limits, Refusal};
use async_graphql::parser::Positioned;
use async_graphql::parser::types::{ExecutableDocument, OperationDefinition};
use serde_json::{Map, Value as Json};

/// Refuses an operation that costs too much.
///
/// # Errors
/// `DOCUMENT_TOO_COMPLEX`.
pub(crate) fn check(
    document: &ExecutableDocument,
    operation: &Positioned<OperationDefinition>,
    variables: &Map<String, Json>,
    limits: &Limits,
) -> Result<(), Refusal> {
    let cost = limits.outline.cost(document, &operation.node, variables);
    if cost.fields > limits.cost {
        let message = format!(
            "The operation may cost {} and costs {}: each field is 1, what is in a list counts for each item.",
            limits.cost, cost.fields
        );
        return Err(complex(message).at(operation.pos));
    }
    let usual = limits.outline.usual_introspection();
    let introspection = usual.saturating_mul(limits.introspection_factor);
    if cost.introspection > introspection {
        let message = format!(
            "The introspection may cost {introspection} and costs {}.",
            cost.introspection
        );
        return Err(complex(message).at(operation.pos));
    }
    Ok(())
}
