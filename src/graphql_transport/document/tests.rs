use super::*;
use crate::outline::{Bound, Outline, Times};
use crate::request::Asked;
use serde_json::json;
use std::{fmt::Write as _, sync::Arc};

fn checked(document: &str, name: Option<&str>, limits: &Limits) -> Result<OperationType, String> {
    let body = Asked::from_payload(json!({ "query": document, "operationName": name }))
        .expect("a body")
        .with_its_text();
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
    let body = Asked::from_payload(json!({ "query": "{ a\n ) }" }))
        .expect("a body")
        .with_its_text();
    let refusal = check(body, &limits()).expect_err("a refusal");
    assert_eq!(refusal.code(), "GRAPHQL_PARSE_FAILED");
    let body = Asked::from_payload(json!({ "query": "{ a(b: \"hunter2\\u\") }" }))
        .expect("a body")
        .with_its_text();
    let quoting = check(body, &limits()).expect_err("a refusal").errors[0].message.clone();
    assert!(
        quoting.starts_with("The document is not GraphQL") && !quoting.contains("hunter2"),
        "{quoting}"
    );
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
fn why_a_document_does_not_parse_is_said_without_its_names() {
    for (document, reason) in [
        (
            "query Hunter { a } query Hunter { b }",
            "two of its operations have the same name",
        ),
        (
            "{ ...Hunter } fragment Hunter on T { a } fragment Hunter on T { b }",
            "two of its fragments have the same name",
        ),
        (
            "{ a } query Hunter { b }",
            "an operation without a name must be its only one",
        ),
        (
            "query Hunter { a } { b }",
            "an operation without a name must be its only one",
        ),
        ("fragment Hunter on T { a }", "it has no operation"),
    ] {
        let body = Asked::from_payload(json!({ "query": document }))
            .expect("a body")
            .with_its_text();
        let refusal = check(body, &limits()).expect_err("a refusal");
        assert_eq!(refusal.code(), "GRAPHQL_PARSE_FAILED", "{document}");
        let said = &refusal.errors[0].message;
        assert_eq!(said, &format!("The document is not GraphQL: {reason}."), "{document}");
    }
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
    let two = "mutation A { signIn } mutation B { signIn a: signIn }";
    assert_eq!(checked(two, Some("A"), &limits()), Ok(OperationType::Mutation));
    assert_eq!(
        checked(two, Some("B"), &limits()),
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

#[test]
fn arguments_and_their_values_count_at_each_use() {
    let field = |count: usize| {
        let arguments: String = (0..count).fold(String::new(), |text, index| format!("{text} a{index}: 1"));
        format!("{{ a({arguments}) }}")
    };
    assert_eq!(code(&field(16), &limits()), None);
    assert_eq!(code(&field(17), &limits()).as_deref(), COMPLEX);
    let tight = |arguments, values, value_bytes| Limits {
        arguments,
        values,
        value_bytes,
        ..limits()
    };
    // Two uses of a fragment with three arguments: six values of 12 bytes each time, names of fields included.
    let twice = "{ ...F x { ...F } } fragment F on T { a(b: [1, \"xyz\"], c: {abcd: 1}) @d(e: null) }";
    assert_eq!(code(twice, &tight(6, 12, 24)), None);
    assert_eq!(code(twice, &tight(5, 12, 24)).as_deref(), COMPLEX);
    assert_eq!(code(twice, &tight(6, 11, 24)).as_deref(), COMPLEX);
    assert_eq!(code(twice, &tight(6, 12, 23)).as_deref(), COMPLEX);
}

#[test]
fn a_variable_counts_as_often_as_it_is_used() {
    let uses = "query($v: [Int], $w: [Int] = [1, 2, 3]) { a(b: $v) c(d: [$v, $w]) }";
    let checked = |variables: serde_json::Value, values| {
        let body = Asked::from_payload(json!({ "query": uses, "variables": variables }))
            .expect("a body")
            .with_its_text();
        let limits = Limits { values, ..limits() };
        check(body, &limits).is_ok()
    };
    // The list around both, twice the variable, once the default of the other.
    assert!(checked(json!({ "v": [1, 2] }), 1 + 2 * 3 + 4));
    assert!(!checked(json!({ "v": [1, 2] }), 2 * 3 + 4));
    assert!(checked(json!({ "v": { "a": [1] }, "w": null }), 1 + 2 * 3 + 1));
    assert!(!checked(json!({ "v": { "a": [1] }, "w": null }), 2 * 3 + 1));
}

#[test]
fn what_no_operation_uses_counts_as_it_is_written() {
    let values = |document: &str, variables: serde_json::Value, values| {
        let body = Asked::from_payload(json!({ "query": document, "variables": variables }))
            .expect("a body")
            .with_its_text();
        check(body, &Limits { values, ..limits() }).is_ok()
    };
    let unused = "{ a } fragment F on T { b(c: [$v, $v]) ...G } fragment G on T @d(e: $v) { a }";
    assert!(values(unused, json!({ "v": [1, 2] }), 1 + 3 * 3));
    assert!(!values(unused, json!({ "v": [1, 2] }), 3 * 3));
    assert!(values("{ a }", json!({ "v": [1, 2] }), 3));
    assert!(!values("{ a }", json!({ "v": [1, 2], "w": 1 }), 3));
}

#[test]
fn operations_and_variables_are_limited() {
    let operations = |count: usize| {
        let text: String = (0..count).fold(String::new(), |text, index| format!("{text} query Q{index} {{ a }}"));
        checked(&text, Some("Q0"), &limits())
    };
    assert_eq!(operations(20), Ok(OperationType::Query));
    assert_eq!(operations(21), Err("DOCUMENT_TOO_COMPLEX".to_owned()));
    let variables = |count: usize| {
        let text: String = (0..count).fold(String::new(), |text, index| format!("{text} $v{index}: Int"));
        code(&format!("query({text}) {{ a }}"), &limits())
    };
    assert_eq!(variables(100), None);
    assert_eq!(variables(101).as_deref(), COMPLEX);
}

#[test]
fn a_subscription_has_one_root_field() {
    assert_eq!(code("subscription { a { b c } }", &limits()), None);
    for document in ["subscription { a b }", "subscription { a ...F } fragment F on S { a }"] {
        assert_eq!(
            code(document, &limits()).as_deref(),
            Some("GRAPHQL_VALIDATION_FAILED"),
            "{document}"
        );
    }
}

#[test]
fn a_chain_of_fragments_counts_in_whatever_order_it_is_written() {
    let chain = |count: usize, is_reversed: bool| {
        let mut fragments: Vec<_> = (0..count)
            .map(|index| format!(" fragment F{index} on T {{ ...F{} }}", index + 1))
            .collect();
        fragments.push(format!(" fragment F{count} on T {{ a }}"));
        if is_reversed {
            fragments.reverse();
        }
        fragments.concat()
    };
    for is_reversed in [false, true] {
        for used in ["{ a }", "{ ...F0 }"] {
            let document = |count| format!("{used}{}", chain(count, is_reversed));
            assert_eq!(code(&document(140), &limits()), None, "{used} {is_reversed}");
            assert_eq!(
                code(&document(160), &limits()).as_deref(),
                COMPLEX,
                "{used} {is_reversed}"
            );
        }
    }
}

#[test]
fn the_third_introspection_list_within_others_is_refused() {
    assert_eq!(
        code(
            "{ __schema { types { fields { type { possibleTypes { name } } } } } }",
            &limits()
        ),
        None
    );
    assert_eq!(
        code(
            "{ fields { interfaces { possibleTypes { inputFields { a } } } } }",
            &limits()
        ),
        None
    );
    for document in [
        "{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }",
        "{ __type(name: \"T\") { interfaces { ...F } } } fragment F on __Type { possibleTypes { inputFields { name } } }",
    ] {
        assert_eq!(code(document, &limits()).as_deref(), COMPLEX, "{document}");
    }
}

#[test]
fn a_few_contradictions_are_left_to_the_library() {
    let contradictions = |count: usize| {
        let text: String = (0..count).fold(String::new(), |text, index| format!("{text} k{index}: a k{index}: b"));
        code(&format!("{{ ... {{ ... {{ {text} }} }} }}"), &limits())
    };
    assert_eq!(contradictions(5), None);
    assert_eq!(contradictions(6).as_deref(), Some("GRAPHQL_VALIDATION_FAILED"));
    let by_arguments = "{ a(b: 1) a(b: 2) c(d: 1) c e f: e g: e g: h ...F } fragment F on T { a(b: 3) }";
    assert_eq!(code(by_arguments, &limits()), None);
    // What belongs to types that exclude each other is no contradiction.
    let by_type: String = (0..20).fold(String::new(), |text, index| {
        format!("{text} ... on T{index} {{ k: a{index} }}")
    });
    assert_eq!(code(&format!("{{ {by_type} }}"), &limits()), None);
}

#[test]
fn a_key_may_be_asked_for_so_often_and_so_much_may_be_compared() {
    let limits = |repeats, comparisons| Limits {
        repeats,
        comparisons,
        ..limits()
    };
    let document = "{ a { b } a { b } ...F } fragment F on T { a { b } }";
    assert_eq!(code(document, &limits(2, 100)), None);
    assert_eq!(code(document, &limits(1, 100)).as_deref(), COMPLEX);
    // Three fields from the root, and one from the fragment; sets of one field are not compared.
    assert_eq!(code(document, &limits(2, 3)), None);
    assert_eq!(code(document, &limits(2, 2)).as_deref(), COMPLEX);
}

#[test]
fn a_known_document_is_held_against_its_cost_whenever_its_text_does_not_say_it() {
    let sdl = "type Query { people(first: Int): [Person!]! } type Person { id: ID! }";
    let bounds = &[Bound::list("Query.people", Times::Page(5, 50))];
    let limits = Limits {
        highest_cost: 12,
        outline: Arc::new(Outline::new(sdl, bounds).unwrap()),
        ..limits()
    };
    let answer = |document: &str, variables: serde_json::Value, name: Option<&str>| {
        let body = json!({ "query": document, "variables": variables, "operationName": name });
        let checked = check(Asked::from_payload(body).expect("a body").with_its_text(), &limits);
        checked.err().map(|refusal| refusal.code().to_owned())
    };
    let (by_variable, two) = (
        "query($n: Int) { people(first: $n) { id } }",
        "query Small { people(first: 2) { id } } query Large { people(first: 40) { id } }",
    );
    for _ in 0..2 {
        assert_eq!(answer(by_variable, json!({ "n": 2 }), None), None);
        assert_eq!(answer(by_variable, json!({ "n": 40 }), None).as_deref(), COMPLEX);
        assert_eq!(answer(two, json!({}), Some("Small")), None);
        assert_eq!(answer(two, json!({}), Some("Large")).as_deref(), COMPLEX);
    }
    assert!(limits.documents.find(by_variable).is_some() && limits.documents.find(two).is_some());
    // Nothing defines it, so that it is judged by what comes with it each time.
    let undefined = "{ people(first: $n) { id } }";
    assert_eq!(answer(undefined, json!({ "n": 2 }), None), None);
    assert!(limits.documents.find(undefined).is_none());
    let long = format!("{{ people(first: 2) {{ id }} }} #{}", "x".repeat(4_096));
    assert_eq!(answer(&long, json!({}), None), None);
    assert!(limits.documents.find(&long).is_none());
}

#[test]
fn a_document_that_passed_is_known_and_judged_by_its_variables_all_the_same() {
    let limits = Limits { values: 4, ..limits() };
    let passes = |document: &str, variables: serde_json::Value, name: Option<&str>| {
        let body = json!({ "query": document, "variables": variables, "operationName": name });
        check(Asked::from_payload(body).expect("a body").with_its_text(), &limits).is_ok()
    };
    let with_variables = "query($v: [Int]) { a(b: $v) }";
    for _ in 0..2 {
        assert!(passes(with_variables, json!({ "v": [1, 2] }), None));
        assert!(!passes(with_variables, json!({ "v": [1, 2, 3, 4] }), None));
        assert!(passes("{ a }", json!({}), None));
        assert!(!passes("{ a }", json!({ "unused": [1, 2, 3, 4] }), None));
        assert!(passes("{ a(b: $undefined) }", json!({ "undefined": 1 }), None));
        assert!(!passes("{ a }", json!({}), Some("other")));
        assert!(!passes(
            "{ k0: a k0: b k1: a k1: b k2: a k2: b k3: a k3: b k4: a k4: b k5: a k5: b }",
            json!({}),
            None
        ));
    }
    assert!(limits.documents.find("{ a(b: $undefined) }").is_none());
    assert!(limits.documents.find(with_variables).is_some() && limits.documents.find("{ a }").is_some());
    assert!(passes(
        "mutation { signIn(password: \"secret\") { id } }",
        json!({}),
        None
    ));
    assert!(
        limits
            .documents
            .find("mutation { signIn(password: \"secret\") { id } }")
            .is_none()
    );
}
