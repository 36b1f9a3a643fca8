//! The checks of a document before the schema sees it: size, operation, and what it costs with fragments resolved.
//!
//! The invariant: checking takes time linear in the document. Fragments are measured once each, by height and not by
//! absolute depth, whatever they are called, and counts saturate, so that a fragment bomb costs nothing.

use super::request::Body;
use super::{GraphqlCode, Limits, Refusal, lexer};
use async_graphql::Request;
use async_graphql::parser::types::{
    Directive, DocumentOperations, ExecutableDocument, OperationDefinition, OperationType, Selection, SelectionSet,
};
use async_graphql::parser::{Positioned, parse_query};
use std::collections::HashMap;

/// How many fragments and selection sets may lead into each other, which bounds the recursion here and in the schema's
/// own checks.
const CHAIN: usize = 150;

/// A request whose document passed.
#[derive(Debug)]
pub struct Checked {
    /// The request, its document already parsed.
    pub request: Request,
    /// The kind of the operation that it means.
    pub kind: OperationType,
}

/// Parses and checks the document of a request.
///
/// # Errors
/// A refusal with one of the document's codes, placed where it concerns one place.
pub fn check(body: Body, limits: &Limits) -> Result<Checked, Refusal> {
    lexer::check(&body.query, limits)?;
    let document = parse_query(&body.query).map_err(|error| {
        let refusal = Refusal::from(GraphqlCode::GraphqlParseFailed).saying(error.to_string());
        error.positions().fold(refusal, Refusal::at)
    })?;
    let operation = selected(&document, body.operation_name.as_deref())?;
    let kind = operation.node.ty;
    let mut meter = Meter {
        document: &document,
        fragments: HashMap::new(),
    };
    meter.check(operation, limits)?;
    let mut request = body.into_request();
    request.set_parsed_query(document);
    Ok(Checked { request, kind })
}

/// The operation that a name means; without a name there must be only one.
fn selected<'a>(
    document: &'a ExecutableDocument,
    name: Option<&str>,
) -> Result<&'a Positioned<OperationDefinition>, Refusal> {
    let found = match (&document.operations, name) {
        (DocumentOperations::Single(operation), None) => Some(operation),
        (DocumentOperations::Multiple(operations), Some(name)) => operations.get(name),
        (DocumentOperations::Multiple(operations), None) if operations.len() == 1 => operations.values().next(),
        (DocumentOperations::Single(_), Some(_)) | (DocumentOperations::Multiple(_), None) => None,
    };
    found.ok_or_else(|| GraphqlCode::OperationResolutionFailure.into())
}

/// What a selection set is, fragments resolved.
#[derive(Clone, Copy, Debug, Default)]
struct Measure {
    /// Levels of fields in it.
    height: usize,
    /// Fields, spreads and inline fragments, at all levels.
    selections: usize,
    /// Fields at its first level.
    width: usize,
    aliases: usize,
    directives: usize,
    /// Fields at its first level that check a credential, were this the root of a mutation.
    credentials: usize,
}

impl Measure {
    /// Both together, side by side.
    fn beside(self, other: Self) -> Self {
        Self {
            height: self.height.max(other.height),
            selections: self.selections.saturating_add(other.selections),
            width: self.width.saturating_add(other.width),
            aliases: self.aliases.saturating_add(other.aliases),
            directives: self.directives.saturating_add(other.directives),
            credentials: self.credentials.saturating_add(other.credentials),
        }
    }
}

struct Meter<'a> {
    document: &'a ExecutableDocument,
    /// What each fragment is; nothing while it is being measured, which is how a cycle shows.
    fragments: HashMap<&'a str, Option<Measure>>,
}

