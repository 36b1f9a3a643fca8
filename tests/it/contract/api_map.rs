//! docs/api-map.md is current, and the table of routes that it is made of is whole: nothing is served beside it, and what it
//! names is there.

use super::{assert_current, repository, source::sources};
use async_graphql::parser::types::{TypeKind, TypeSystemDefinition};
use std::{collections::BTreeSet, fmt::Write as _, fs};
use vestibule::rest::route::{Callers, Equal, Kind, ROUTES, Reference, Route};

const INTRODUCTION: &str = "\
# REST and GraphQL side by side

Generated from `src/rest/route.rs` by `scripts/docs`; do not edit.

Callers are nobody (without a credential), clients (by client token), session tokens and secret keys. *Described* operations
are in the reference documents of the API, and a run of the tests without a success of each that fits them fails
(`scripts/test sqlite contract`). *Refusing* ones are described as well, but nothing that we have needs them yet. Those and the
others have a test of their own.

| method | path | callers | GraphQL | reference | handler |
|---|---|---|---|---|---|
";

const GRAPHQL_ALONE: &str = "
## By GraphQL alone

";

fn callers(route: &Route) -> String {
    if route.callers == Callers::Everybody {
        return "everybody".to_owned();
    }
    let words = route.callers.kinds().iter().map(|kind| match kind {
        Kind::Nobody => "nobody",
        Kind::Client => "client",
        Kind::SessionToken => "session token",
        Kind::SecretKey => "secret key",
    });
    words.collect::<Vec<_>>().join(", ")
}

fn equal(route: &Route) -> String {
    match route.equal {
        Equal::Query(field) => format!("query `{field}`"),
        Equal::Mutation(field) => format!("mutation `{field}`"),
        Equal::Nothing(why) => format!("none: {why}"),
    }
}

fn reference(route: &Route) -> String {
    match route.reference {
        Reference::Described => "described".to_owned(),
        Reference::Refusing(test) => format!("refusing: `{test}`"),
        Reference::Deprecated(test) => format!("deprecated: `{test}`"),
        Reference::Lacking(test) => format!("lacking: `{test}`"),
    }
}

/// The test of a route that nobody demands of a run.
fn own_test(route: &Route) -> Option<&'static str> {
    match route.reference {
        Reference::Described => None,
        Reference::Refusing(test) | Reference::Deprecated(test) | Reference::Lacking(test) => Some(test),
    }
}

/// The fields of a root type.
fn fields(sdl: &str, root: &str) -> BTreeSet<String> {
    let document = async_graphql::parser::parse_schema(vestibule::graphql::schema::definitions(sdl)).unwrap();
    let of_root = document
        .definitions
        .into_iter()
        .find_map(|definition| match definition {
            TypeSystemDefinition::Type(found) if found.node.name.node == root => match found.node.kind {
                TypeKind::Object(object) => Some(object.fields),
                _ => None,
            },
            _ => None,
        });
    let names = of_root.unwrap().into_iter();
    names.map(|field| field.node.name.node.to_string()).collect()
}

/// The fields of both root types, with the name of the type before them.
fn operations() -> BTreeSet<(&'static str, String)> {
    let sdl = vestibule::graphql::schema::sdl();
    let of = |root| fields(&sdl, root).into_iter();
    let queries = of("Query").map(|field| ("query", field));
    queries.chain(of("Mutation").map(|field| ("mutation", field))).collect()
}

/// Those that a route names as its equal.
fn equals() -> BTreeSet<(&'static str, String)> {
    let named = ROUTES.iter().filter_map(|route| match route.equal {
        Equal::Query(field) => Some(("query", field.to_owned())),
        Equal::Mutation(field) => Some(("mutation", field.to_owned())),
        Equal::Nothing(_) => None,
    });
    named.collect()
}

fn document() -> String {
    let mut text = INTRODUCTION.to_owned();
    for route in ROUTES {
        writeln!(
            text,
            "| `{}` | `{}` | {} | {} | {} | `{}::{}` |",
            route.method,
            route.path,
            callers(route),
            equal(route),
            reference(route),
            route.capability,
            route.verb
        )
        .unwrap();
    }
    text.push_str(GRAPHQL_ALONE);
    for (kind, field) in operations().difference(&equals()) {
        writeln!(text, "- {kind} `{field}`").unwrap();
    }
    text
}

#[test]
fn the_committed_map_of_the_api_is_current() {
    assert_current("docs/api-map.md", &document());
}

#[test]
fn every_equal_is_a_field_of_the_schema() {
    let missing: Vec<_> = equals().difference(&operations()).cloned().collect();
    assert!(missing.is_empty(), "{missing:?}");
    let own = "\ntype Query {\n  \"A field.\"\n  one(\n    \"An argument.\"\n    id: ID!\n  ): A\n  two: B\n}\n\ntype A {\n  three: C\n}\n";
    assert_eq!(fields(own, "Query"), ["one", "two"].map(str::to_owned).into());
}

#[test]
fn every_operation_stands_once_in_the_table_and_reads_by_get_alone() {
    let mut seen = BTreeSet::new();
    for route in ROUTES {
        let what = format!("{} {}", route.method, route.path);
        assert!(seen.insert(what.clone()), "{what}");
        match route.equal {
            Equal::Query(field) => assert!(route.is_read(), "{what} changes what {field} reads"),
            Equal::Mutation(field) => assert!(!route.is_read(), "{what} reads what {field} changes"),
            Equal::Nothing(why) => assert!(!why.is_empty(), "{what}"),
        }
    }
}

#[test]
fn every_route_that_no_run_is_asked_for_has_a_test_that_exists() {
    for route in ROUTES {
        let Some(test) = own_test(route) else { continue };
        let (module, function) = test.rsplit_once("::").unwrap();
        let file = repository(&format!("tests/it/{}.rs", module.replace("::", "/")));
        let code = fs::read_to_string(&file).unwrap_or_else(|_| panic!("{}: no {}", route.path, file.display()));
        assert!(
            code.contains(&format!("fn {function}(")),
            "{}: no test {test}",
            route.path
        );
    }
}

#[test]
fn no_route_of_rest_is_beside_the_table() {
    let routing = |code: &str| {
        ["routing::", ".route(", ".nest(", ".merge("]
            .iter()
            .any(|word| code.contains(word))
    };
    let mut makers = Vec::new();
    for (file, code) in sources() {
        if file.starts_with("rest/") && routing(&code) {
            makers.push(file);
        }
    }
    assert_eq!(makers, ["rest/route.rs"]);
}
