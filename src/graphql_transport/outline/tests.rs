use super::*;
use crate::document::check_cost;
use crate::{GraphqlCode, Limits};
use serde_json::json;
use std::sync::Arc;

const SDL: &str = "
    type Query {
        person: Person
        people(first: Int, ids: [ID!]): [Person!]!
        thing(id: ID): Thing
        report: String
    }
    type Mutation { write(text: String): Person }
    type Subscription { person: Person }
    interface Thing { id: ID! }
    type Person implements Thing { id: ID! name: String friends: [Person!]! token: Token notes: [Note!]! tags: [String!]! }
    type Place implements Thing { id: ID! name: String people: [Person!]! }
    type Token { jwt: String! }
    type Note { text: String! }
    union Any = Person | Place
    input Input { a: Int }
    enum Choice { A B }
";

const BOUNDS: &[Bound] = &[
    Bound::list("Query.people", Times::Items("ids", 100)),
    Bound::list("Person.friends", Times::Upto(30)),
    Bound::list("Place.people", Times::Page(5, 50)),
    Bound::dear("Person.token", 100),
];

fn outline() -> Outline {
    Outline::new(SDL, BOUNDS).unwrap()
}

fn cost(document: &str, variables: &Json) -> cost::Cost {
    let outline = outline();
    let document = parse_query(document).unwrap();
    let (_, operation) = document.operations.iter().next().unwrap();
    let empty = Map::new();
    let variables = variables.as_object().unwrap_or(&empty);
    Costs::new(&outline, &document, &operation.node, variables).total()
}

fn refusal(document: &str, limits: &Limits) -> Option<String> {
    let parsed = parse_query(document).unwrap();
    let (_, operation) = parsed.operations.iter().next().unwrap();
    let limits = Limits {
        outline: Arc::new(outline()),
        ..limits.clone()
    };
    let names = limits.outline.check_names(&parsed);
    let refused = names
        .and_then(|()| check_cost(&parsed, operation, &Map::new(), &limits))
        .err();
    refused.map(|refusal| refusal.code().to_owned())
}

#[test]
fn an_object_costs_one_and_a_list_its_items() {
    for (document, expected) in [
        ("{ __typename }", 0),
        ("{ report a: report }", 0),
        ("{ person { id name } }", 1),
        ("{ person { friends { id } } }", 1 + 30),
        ("{ person { friends { friends { id name } } } }", 1 + 30 * (1 + 30)),
        ("{ person { token { jwt } } }", 1 + 100),
        ("{ person { friends { token { jwt } } } }", 1 + 30 * (1 + 100)),
        ("{ person { tags } }", 1),
        ("{ person { notes { text } } }", 1 + 10),
        ("mutation { write(text: \"x\") { id } }", 1),
        ("subscription { person { id } }", 1),
        ("{ unknown { id } }", 0),
    ] {
        assert_eq!(cost(document, &Json::Null).objects, expected, "{document}");
    }
}

#[test]
fn a_list_counts_by_its_argument_wherever_that_comes_from() {
    for (document, variables, items) in [
        ("{ people { id } }", json!({}), 0),
        ("{ people(ids: [1, 2, 3]) { id } }", json!({}), 3),
        ("{ people(ids: 1) { id } }", json!({}), 1),
        ("query($x: [ID!]) { people(ids: $x) { id } }", json!({ "x": [1, 2] }), 2),
        (
            "query($x: [ID!] = [1, 2, 3, 4]) { people(ids: $x) { id } }",
            json!({}),
            4,
        ),
        ("query($x: [ID!]) { people(ids: $x) { id } }", json!({}), 1),
    ] {
        assert_eq!(cost(document, &variables).objects, items, "{document} {variables}");
    }
    for (document, variables, items) in [
        ("{ thing { ... on Place { people { id } } } }", json!({}), 5),
        ("{ thing { ... on Place { people(first: 7) { id } } } }", json!({}), 7),
        ("{ thing { ... on Place { people(first: 70) { id } } } }", json!({}), 50),
        ("{ thing { ... on Place { people(first: 0) { id } } } }", json!({}), 1),
        (
            "query($n: Int) { thing { ... on Place { people(first: $n) { id } } } }",
            json!({ "n": 9 }),
            9,
        ),
        (
            "query($n: Int = 8) { thing { ... on Place { people(first: $n) { id } } } }",
            json!({}),
            8,
        ),
    ] {
        assert_eq!(cost(document, &variables).objects, 1 + items, "{document} {variables}");
    }
}

