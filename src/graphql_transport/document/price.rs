//! What an operation may cost.

use crate::outline::Cost;
use crate::refusal::complex;
use crate::{GraphqlCode, Limits, Refusal};
use async_graphql::parser::Positioned;
use async_graphql::parser::types::{ExecutableDocument, OperationDefinition};
use serde_json::{Map, Value as Json};

/// Refuses an operation that costs more than anybody may spend, or whose introspection does. Gives its cost where the schema is known.
///
/// # Errors
/// `DOCUMENT_TOO_COMPLEX`.
pub(crate) fn check(
    document: &ExecutableDocument,
    operation: &Positioned<OperationDefinition>,
    variables: &Map<String, Json>,
    limits: &Limits,
) -> Result<Option<Cost>, Refusal> {
    if limits.outline.is_empty() {
        return Ok(None);
    }
    let cost = limits.outline.cost(document, &operation.node, variables);
    check_objects(cost.objects, limits.highest_cost).map_err(|refusal| refusal.at(operation.pos))?;
    let usual = limits.outline.usual_introspection();
    let introspection = usual.saturating_mul(limits.introspection_factor);
    if cost.introspection > introspection {
        let message = format!(
            "The introspection may cost {introspection} and costs {}.",
            cost.introspection
        );
        return Err(complex(message).at(operation.pos));
    }
    Ok(Some(cost))
}

/// Refuses what costs more than its caller may spend, and questions about the schema where it is not told to them.
///
/// # Errors
/// `DOCUMENT_TOO_COMPLEX`, `INTROSPECTION_CLOSED`.
pub(crate) fn admit(cost: Cost, maximum: u64, is_schema_told: bool) -> Result<(), Refusal> {
    if cost.introspection > 0 && !is_schema_told {
        return Err(GraphqlCode::IntrospectionClosed.into());
    }
    check_objects(cost.objects, maximum)
}

fn check_objects(cost: u64, maximum: u64) -> Result<(), Refusal> {
    if cost <= maximum {
        return Ok(());
    }
    Err(complex(format!(
        "The operation may cost {maximum} and costs {cost}: each object is 1, what is in a list counts for each item that there may \
         be, and what is dear to make counts for more."
    )))
}
