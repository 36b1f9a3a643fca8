use super::*;
use crate::document::check;
use crate::outline::{Bound, Outline, Times};
use crate::request::{Asked, Body};
use async_graphql::Value;
use serde_json::json;
use std::sync::Arc;

const SDL: &str = "
    type Query { _entities(representations: [_Any!]!): [_Entity]! _service: _Service person: Person thing: Thing }
    scalar _Any
    union _Entity = Person
    type _Service { sdl: String! }
    interface Thing { id: ID! }
    type Person implements Thing { id: ID! name(in: Language): String friends: [Person!]! thing: Thing }
    type Place implements Thing { id: ID! inhabitants: [Person!]! }
    enum Language { EN DE }
";

fn limits() -> Limits {
    let bounds = [
        Bound::list("Query._entities", Times::Items("representations", 3)),
        Bound::list("Person.friends", Times::Upto(30)),
    ];
    Limits {
        outline: Arc::new(Outline::new(SDL, &bounds).unwrap()),
        ..Limits::default()
    }
}

fn body(request: Json) -> Body {
    Asked::from_payload(request).unwrap().with_its_text()
}

fn settled(document: &str, variables: &Json, prefix: Option<&str>) -> Result<Checked, String> {
    let limits = limits();
    let asked = body(json!({ "query": document, "variables": variables }));
    let checked = check(asked, &limits).map_err(|refusal| refusal.code().to_owned())?;
    assert!(checked.is_of_gateway, "{document}");
    settle(checked, prefix.map(str::to_owned), &limits).map_err(|refusal| refusal.code().to_owned())
}

/// The document as it runs.
fn runs(document: &str, prefix: Option<&str>) -> String {
    let mut checked = settled(document, &json!({ "r": [] }), prefix).unwrap();
    format!("{:?}", checked.request.parsed_query().unwrap())
}

/// The answer as it is given, from what the schema answered.
fn given(document: &str, answer: Json) -> Json {
    let checked = settled(document, &json!({ "r": [] }), Some("Auth")).unwrap();
    let mut data = Value::from_json(answer).unwrap();
    checked.prefixed.unwrap().put(&mut data);
    data.into_json().unwrap()
}

#[test]
fn names_with_the_prefix_are_those_of_the_schema_wherever_they_stand() {
    let prefixed = "query($r: [_Any!]!, $l: AuthLanguage) { _entities(representations: $r) { ...F ... on AuthPerson { \
                    name(in: $l) thing { ... on AuthPlace { id } } } } } fragment F on AuthPerson { id }";
    let runs_prefixed = runs(prefixed, Some("Auth"));
    assert!(!runs_prefixed.contains("Auth"), "{runs_prefixed}");
    for own in ["\"Person\"", "\"Place\"", "\"Language\"", "\"_Any\""] {
        assert!(runs_prefixed.contains(own), "{own} in {runs_prefixed}");
    }
}

#[test]
fn names_of_the_schema_stay_what_they_are() {
    let own = "query($r: [_Any!]!) { _entities(representations: $r) { ... on Person { id } } }";
    for prefix in [Some("Auth"), Some("Per"), Some("Pers"), None] {
        assert!(runs(own, prefix).contains("\"Person\""), "{prefix:?}");
    }
}

#[test]
fn other_operations_know_no_prefix() {
    for document in [
        "{ person { id } }",
        "{ person { ... on AuthPerson { id } } }",
        "{ x: _service { sdl } }",
    ] {
        let asked = body(json!({ "query": document }));
        let mut checked = check(asked, &limits()).unwrap();
        assert!(!checked.is_of_gateway, "{document}");
        let runs = format!("{:?}", checked.request.parsed_query().unwrap());
        assert_eq!(runs.contains("AuthPerson"), document.contains("AuthPerson"));
    }
}

#[test]
fn a_gateway_is_known_by_what_it_asks_for_however_it_is_written() {
    for document in [
        "{ _entities(representations: []) { __typename } }",
        "{ e: _entities(representations: []) { __typename } }",
        "{ ... { _entities(representations: []) { __typename } } }",
        "{ ...F } fragment F on Query { ... on Query { _entities(representations: []) { __typename } } }",
    ] {
        assert!(settled(document, &json!({}), None).is_ok(), "{document}");
    }
}