#[test]
fn of_types_that_exclude_each_other_the_dearest_counts() {
    for (document, expected) in [
        ("{ thing { id } }", 1),
        (
            "{ thing { ... on Person { token { jwt } } ... on Place { people { id } } } }",
            101,
        ),
        (
            "{ thing { ... on Person { friends { id } } ... on Person { notes { text } } ... on Place { people { id } } } }",
            1 + 30 + 10,
        ),
        (
            "{ thing { ... on Thing { ... on Place { people { id } } } ... on Any { ... on Place { a: people { id } } } } }",
            1 + 5 + 5,
        ),
        (
            "{ thing { ...F ...G } } fragment F on Person { notes { text } } fragment G on Place { people { id } }",
            1 + 10,
        ),
        ("{ person { ... on Place { people { id } } ... on Thing { id } } }", 1),
    ] {
        assert_eq!(cost(document, &Json::Null).objects, expected, "{document}");
    }
}

#[test]
fn a_cost_too_large_to_count_is_still_too_large() {
    let nested = "friends { ".repeat(40);
    let document = format!("{{ person {{ {nested} id {} }} }}", "}".repeat(40));
    assert_eq!(cost(&document, &Json::Null).objects, u64::MAX);
    assert_eq!(
        refusal(&document, &Limits::default()).as_deref(),
        Some("DOCUMENT_TOO_COMPLEX")
    );
}

#[test]
fn an_operation_may_cost_as_much_as_the_limit() {
    let limits = |highest_cost| Limits {
        highest_cost,
        ..Limits::default()
    };
    assert_eq!(refusal("{ person { friends { id } } }", &limits(31)), None);
    assert_eq!(
        refusal("{ person { friends { id } } }", &limits(30)).as_deref(),
        Some("DOCUMENT_TOO_COMPLEX")
    );
}

#[test]
fn introspection_is_counted_apart_and_by_the_size_of_the_schema() {
    let usual = cost(introspection::USUAL_QUERY, &Json::Null);
    assert_eq!(usual.objects, 1);
    assert_eq!(usual.introspection, outline().usual_introspection);
    assert!(usual.introspection > 500, "{usual:?}");
    assert_eq!(refusal(introspection::USUAL_QUERY, &Limits::default()), None);
    let nested =
        "{ __schema { types { fields { type { fields { type { name ofType { name } } args { name } } } } } } }";
    assert!(
        cost(nested, &Json::Null).introspection > cost("{ __schema { types { name } } }", &Json::Null).introspection
    );
    let limits = |introspection_factor| Limits {
        introspection_factor,
        ..Limits::default()
    };
    assert_eq!(refusal(introspection::USUAL_QUERY, &limits(1)), None);
    assert_eq!(
        refusal("{ __schema { types { name } } }", &limits(0)).as_deref(),
        Some("DOCUMENT_TOO_COMPLEX")
    );
    let one = cost("{ __type(name: \"Person\") { name fields { name } } }", &Json::Null);
    assert_eq!((one.objects, one.introspection > 5), (1, true));
}

