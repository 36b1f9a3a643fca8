//! The checks of a document before the schema sees it.
//!
//! The library's own validation can neither be stopped nor capped, and its errors multiply: with what a document repeats,
//! and with the selection sets around it. So whatever would make it expensive is refused here, in this order: size and
//! nesting (`lexer`), counts with fragments resolved (`meter`), fields that contradict each other (`overlap`), names
//! that the schema does not have, values that do not fit it, and the cost of what is asked for (`price`), these three by
//! [`super::outline`]. A few mistakes pass, for the library explains them better. What depends on the text alone is not checked again for a text that has passed
//! (`remembered`).
//!
//! The invariant: checking takes time linear in the document and its variables, and what passes, the library validates
//! in time linear in the limits.

mod admission;
mod meter;
mod overlap;
pub(super) mod prefix;
mod price;
mod remembered;
mod root;
mod select;
mod weight;

use super::outline::Cost;
use super::refusal::complex;
use super::request::Body;
use super::{GraphqlCode, Limits, Refusal, lexer};
pub(super) use admission::admit;
use async_graphql::Request;
use async_graphql::parser::types::{ExecutableDocument, OperationType};
use async_graphql::parser::{self, parse_query};
use meter::Meter;
#[cfg(test)]
pub(super) use price::check as check_cost;
pub use remembered::Documents;
use select::selected;
use serde_json::{Map, Value as Json};
pub use weight::Weight;

/// A request whose document passed.
#[derive(Debug)]
pub struct Checked {
    /// The request, its document already parsed.
    pub request: Request,
    /// The kind of the operation that it means.
    pub kind: OperationType,
    /// What the operation costs; nothing where no schema is known.
    pub(crate) cost: Option<Cost>,
    /// What it takes while it is followed; nothing for what is answered once.
    pub(crate) weight: Weight,
    /// Whether it asks for `_entities`, as gateways do: [`admit`] judges it again, by its caller's names.
    is_of_gateway: bool,
    /// How its answer names types, where its caller has names of its own.
    pub prefixed: Option<prefix::Prefixed>,
}

/// Parses and checks the document of a request.
///
/// # Errors
/// A refusal with one of the document's codes, placed where it concerns one place.
pub fn check(mut body: Body, limits: &Limits) -> Result<Checked, Refusal> {
    let known = limits.documents.find(&body.query);
    let is_known = known.is_some();
    let settled_cost = known.as_ref().and_then(|known| known.cost);
    let document = match known {
        Some(known) => ExecutableDocument::clone(&known.document),
        None => parsed(&body.query, limits)?,
    };
    let operation = selected(&document, body.operation_name.as_deref())?;
    // With one operation and no variables the text of a known document has said all that there is to judge.
    let is_settled = is_known
        && document.operations.iter().len() == 1
        && operation.node.variable_definitions.is_empty()
        && body.variables.is_empty();
    if !is_settled {
        Meter::new(&document, &body.variables, limits).check(operation)?;
    }
    let is_of_gateway = prefix::asks(&document, &operation.node);
    if !is_known {
        overlap::check(&document, limits)?;
        // Which names there are for a gateway is known when it is.
        if !is_of_gateway {
            limits.outline.check_names(&document)?;
        }
    }
    let cost = if is_settled {
        settled_cost
    } else {
        limits
            .outline
            .settle_inputs(&document, operation, &mut body.variables)?;
        price::check(&document, operation, &body.variables, limits)?
    };
    // Variables that nothing defines were judged with the rest, though the text does not speak of them.
    let speaks_for_itself = body.variables.is_empty() || !operation.node.variable_definitions.is_empty();
    if !is_known && !is_of_gateway && speaks_for_itself {
        limits.documents.keep(&body.query, &document, cost);
    }
    let kind = operation.node.ty;
    let weight = match kind {
        OperationType::Subscription => weight::of(&document, &body.query, &body.variables, cost),
        OperationType::Query | OperationType::Mutation => Weight::default(),
    };
    let mut request = body.into_request(&operation.node.variable_definitions);
    request.set_parsed_query(document);
    Ok(Checked {
        request,
        kind,
        cost,
        weight,
        is_of_gateway,
        prefixed: None,
    })
}

/// Checks a document that is to be run later, with whatever variables: what is wrong with the text of any of its operations.
/// Gives the name of one of them, if it has one.
///
/// # Errors
/// The refusal of the first request for it that would not fail by its variables.
pub fn examine(text: &str, limits: &Limits) -> Result<Option<String>, Refusal> {
    let document = parsed(text, limits)?;
    let mut operations: Vec<_> = document.operations.iter().collect();
    operations.sort_by_key(|(_, operation)| operation.pos);
    for (_, operation) in &operations {
        Meter::new(&document, &Map::new(), limits).check(operation)?;
    }
    overlap::check(&document, limits)?;
    limits.outline.check_names(&document)?;
    for (_, operation) in &operations {
        // The least that a variable can make it cost: one item of a page or list.
        let defined = operation.node.variable_definitions.iter();
        let given = defined
            .map(|variable| (variable.node.name.node.to_string(), Json::from(1)))
            .collect();
        limits.outline.check_literals(&document, operation, &given)?;
        price::check(&document, operation, &given, limits)?;
    }
    let first = operations.first().and_then(|(name, _)| *name);
    Ok(first.map(ToString::to_string))
}

/// Parses what is neither too large nor too deep.
fn parsed(query: &str, limits: &Limits) -> Result<ExecutableDocument, Refusal> {
    lexer::check(query, limits)?;
    let mut document = parse_query(query).map_err(|error| {
        let refusal = Refusal::from(GraphqlCode::GraphqlParseFailed).saying(unparsed(&error));
        error.positions().fold(refusal, Refusal::at)
    })?;
    if document.operations.iter().len() > limits.operations {
        let message = format!(
            "A document may have at most {} operations; send those that run.",
            limits.operations
        );
        return Err(complex(message));
    }
    root::lift(&mut document)?;
    Ok(document)
}

/// Why a document does not parse, without anything of it: people write passwords into documents.
fn unparsed(error: &parser::Error) -> String {
    let said = error.to_string();
    let reason = match error {
        parser::Error::OperationDuplicated { .. } => Some("two of its operations have the same name"),
        parser::Error::FragmentDuplicated { .. } => Some("two of its fragments have the same name"),
        parser::Error::MultipleOperations { .. } => Some("an operation without a name must be its only one"),
        parser::Error::MissingOperation => Some("it has no operation"),
        parser::Error::RecursionLimitExceeded => Some("it is nested too deeply"),
        // What the parser expected stands below the line that it quotes.
        _ => said.lines().find_map(|line| line.trim().strip_prefix("= ")),
    };
    match reason {
        Some(reason) => format!("The document is not GraphQL: {reason}."),
        None => GraphqlCode::GraphqlParseFailed.message().to_owned(),
    }
}

#[cfg(test)]
mod tests;
