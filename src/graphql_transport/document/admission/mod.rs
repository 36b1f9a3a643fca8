//! What depends on who calls: what they may spend, and what they call the types of the schema.
//!
//! The invariant: what a gateway asks is judged by the schema's own names, as any document is.

use super::{Checked, prefix, prefix::Prefixed, price, select::selected};
use crate::{Endpoint, GraphqlCode, Limits, Refusal};
use async_graphql::Variables;
use serde_json::{Map, Value as Json};

/// Judges what depends on who calls.
///
/// # Errors
/// `DOCUMENT_TOO_COMPLEX`, `INTROSPECTION_CLOSED`, and of what a gateway asks whatever [`super::check`] refuses.
pub(crate) async fn admit<E: Endpoint>(checked: Checked, endpoint: &E, caller: &E::Caller) -> Result<Checked, Refusal> {
    let checked = match checked.is_of_gateway {
        true => settle(checked, endpoint.type_prefix(caller).await, endpoint.limits())?,
        false => checked,
    };
    if let Some(cost) = checked.cost {
        price::admit(cost, endpoint.cost_limit(caller), endpoint.tells_schema(caller))?;
    }
    Ok(checked)
}

/// Judges an operation again that asks for `_entities`, with the schema's own names in place of those with the caller's prefix.
fn settle(mut checked: Checked, prefix: Option<String>, limits: &Limits) -> Result<Checked, Refusal> {
    let parsed = checked.request.parsed_query();
    let parsed = parsed.map_err(|_| Refusal::from(GraphqlCode::GraphqlParseFailed))?;
    let mut document = parsed.clone();
    if let Some(prefix) = &prefix {
        prefix::without(prefix, &mut document, &limits.outline);
    }
    limits.outline.check_names(&document)?;
    let operation_name = checked.request.operation_name.clone();
    let operation = selected(&document, operation_name.as_deref())?;
    let variables = std::mem::take(&mut checked.request.variables);
    let mut variables = match variables.into_value().into_json() {
        Ok(Json::Object(variables)) => variables,
        _ => Map::new(),
    };
    limits.outline.settle_inputs(&document, operation, &mut variables)?;
    checked.cost = price::check(&document, operation, &variables, limits)?;
    checked.request.variables = Variables::from_json(Json::Object(variables));
    checked.prefixed = prefix.map(|prefix| Prefixed::new(prefix, &document, operation_name, &limits.outline));
    checked.request.set_parsed_query(document);
    Ok(checked)
}

#[cfg(test)]
mod tests;