impl<'a> Meter<'a> {
    fn check(&mut self, selected: &Positioned<OperationDefinition>, limits: &Limits) -> Result<(), Refusal> {
        let mut total = Measure::default();
        // Sorted, so that the same document always gets the same answer.
        let mut operations: Vec<_> = self.document.operations.iter().collect();
        operations.sort_by_key(|(_, operation)| operation.pos);
        for (_, operation) in operations {
            let mut measure = self.set(&operation.node.selection_set.node, limits, 0)?;
            if operation.pos == selected.pos && measure.width > limits.root_fields {
                let refusal = complex(format!("An operation may have {} root fields.", limits.root_fields));
                return Err(refusal.at(operation.pos));
            }
            if operation.node.ty != OperationType::Mutation {
                measure.credentials = 0;
            }
            let variables = operation.node.variable_definitions.iter();
            let of_variables: usize = variables.map(|variable| variable.node.directives.len()).sum();
            measure.directives = measure
                .directives
                .saturating_add(operation.node.directives.len() + of_variables);
            total = total.beside(measure);
        }
        // Fragments that no operation uses are visited too: the schema's checks walk them before it refuses them.
        let mut names: Vec<_> = self
            .document
            .fragments
            .iter()
            .map(|(name, fragment)| (fragment.pos, name))
            .collect();
        names.sort_unstable();
        for (_, name) in names {
            self.fragment(name, limits, 0)?;
        }
        within(&total, limits)
    }

    fn set(&mut self, set: &'a SelectionSet, limits: &Limits, chain: usize) -> Result<Measure, Refusal> {
        if chain > CHAIN {
            return Err(complex("Too many fragments lead into each other."));
        }
        let mut total = Measure::default();
        for selection in &set.items {
            let mut measure = match &selection.node {
                Selection::Field(field) => {
                    let inner = self.set(&field.node.selection_set.node, limits, chain + 1)?;
                    Measure {
                        height: inner.height.saturating_add(1),
                        width: 1,
                        aliases: inner.aliases.saturating_add(usize::from(field.node.alias.is_some())),
                        credentials: usize::from(limits.credential_fields.contains(field.node.name.node.as_str())),
                        ..inner
                    }
                }
                Selection::InlineFragment(inline) => self.set(&inline.node.selection_set.node, limits, chain + 1)?,
                Selection::FragmentSpread(spread) => {
                    let name = &spread.node.fragment_name;
                    self.fragment(&name.node, limits, chain + 1).map_err(|refusal| {
                        if refusal.errors.iter().all(|error| error.locations.is_empty()) {
                            refusal.at(name.pos)
                        } else {
                            refusal
                        }
                    })?
                }
            };
            measure.selections = measure.selections.saturating_add(1);
            measure.directives = measure.directives.saturating_add(count(selection.node.directives()));
            total = total.beside(measure);
        }
        Ok(total)
    }

    /// A fragment that does not exist measures nothing; the schema's validation names it better.
    fn fragment(&mut self, name: &str, limits: &Limits, chain: usize) -> Result<Measure, Refusal> {
        let Some((name, fragment)) = self.document.fragments.get_key_value(name) else {
            return Ok(Measure::default());
        };
        match self.fragments.get(name.as_str()) {
            Some(Some(known)) => return Ok(*known),
            Some(None) => {
                let message = format!("The fragment {name} contains itself.");
                return Err(Refusal::from(GraphqlCode::GraphqlValidationFailed).saying(message));
            }
            None => {}
        }
        self.fragments.insert(name, None);
        let mut measure = self.set(&fragment.node.selection_set.node, limits, chain)?;
        measure.directives = measure.directives.saturating_add(count(&fragment.node.directives));
        self.fragments.insert(name, Some(measure));
        Ok(measure)
    }
}

fn within(total: &Measure, limits: &Limits) -> Result<(), Refusal> {
    if total.credentials > 1 {
        return Err(GraphqlCode::CredentialCheckRepeated.into());
    }
    let bounds = [
        (total.height, limits.depth, "levels of fields"),
        (
            total.selections,
            limits.selections,
            "selections, counting each use of a fragment",
        ),
        (total.aliases, limits.aliases, "aliases"),
        (total.directives, limits.directives, "directives"),
    ];
    match bounds.iter().find(|(count, limit, _)| count > limit) {
        Some((_, limit, what)) => Err(complex(format!("A document may have {limit} {what}."))),
        None => Ok(()),
    }
}