#[test]
fn a_handful_of_unknown_names_is_left_to_the_library() {
    let unknown = |count: usize, what: fn(usize) -> String| {
        let names: String = (0..count).map(what).collect();
        refusal(&format!("{{ person {{ {names} }} }}"), &Limits::default())
    };
    let kinds: [fn(usize) -> String; 6] = [
        |index| format!("x{index} "),
        |index| format!("id(x{index}: 1) "),
        |index| format!("...X{index} "),
        |index| format!("... on X{index} {{ a b c }} "),
        |index| format!("... on Place {{ x{index} }} "),
        |index| format!("token {{ x{index} }} "),
    ];
    for what in kinds {
        assert_eq!(unknown(20, what), None, "{}", what(0));
        assert_eq!(
            unknown(21, what).as_deref(),
            Some("GRAPHQL_VALIDATION_FAILED"),
            "{}",
            what(0)
        );
    }
    let fragments: String = (0..21)
        .map(|index| format!(" fragment F{index} on X{index} {{ a }}"))
        .collect();
    let code = refusal(&format!("{{ report }}{fragments}"), &Limits::default());
    assert_eq!(code.as_deref(), Some(GraphqlCode::GraphqlValidationFailed.wire()));
}

#[test]
fn what_fits_the_schema_passes_whole() {
    for document in [
        "{ __typename person { __typename id friends { ...F } } thing { ... on Place { people { name } } } } fragment F on Person { name }",
        "query($n: Int) { people(first: $n, ids: []) { id } __type(name: \"Any\") { possibleTypes { name } } }",
        "mutation { write { id } }",
    ] {
        assert_eq!(refusal(document, &Limits::default()), None, "{document}");
    }
}

#[test]
fn an_empty_outline_refuses_nothing() {
    let parsed = parse_query("{ a { b { c } } }").unwrap();
    let (_, operation) = parsed.operations.iter().next().unwrap();
    let limits = Limits::default();
    assert!(limits.outline.check_names(&parsed).is_ok());
    assert!(check_cost(&parsed, operation, &Map::new(), &limits).is_ok());
}

#[test]
fn a_bound_of_nothing_and_a_text_that_is_no_schema_are_errors() {
    assert!(Outline::new(SDL, &[Bound::dear("Person.nothing", 1)]).is_err());
    assert!(Outline::new(SDL, &[Bound::dear("Nobody.name", 1)]).is_err());
    assert!(Outline::new("type {", &[]).is_err());
}

#[test]
fn a_scalar_that_nobody_could_judge_is_no_part_of_an_outline() {
    for scalar in [
        "scalar Money",
        "scalar Money @specifiedBy(url: \"https://example.com\")",
    ] {
        let refused = Outline::new(&format!("type Query {{ pay(money: Money): String }} {scalar}"), &[]);
        assert_eq!(refused.unwrap_err(), "nobody judges values of Money");
    }
}

#[test]
fn a_list_that_counts_by_its_items_has_a_most_of_them() {
    let judged = |document: &str, variables: &Json| {
        let document = parse_query(document).unwrap();
        let (_, operation) = document.operations.iter().next().unwrap();
        let mut variables = variables.as_object().cloned().unwrap();
        outline().settle_inputs(&document, operation, &mut variables)
    };
    let by_variable = "query($ids: [ID!]) { people(ids: $ids) { id } }";
    assert!(judged(by_variable, &json!({ "ids": vec!["x"; 100] })).is_ok());
    for (document, variables) in [
        (by_variable.to_owned(), json!({ "ids": vec!["x"; 101] })),
        (format!("{{ people(ids: [{}]) {{ id }} }}", "1 ".repeat(101)), json!({})),
        (
            format!(
                "query($ids: [ID!] = [{}]) {{ people(ids: $ids) {{ id }} }}",
                "1 ".repeat(101)
            ),
            json!({}),
        ),
    ] {
        let refusal = judged(&document, &variables).unwrap_err();
        assert_eq!(refusal.code(), "BAD_USER_INPUT");
        assert_eq!(refusal.errors[0].message, "ids may have 100 items at most.");
    }
}