#[test]
fn what_was_renamed_is_judged_as_any_document() {
    let friends = |levels: usize| {
        let inner = (0..levels).fold("id".to_owned(), |inner, _| format!("friends {{ {inner} }}"));
        format!("query($r: [_Any!]!) {{ _entities(representations: $r) {{ ... on AuthPerson {{ {inner} }} }} }}")
    };
    let one = json!({ "r": [{}] });
    let dear = settled(&friends(4), &one, Some("Auth"));
    assert_eq!(dear.err().as_deref(), Some("DOCUMENT_TOO_COMPLEX"));
    assert_eq!(
        settled(&friends(1), &one, Some("Auth"))
            .unwrap()
            .cost
            .map(|cost| cost.objects),
        Some(31)
    );
    let unknown = "query($r: [_Any!]!) { _entities(representations: $r) { ... on AuthPerson { name(in: FR) } } }";
    let refused = settled(unknown, &one, Some("Auth"));
    assert_eq!(refused.err().as_deref(), Some("GRAPHQL_VALIDATION_FAILED"));
    let many = json!({ "r": [{}, {}, {}, {}] });
    assert_eq!(
        settled(&friends(0), &many, Some("Auth")).err().as_deref(),
        Some("BAD_USER_INPUT")
    );
}

#[test]
fn many_names_of_a_gateway_are_no_more_than_it_may_have() {
    let conditions = |name: &str| format!("... on {name} {{ id }} ").repeat(30);
    let document = |name: &str| format!("{{ _entities(representations: []) {{ {} }} }}", conditions(name));
    assert!(settled(&document("AuthPerson"), &json!({}), Some("Auth")).is_ok());
    for prefix in [None, Some("Other")] {
        let refused = settled(&document("AuthPerson"), &json!({}), prefix);
        assert_eq!(
            refused.err().as_deref(),
            Some("GRAPHQL_VALIDATION_FAILED"),
            "{prefix:?}"
        );
    }
}

#[test]
fn the_answer_names_types_with_the_prefix_once_each_and_roots_without() {
    let document = "query($r: [_Any!]!) { __typename s: _service { __typename } _entities(representations: $r) { \
                    __typename ...F ... on AuthPerson { __typename t: __typename name friends { t: __typename ... on AuthThing { __typename } } \
                    thing { __typename } } } } fragment F on AuthPerson { __typename name }";
    let answer = json!({
        "__typename": "Query",
        "s": { "__typename": "_Service" },
        "_entities": [
            null,
            {
                "__typename": "Person", "t": "Person", "name": "Person",
                "friends": [{ "t": "Person", "__typename": "Person" }, { "t": "Person", "__typename": "Person" }],
                "thing": { "__typename": "Place" }
            },
            { "__typename": "Person", "t": "Person", "name": null, "friends": [], "thing": null }
        ]
    });
    let expected = json!({
        "__typename": "Query",
        "s": { "__typename": "_Service" },
        "_entities": [
            null,
            {
                "__typename": "AuthPerson", "t": "AuthPerson", "name": "Person",
                "friends": [{ "t": "AuthPerson", "__typename": "AuthPerson" }, { "t": "AuthPerson", "__typename": "AuthPerson" }],
                "thing": { "__typename": "AuthPlace" }
            },
            { "__typename": "AuthPerson", "t": "AuthPerson", "name": null, "friends": [], "thing": null }
        ]
    });
    assert_eq!(given(document, answer), expected);
    assert_eq!(given(document, Json::Null), Json::Null);
    let exclusive = "query($r: [_Any!]!) { _entities(representations: $r) { ... on AuthPerson { thing { ... on AuthPerson { x: name } \
                     ... on AuthPlace { x: __typename } } } } }";
    let answer = |place: &str| json!({ "_entities": [{ "thing": { "x": place } }, { "thing": { "x": "Ada" } }] });
    assert_eq!(given(exclusive, answer("Place")), answer("AuthPlace"));
}
