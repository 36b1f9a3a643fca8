//! The root field of a subscription, where it stands in fragments.
//!
//! The library looks for it among the operation's own selections alone, and follows nothing where it finds none there: the
//! operation would complete without a word. The invariant: what passes means what it meant, and has its root field where the
//! library looks.

use crate::{GraphqlCode, Refusal};
use async_graphql::parser::Positioned;
use async_graphql::parser::types::{ExecutableDocument, OperationType, Selection, SelectionSet};
use async_graphql_value::Name;
use std::collections::{HashMap, HashSet};

/// How deep fragments may stand within each other there, so that some that contain themselves have an end.
const DEPTH: usize = 20;

/// Puts the root selections of each subscription in the place of the fragments that hold them.
///
/// # Errors
/// `GRAPHQL_VALIDATION_FAILED` where such a fragment has a directive.
pub(super) fn lift(document: &mut ExecutableDocument) -> Result<(), Refusal> {
    let mut lifted = HashSet::new();
    let fragments: HashMap<Name, SelectionSet> = if has_work(document) {
        let definitions = document.fragments.iter();
        definitions
            .filter(|(_, fragment)| fragment.node.type_condition.node.on.node == "Subscription")
            .map(|(name, fragment)| (name.clone(), fragment.node.selection_set.node.clone()))
            .collect()
    } else {
        return Ok(());
    };
    for operation in operations(document) {
        let mut flat = Vec::new();
        flatten(
            &operation.node.selection_set.node,
            &fragments,
            0,
            &mut flat,
            &mut lifted,
        )?;
        operation.node.selection_set.node.items = flat;
    }
    // What nothing spreads any more would be refused as unused; what such a fragment has spread alone is next.
    loop {
        let (spread, before) = (spreads(document), document.fragments.len());
        let is_needed = |name: &Name| !lifted.contains(name) || spread.contains(name);
        document.fragments.retain(|name, _| is_needed(name));
        if document.fragments.len() == before {
            return Ok(());
        }
    }
}

fn has_work(document: &ExecutableDocument) -> bool {
    document.operations.iter().any(|(_, operation)| {
        let mut items = operation.node.selection_set.node.items.iter();
        operation.node.ty == OperationType::Subscription
            && items.any(|selection| !matches!(selection.node, Selection::Field(_)))
    })
}

fn operations(
    document: &mut ExecutableDocument,
) -> impl Iterator<Item = &mut Positioned<async_graphql::parser::types::OperationDefinition>> {
    use async_graphql::parser::types::DocumentOperations;
    let operations: Vec<_> = match &mut document.operations {
        DocumentOperations::Single(operation) => vec![operation],
        DocumentOperations::Multiple(operations) => operations.values_mut().collect(),
    };
    operations
        .into_iter()
        .filter(|operation| operation.node.ty == OperationType::Subscription)
}

fn flatten(
    set: &SelectionSet,
    fragments: &HashMap<Name, SelectionSet>,
    depth: usize,
    flat: &mut Vec<Positioned<Selection>>,
    lifted: &mut HashSet<Name>,
) -> Result<(), Refusal> {
    for selection in &set.items {
        let (directives, inner) = match &selection.node {
            Selection::Field(_) => (&[][..], None),
            Selection::InlineFragment(inline) => {
                let condition = inline.node.type_condition.as_ref();
                let is_own = condition.is_none_or(|condition| condition.node.on.node == "Subscription");
                let set = is_own.then_some(&inline.node.selection_set.node);
                (inline.node.directives.as_slice(), set)
            }
            Selection::FragmentSpread(spread) => {
                let name = &spread.node.fragment_name.node;
                let set = fragments.get(name);
                if set.is_some() {
                    lifted.insert(name.clone());
                }
                (spread.node.directives.as_slice(), set)
            }
        };
        match inner {
            Some(_) if !directives.is_empty() => {
                let refusal = Refusal::from(GraphqlCode::GraphqlValidationFailed);
                return Err(refusal
                    .saying("A fragment that holds the root field of a subscription may have no directive.")
                    .at(selection.pos));
            }
            Some(inner) if depth < DEPTH => flatten(inner, fragments, depth + 1, flat, lifted)?,
            // What is unknown, of another type or without an end is for those to tell who judge that.
            Some(_) | None => flat.push(selection.clone()),
        }
    }
    Ok(())
}