fn complex(message: impl Into<String>) -> Refusal {
    Refusal::from(GraphqlCode::DocumentTooComplex).saying(message)
}

fn count(directives: &[Positioned<Directive>]) -> usize {
    directives.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::fmt::Write as _;

    fn checked(document: &str, name: Option<&str>, limits: &Limits) -> Result<OperationType, String> {
        let body = Body::from_payload(json!({ "query": document, "operationName": name })).expect("a body");
        check(body, limits)
            .map(|checked| checked.kind)
            .map_err(|refusal| refusal.code().to_owned())
    }

    fn limits() -> Limits {
        Limits {
            credential_fields: ["signIn", "signUp"].into(),
            ..Limits::default()
        }
    }

    fn code(document: &str, limits: &Limits) -> Option<String> {
        checked(document, None, limits).err()
    }

    const COMPLEX: Option<&str> = Some("DOCUMENT_TOO_COMPLEX");

    #[test]
    fn the_operation_is_the_only_one_or_the_one_that_is_named() {
        let two = "query A { a } mutation B { b }";
        assert_eq!(
            checked("subscription { a }", None, &limits()),
            Ok(OperationType::Subscription)
        );
        assert_eq!(
            checked("mutation B { a }", None, &limits()),
            Ok(OperationType::Mutation)
        );
        assert_eq!(checked(two, Some("A"), &limits()), Ok(OperationType::Query));
        assert_eq!(checked(two, Some("B"), &limits()), Ok(OperationType::Mutation));
        for (document, name) in [
            (two, None),
            (two, Some("C")),
            ("{ a }", Some("A")),
            ("query A { a }", Some("")),
        ] {
            let refused = checked(document, name, &limits());
            assert_eq!(
                refused,
                Err("OPERATION_RESOLUTION_FAILURE".to_owned()),
                "{document} {name:?}"
            );
        }
    }

    #[test]
    fn what_does_not_parse_is_refused_at_its_place() {
        let body = Body::from_payload(json!({ "query": "{ a\n ) }" })).expect("a body");
        let refusal = check(body, &limits()).expect_err("a refusal");
        assert_eq!(refusal.code(), "GRAPHQL_PARSE_FAILED");
        assert_eq!(
            refusal
                .errors
                .first()
                .and_then(|error| error.locations.first())
                .map(|place| place.line),
            Some(2)
        );
    }

    #[test]
    fn depth_counts_fields_through_fragments_whatever_they_are_called() {
        let limits = Limits { depth: 3, ..limits() };
        assert_eq!(code("{ a { b { c } } }", &limits), None);
        assert_eq!(code("{ a { ... on T { ... { b { c } } } } }", &limits), None);
        assert_eq!(code("{ a { b { c { d } } } }", &limits).as_deref(), COMPLEX);
        for name in ["F", "__schema", "__type", "flattenFragments"] {
            let document =
                format!("{{ x {{ ...{name} }} y {{ z {{ ...{name} }} }} }} fragment {name} on T {{ b {{ c }} }}");
            assert_eq!(code(&document, &limits).as_deref(), COMPLEX, "{name}");
            let shallow = format!("{{ x {{ ...{name} }} }} fragment {name} on T {{ b {{ c }} }}");
            assert_eq!(code(&shallow, &limits), None, "{name}");
        }
        let introspection = "{ __schema { types { fields { name } } } }";
        assert_eq!(code(introspection, &limits).as_deref(), COMPLEX);
    }

    #[test]
    fn a_fragment_bomb_is_refused_at_once() {
        let mut document = "{ ...F0 }".to_owned();
        for index in 0..80 {
            let next = index + 1;
            write!(document, " fragment F{index} on T {{ ...F{next} ...F{next} }}").expect("a string");
        }
        for last in [" fragment F80 on T { a }", ""] {
            assert_eq!(
                code(&format!("{document}{last}"), &limits()).as_deref(),
                COMPLEX,
                "{last}"
            );
        }
    }

    #[test]
    fn long_chains_and_cycles_of_fragments_are_refused_used_or_not() {
        let mut document = "{ a }".to_owned();
        for index in 0..400 {
            write!(document, " fragment F{index} on T {{ ...F{} }}", index + 1).expect("a string");
        }
        assert_eq!(code(&document, &limits()).as_deref(), COMPLEX);
        for cycle in [
            "{ ...A } fragment A on T { ...A }",
            "{ ...A } fragment A on T { x { ...B } } fragment B on T { ... { ...A } }",
            "{ a } fragment A on T { ...B } fragment B on T { ...A }",
        ] {
            assert_eq!(
                code(cycle, &limits()).as_deref(),
                Some("GRAPHQL_VALIDATION_FAILED"),
                "{cycle}"
            );
        }
        assert_eq!(code("{ ...Unknown }", &limits()), None);
    }

    #[test]
    fn aliases_directives_and_selections_count_once_for_each_use() {
        let twice = "{ ...F x { ...F } } fragment F on T { p: a @skip(if: false) b }";
        let tight = |aliases, directives, selections| Limits {
            selections,
            aliases,
            directives,
            ..limits()
        };
        assert_eq!(code(twice, &tight(2, 2, 7)), None);
        assert_eq!(code(twice, &tight(1, 2, 7)).as_deref(), COMPLEX);
        assert_eq!(code(twice, &tight(2, 1, 7)).as_deref(), COMPLEX);
        assert_eq!(code(twice, &tight(2, 2, 6)).as_deref(), COMPLEX);
        let everywhere = "query ($v: Int @d) @d { ...F @d ... @d { a } } fragment F on T @d { a }";
        assert_eq!(code(everywhere, &tight(0, 5, 7)), None);
        assert_eq!(code(everywhere, &tight(0, 4, 7)).as_deref(), COMPLEX);
    }

    #[test]
    fn root_fields_are_counted_through_fragments() {
        let limits = Limits {
            root_fields: 2,
            ..limits()
        };
        assert_eq!(code("{ a { x y z } ... { b } }", &limits), None);
        assert_eq!(code("{ a ...F } fragment F on T { b c }", &limits).as_deref(), COMPLEX);
    }

    #[test]
    fn a_document_checks_one_credential_however_it_is_written() {
        for document in [
            "mutation { signIn { id } client: other { signIn signIn } }",
            "mutation { ...F } fragment F on Mutation { signIn }",
            "query { signIn a: signIn }",
        ] {
            assert_eq!(code(document, &limits()), None, "{document}");
        }
        for document in [
            "mutation { a: signIn b: signIn }",
            "mutation { signIn signIn }",
            "mutation { signIn signUp }",
            "mutation { signIn ... { b: signIn } }",
            "mutation { ...F ...F } fragment F on Mutation { signIn }",
            "mutation { signIn ...F } fragment F on Mutation { ...G } fragment G on Mutation { ... on Mutation { signUp } }",
            "mutation { signIn a: signIn @skip(if: true) }",
        ] {
            assert_eq!(
                code(document, &limits()).as_deref(),
                Some("CREDENTIAL_CHECK_REPEATED"),
                "{document}"
            );
        }
        let two = "mutation A { signIn } mutation B { signIn }";
        assert_eq!(
            checked(two, Some("A"), &limits()),
            Err("CREDENTIAL_CHECK_REPEATED".to_owned())
        );
    }

    #[test]
    fn a_thousand_aliases_of_a_sign_in_are_refused() {
        let mut aliases = String::new();
        for index in 0..300 {
            write!(aliases, "a{index}: signIn(code: \"{index}\") ").expect("a string");
        }
        let refused = code(
            &format!("mutation {{ {aliases} }}"),
            &Limits {
                root_fields: 1_000,
                ..limits()
            },
        );
        assert_eq!(refused.as_deref(), Some("CREDENTIAL_CHECK_REPEATED"));
    }
}
