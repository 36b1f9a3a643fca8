//! What an operation that stays open takes for as long as it does.
//!
//! Invariant: it grows with whatever its caller has written, so that a bound on it bounds what a caller can have a process keep.

use crate::outline::Cost;
use async_graphql::parser::Positioned;
use async_graphql::parser::types::{Directive, ExecutableDocument, Field, Selection, SelectionSet};
use async_graphql_value::{Name, Value};
use serde_json::{Map, Value as Json};

/// What something that is followed takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Weight {
    /// What each of its responses costs.
    pub cost: u64,
    /// About how many bytes are kept between them.
    pub bytes: u64,
}

/// What is kept whatever is followed: the execution, its place among others, and the last response of an audience.
const EXECUTION: u64 = 20 * 1024;
/// What is kept of a field, a fragment or a spread. Measured, with what the library makes of it.
const SELECTION: u64 = 640;
/// What is kept of a value, be it in the document or a variable. Measured too.
const VALUE: u64 = 320;

pub(super) fn of(
    document: &ExecutableDocument,
    text: &str,
    variables: &Map<String, Json>,
    cost: Option<Cost>,
) -> Weight {
    let of_operations = document.operations.iter().map(|(_, operation)| {
        let operation = &operation.node;
        let defined = operation.variable_definitions.iter().map(|variable| {
            let default = variable
                .node
                .default_value
                .as_ref()
                .map(|default| default.node.clone().into_value());
            VALUE + default.map_or(0, |default| literal(&default)) + directives(&variable.node.directives)
        });
        defined.sum::<u64>() + directives(&operation.directives) + set(&operation.selection_set.node)
    });
    let of_fragments = document.fragments.values().map(|fragment| {
        let fragment = &fragment.node;
        SELECTION + directives(&fragment.directives) + set(&fragment.selection_set.node)
    });
    let selections: u64 = of_operations.chain(of_fragments).sum();
    let values: u64 = variables
        .iter()
        .map(|(name, value)| VALUE + bytes(name) + json(value))
        .sum();
    Weight {
        cost: cost.map_or(0, |cost| cost.objects),
        bytes: EXECUTION + bytes(text) + selections + values,
    }
}

fn set(set: &SelectionSet) -> u64 {
    let selections = set.items.iter().map(|selection| match &selection.node {
        Selection::Field(selected) => SELECTION + field(&selected.node),
        Selection::InlineFragment(inline) => {
            SELECTION + directives(&inline.node.directives) + self::set(&inline.node.selection_set.node)
        }
        Selection::FragmentSpread(spread) => SELECTION + directives(&spread.node.directives),
    });
    selections.sum()
}

fn field(field: &Field) -> u64 {
    arguments(&field.arguments) + directives(&field.directives) + set(&field.selection_set.node)
}

fn directives(directives: &[Positioned<Directive>]) -> u64 {
    let each = directives
        .iter()
        .map(|directive| SELECTION + arguments(&directive.node.arguments));
    each.sum()
}

fn arguments(arguments: &[(Positioned<Name>, Positioned<Value>)]) -> u64 {
    arguments.iter().map(|(_, value)| VALUE + literal(&value.node)).sum()
}

fn literal(value: &Value) -> u64 {
    match value {
        Value::List(values) => values.iter().map(|value| VALUE + literal(value)).sum(),
        Value::Object(members) => members.values().map(|value| VALUE + literal(value)).sum(),
        _ => 0,
    }
}

fn json(value: &Json) -> u64 {
    match value {
        Json::Array(values) => values.iter().map(|value| VALUE + json(value)).sum(),
        Json::Object(members) => members
            .iter()
            .map(|(name, value)| VALUE + bytes(name) + json(value))
            .sum(),
        Json::String(text) => bytes(text),
        _ => 0,
    }
}

fn bytes(text: &str) -> u64 {
    u64::try_from(text.len()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::{EXECUTION, SELECTION, VALUE, of};
    use async_graphql::parser::parse_query;
    use serde_json::json;

    fn weighed(text: &str, variables: &serde_json::Value) -> u64 {
        let document = parse_query(text).unwrap();
        of(&document, text, variables.as_object().unwrap(), None).bytes - EXECUTION
    }

    #[test]
    fn everything_that_is_written_weighs_something() {
        let (none, text) = (json!({}), "subscription { a }");
        assert_eq!(weighed(text, &none), 18 + SELECTION);
        let longer = "subscription { a(b: [1, { c: 2 }]) { ...F } } fragment F on A { d ... { e } }";
        assert_eq!(
            weighed(longer, &none),
            u64::try_from(longer.len()).unwrap() + 6 * SELECTION + 4 * VALUE
        );
        let defaults = "subscription($b: B = [1, { c: 2 }]) @f(e: 3) { a @skip(if: false) }";
        assert_eq!(
            weighed(defaults, &none),
            u64::try_from(defaults.len()).unwrap() + 3 * SELECTION + 6 * VALUE
        );
        let variables = json!({ "ab": [1, { "c": "four" }] });
        assert_eq!(weighed(text, &variables), weighed(text, &none) + 4 * VALUE + 2 + 1 + 4);
    }
}