/// The names of all fragments that something spreads.
fn spreads(document: &ExecutableDocument) -> HashSet<Name> {
    fn collect(set: &SelectionSet, names: &mut HashSet<Name>) {
        for selection in &set.items {
            match &selection.node {
                Selection::Field(field) => collect(&field.node.selection_set.node, names),
                Selection::InlineFragment(inline) => collect(&inline.node.selection_set.node, names),
                Selection::FragmentSpread(spread) => {
                    names.insert(spread.node.fragment_name.node.clone());
                }
            }
        }
    }
    let mut names = HashSet::new();
    for (_, operation) in document.operations.iter() {
        collect(&operation.node.selection_set.node, &mut names);
    }
    for fragment in document.fragments.values() {
        collect(&fragment.node.selection_set.node, &mut names);
    }
    names
}

#[cfg(test)]
mod tests {
    use super::lift;
    use async_graphql::parser::parse_query;
    use async_graphql::parser::types::Selection;

    /// The root fields of the first operation, and the fragments that are left.
    fn lifted(text: &str) -> Result<(Vec<String>, Vec<String>), String> {
        let mut document = parse_query(text).unwrap();
        lift(&mut document).map_err(|refusal| refusal.errors[0].message.clone())?;
        let (_, operation) = document.operations.iter().next().unwrap();
        let items = operation.node.selection_set.node.items.iter();
        let fields = items.map(|selection| match &selection.node {
            Selection::Field(field) => field.node.response_key().node.to_string(),
            Selection::InlineFragment(_) => "...".to_owned(),
            Selection::FragmentSpread(spread) => format!("...{}", spread.node.fragment_name.node),
        });
        let mut left: Vec<_> = document.fragments.keys().map(ToString::to_string).collect();
        left.sort();
        Ok((fields.collect(), left))
    }

    #[test]
    fn the_root_field_of_a_subscription_is_found_in_fragments() {
        for (text, fields, left) in [
            ("subscription { a }", vec!["a"], vec![]),
            ("subscription { ... { a } }", vec!["a"], vec![]),
            (
                "subscription { ... on Subscription { ... { b: a } } }",
                vec!["b"],
                vec![],
            ),
            (
                "subscription { ...F } fragment F on Subscription { ...G } fragment G on Subscription { a { ...H } } fragment H on A { c }",
                vec!["a"],
                vec!["H"],
            ),
            // What is for others to refuse.
            ("subscription { ...F }", vec!["...F"], vec![]),
            ("subscription { ... on Query { a } }", vec!["..."], vec![]),
            (
                "subscription { ...F } fragment F on Query { a }",
                vec!["...F"],
                vec!["F"],
            ),
            ("subscription { ... { a b } }", vec!["a", "b"], vec![]),
            ("{ ...F } fragment F on Query { a }", vec!["...F"], vec!["F"]),
        ] {
            let (found, kept) = lifted(text).unwrap();
            assert_eq!(
                (found, kept),
                (
                    fields.iter().map(ToString::to_string).collect(),
                    left.iter().map(ToString::to_string).collect()
                ),
                "{text}"
            );
        }
        let (_, left) = lifted("subscription { ...F } fragment F on Subscription { ...F }").unwrap();
        assert_eq!(left, ["F"], "what contains itself is left to be refused");
        for text in [
            "subscription { ... @include(if: true) { a } }",
            "subscription { ...F @skip(if: false) } fragment F on Subscription { a }",
        ] {
            assert!(lifted(text).unwrap_err().contains("directive"), "{text}");
        }
    }
}
