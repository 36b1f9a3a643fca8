//! The root field of a subscription, where it stands in fragments.
//!
//! The library looks for it among the operation's own selections alone, and follows nothing where it finds none there: the
//! operation would complete without a word. The invariant: what passes means what it meant, and has its root field where the
//! library looks.

use crate::{GraphqlCode, Refusal};
use async_graphql::parser::Positioned;
use async_graphql::parser::types::{
    Directive, DocumentOperations, ExecutableDocument, FragmentDefinition, OperationDefinition, OperationType,
    Selection, SelectionSet,
};
use async_graphql_value::Name;
use std::collections::{HashMap, HashSet};

/// How deep fragments may stand within each other there. Some that contain themselves have no other end.
const DEPTH: usize = 20;

type Fragments = HashMap<Name, Positioned<FragmentDefinition>>;

/// Puts the root field of each subscription in the place of the fragments that hold it.
///
/// # Errors
/// `GRAPHQL_VALIDATION_FAILED` where there is more than one selection beside such a fragment or within it, and where one has a directive.
pub(super) fn lift(document: &mut ExecutableDocument) -> Result<(), Refusal> {
    let ExecutableDocument { operations, fragments } = document;
    let operations: Vec<&mut Positioned<OperationDefinition>> = match operations {
        DocumentOperations::Single(operation) => vec![operation],
        DocumentOperations::Multiple(operations) => operations.values_mut().collect(),
    };
    let mut lifted = HashSet::new();
    for operation in operations {
        let set = &operation.node.selection_set.node;
        let has_fragment = set
            .items
            .iter()
            .any(|selection| !matches!(selection.node, Selection::Field(_)));
        if operation.node.ty == OperationType::Subscription && has_fragment {
            let found = root_of(set, fragments, &mut lifted)?.clone();
            operation.node.selection_set.node.items = vec![found];
        }
        if operation.node.ty == OperationType::Subscription {
            refuse_conditions(&operation.node.selection_set.node)?;
        }
    }
    // What nothing spreads any more would be refused as unused; what such a fragment has spread alone is next.
    while !lifted.is_empty() {
        let (spread, before) = (spreads(document), document.fragments.len());
        let is_needed = |name: &Name| !lifted.contains(name) || spread.contains(name);
        document.fragments.retain(|name, _| is_needed(name));
        if document.fragments.len() == before {
            break;
        }
    }
    Ok(())
}

/// Refuses `@skip` and `@include` at the root (GraphQL, "Single Root Field"): what is left out there is followed without a word.
fn refuse_conditions(set: &SelectionSet) -> Result<(), Refusal> {
    for selection in &set.items {
        let Selection::Field(field) = &selection.node else {
            continue;
        };
        let mut names = field
            .node
            .directives
            .iter()
            .map(|directive| directive.node.name.node.as_str());
        if names.any(|name| matches!(name, "skip" | "include")) {
            let refusal = Refusal::from(GraphqlCode::GraphqlValidationFailed);
            return Err(refusal
                .saying("The root field of a subscription may have neither @skip nor @include.")
                .at(selection.pos));
        }
    }
    Ok(())
}

/// The one selection within all fragments around it. It goes one way, so that it costs no more than the document is deep.
fn root_of<'a>(
    set: &'a SelectionSet,
    fragments: &'a Fragments,
    lifted: &mut HashSet<Name>,
) -> Result<&'a Positioned<Selection>, Refusal> {
    let refuse = || Refusal::from(GraphqlCode::GraphqlValidationFailed);
    let mut set = set;
    for depth in 0.. {
        let [selection] = set.items.as_slice() else {
            let refusal = refuse().saying("A subscription has one root field.");
            return Err(set
                .items
                .get(1)
                .map_or(refusal.clone(), |second| refusal.at(second.pos)));
        };
        let Some((inner, has_directive)) = within(selection, fragments).filter(|_| depth < DEPTH) else {
            // What is unknown, of another type or without an end is for those to tell who judge that.
            return Ok(selection);
        };
        if has_directive {
            let sentence = "A fragment that holds the root field of a subscription may have no directive.";
            return Err(refuse().saying(sentence).at(selection.pos));
        }
        if let Selection::FragmentSpread(spread) = &selection.node {
            lifted.insert(spread.node.fragment_name.node.clone());
        }
        set = inner;
    }
    unreachable!("the depth is bounded")
}

/// What a fragment on subscriptions holds, and whether it has a directive, where it is spread or defined; nothing of anything else.
fn within<'a>(selection: &'a Positioned<Selection>, fragments: &'a Fragments) -> Option<(&'a SelectionSet, bool)> {
    let has = |directives: &[Positioned<Directive>]| !directives.is_empty();
    match &selection.node {
        Selection::Field(_) => None,
        Selection::InlineFragment(inline) => {
            let condition = inline.node.type_condition.as_ref();
            let is_own = condition.is_none_or(|condition| condition.node.on.node == "Subscription");
            is_own.then_some((&inline.node.selection_set.node, has(&inline.node.directives)))
        }
        Selection::FragmentSpread(spread) => {
            let fragment = &fragments.get(&spread.node.fragment_name.node)?.node;
            let is_own = fragment.type_condition.node.on.node == "Subscription";
            let has_directive = has(&spread.node.directives) || has(&fragment.directives);
            is_own.then_some((&fragment.selection_set.node, has_directive))
        }
    }
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
            "subscription { ...F } fragment F on Subscription @skip(if: true) { a }",
        ] {
            assert!(lifted(text).unwrap_err().contains("directive"), "{text}");
        }
    }

    #[test]
    fn the_root_field_is_followed_on_no_condition() {
        for text in [
            "subscription { a @skip(if: true) }",
            "subscription($b: Boolean!) { ... { a @include(if: $b) } }",
        ] {
            assert!(
                lifted(text).unwrap_err().contains("neither @skip nor @include"),
                "{text}"
            );
        }
        assert!(lifted("{ a @skip(if: true) }").is_ok());
    }

    #[test]
    fn fragments_that_multiply_are_refused_before_they_do() {
        let doubling = |index: usize| format!("fragment F{index} on Subscription {{ ...F{0} ...F{0} }} ", index + 1);
        let bomb: String = (0..60).map(doubling).collect();
        for text in [
            format!("subscription {{ ...F0 }} {bomb}"),
            "subscription { ...F } fragment F on Subscription { ...F ...F ...F }".to_owned(),
            "subscription { ... { a b } }".to_owned(),
            "subscription { ...F a } fragment F on Subscription { a }".to_owned(),
        ] {
            assert_eq!(
                lifted(&text).unwrap_err(),
                "A subscription has one root field.",
                "{text}"
            );
        }
    }
}
