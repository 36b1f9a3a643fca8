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

const INPUTS: &str = "
    type Query { find(choice: Choice, month: Month, letter: Letter, twins: Twins, count: Int, ids: [ID!]): String }
    type Mutation {
        write(input: WriteInput! = {}): Payload
        prove(input: ProveInput!): Payload
        again(input: WriteInput! = { text: \"x\" }): Payload
    }
    type Payload { query: Query! }
    input WriteInput { text: String choices: [Choice!] flag: Boolean ratio: Float when: DateTime inner: WriteInput }
    input ProveInput { id: ID! proof: Proof! }
    input Proof @oneOf { password: String code: String }
    input Twins { wordB: Int wordA: Int }
    enum Choice { A B }
    enum Month { JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC }
    enum Letter { A B C D E F G H I J K L M }
    scalar DateTime @specifiedBy(url: \"https://scalars.graphql.org/andimarek/date-time.html\")
";

/// The variables that an operation runs with, or the sentence of the refusal.
fn settled(document: &str, variables: &Json) -> Result<Json, (&'static str, String)> {
    let outline = Outline::new(INPUTS, &[]).unwrap();
    let document = parse_query(document).unwrap();
    let (_, operation) = document.operations.iter().next().unwrap();
    let mut variables = variables.as_object().cloned().unwrap();
    match outline.settle_inputs(&document, operation, &mut variables) {
        Ok(()) => Ok(Json::Object(variables)),
        Err(refusal) => {
            let code = GraphqlCode::of_wire(refusal.code()).unwrap();
            Err((code.wire(), refusal.errors[0].message.clone()))
        }
    }
}

#[test]
fn a_variable_that_must_be_there_is_missed_before_anything_runs() {
    let document = "mutation($input: ProveInput!) { write { query { find } } prove(input: $input) { query { find } } }";
    for (variables, said) in [
        (json!({}), "$input is missing."),
        (json!({ "input": null }), "$input must not be null."),
        (json!({ "input": 7 }), "$input must be an object."),
        (json!({ "input": { "id": "x" } }), "$input.proof is missing."),
        (
            json!({ "input": { "id": "x", "proof": {} } }),
            "$input.proof must have exactly one of its fields, which must not be null.",
        ),
        (
            json!({ "input": { "id": "x", "proof": { "code": null } } }),
            "$input.proof must have exactly one of its fields, which must not be null.",
        ),
        (
            json!({ "input": { "id": "x", "proof": { "code": "1", "password": "2" } } }),
            "$input.proof must have exactly one of its fields, which must not be null.",
        ),
        (
            json!({ "input": { "id": "x", "proof": { "code": 1 } } }),
            "$input.proof.code must be a text.",
        ),
        (
            json!({ "input": { "id": "x", "proof": { "code": "1" }, "more": 1 } }),
            "$input.more is not a field of ProveInput.",
        ),
    ] {
        assert_eq!(
            settled(document, &variables),
            Err(("BAD_USER_INPUT", said.to_owned())),
            "{variables}"
        );
    }
    let fine = json!({ "input": { "id": "x", "proof": { "code": "1" } } });
    assert_eq!(settled(document, &fine), Ok(fine));
}

#[test]
fn every_type_of_value_is_looked_at() {
    let document = "mutation($input: WriteInput!) { write(input: $input) { query { find } } }";
    for (input, said) in [
        (json!({ "text": 1 }), "$input.text must be a text."),
        (
            json!({ "choices": ["A", "C"] }),
            "$input.choices.1 must be one of A, B.",
        ),
        (json!({ "choices": [null] }), "$input.choices.0 must not be null."),
        (json!({ "flag": "true" }), "$input.flag must be true or false."),
        (json!({ "ratio": "1" }), "$input.ratio must be a number."),
        (
            json!({ "when": "soon" }),
            "$input.when must be a time as RFC 3339 writes it, such as 2026-12-01T09:30:00Z.",
        ),
        (
            json!({ "when": 7 }),
            "$input.when must be a time as RFC 3339 writes it, such as 2026-12-01T09:30:00Z.",
        ),
        (
            json!({ "inner": { "inner": { "text": [] } } }),
            "$input.inner.inner.text must be a text.",
        ),
    ] {
        let refused = settled(document, &json!({ "input": input }));
        assert_eq!(refused, Err(("BAD_USER_INPUT", said.to_owned())), "{input}");
    }
    for input in [
        json!({ "text": null, "choices": "A", "ratio": 1, "when": "2026-12-01T09:30:00+01:00" }),
        json!({ "choices": null, "inner": null }),
    ] {
        assert!(settled(document, &json!({ "input": input })).is_ok(), "{input}");
    }
    let numbers = "query($count: Int, $ids: [ID!]) { find(count: $count, ids: $ids) }";
    for (variables, fits) in [
        (json!({ "count": 2_147_483_647, "ids": ["x", 7] }), true),
        (json!({ "count": 2_147_483_648_i64 }), false),
        (json!({ "count": 1.5 }), false),
        (json!({ "ids": [1.5] }), false),
    ] {
        assert_eq!(settled(numbers, &variables).is_ok(), fits, "{variables}");
    }
}

#[test]
fn a_variable_that_is_left_out_is_the_default_of_what_it_is_for() {
    let once = "mutation($input: WriteInput) { write(input: $input) { query { find } } }";
    assert_eq!(settled(once, &json!({})), Ok(json!({ "input": {} })));
    let nullable = "query($choice: Choice) { find(choice: $choice) }";
    assert_eq!(settled(nullable, &json!({})), Ok(json!({})));
    let both = "mutation($input: WriteInput) { write(input: $input) { query { find } } again(input: $input) { query { find } } }";
    let refused = settled(both, &json!({})).unwrap_err();
    assert_eq!(
        refused.1,
        "$input is for arguments with different defaults and must be given."
    );
    let own = "mutation($input: WriteInput! = { flag: true }) { write(input: $input) { query { find } } }";
    assert_eq!(
        settled(own, &json!({})),
        Ok(json!({})),
        "its own default is the library's to take"
    );
}

#[test]
fn literals_that_the_library_would_let_pass_are_refused() {
    let oneof = "proof must have exactly one of its fields, which must not be null.";
    for (document, said) in [
        ("{ find(choice: \"A\") }", "choice must be written without quotes."),
        (
            "{ ...F } fragment F on Query { find(choice: \"A\") }",
            "choice must be written without quotes.",
        ),
        (
            "mutation { write(input: { choices: [\"A\"] }) { query { find } } }",
            "input.choices.0 must be written without quotes.",
        ),
        (
            "{ find(count: 2147483648) }",
            "count must be a whole number of 32 bits.",
        ),
        (
            "mutation { prove(input: { id: 1, proof: {} }) { query { find } } }",
            oneof,
        ),
        (
            "mutation { prove(input: { id: 1, proof: { code: null } }) { query { find } } }",
            oneof,
        ),
        (
            "mutation($code: String) { prove(input: { id: 1, proof: { code: $code } }) { query { find } } }",
            oneof,
        ),
        (
            "mutation { prove(input: { id: 1, proof: { code: \"1\", password: \"2\" } }) { query { find } } }",
            oneof,
        ),
        (
            "mutation { write { query { __schema { description } } } }",
            "The schema is asked for at the root of a query.",
        ),
    ] {
        let (code, message) = settled(document, &json!({})).unwrap_err();
        assert_eq!(code, "GRAPHQL_VALIDATION_FAILED", "{document}");
        assert!(message.ends_with(said), "{document}: {message}");
    }
    for document in [
        "{ find(choice: A, count: 1, ids: 7) __type(name: \"Query\") { name } }",
        "mutation { prove(input: { id: 1, proof: { code: \"1\" } }) { query { find } } }",
        "mutation($code: String = \"1\") { prove(input: { id: 1, proof: { code: $code } }) { query { find } } }",
    ] {
        assert!(settled(document, &json!({})).is_ok(), "{document}");
    }
}

#[test]
fn a_variable_is_used_where_its_type_belongs_and_nowhere_else() {
    let text = json!({ "p": "hunter2" });
    for (document, variables, refused) in [
        (
            "mutation($p: String!) { write(input: $p) { query { find } } }",
            text.clone(),
            Some("input takes WriteInput!, and $p is of String!."),
        ),
        (
            "mutation($p: String!) { write(input: { inner: $p }) { query { find } } }",
            text.clone(),
            Some("input.inner takes WriteInput, and $p is of String!."),
        ),
        (
            "mutation($p: ProveInput) { prove(input: $p) { query { find } } }",
            json!({}),
            Some("input takes ProveInput!, and $p is of ProveInput."),
        ),
        (
            "mutation($p: ProveInput = { id: 1, proof: { code: \"1\" } }) { prove(input: $p) { query { find } } }",
            json!({}),
            None,
        ),
        (
            "query($p: String!) { find(choice: $p) }",
            text,
            Some("choice takes Choice, and $p is of String!."),
        ),
        (
            "query($p: [Choice!]) { find(choice: $p) }",
            json!({}),
            Some("choice takes Choice, and $p is of [Choice!]."),
        ),
        (
            "query($p: [ID]) { find(ids: $p) }",
            json!({}),
            Some("ids takes [ID!], and $p is of [ID]."),
        ),
        ("query($p: [ID!]!) { find(ids: $p) }", json!({ "p": [] }), None),
        (
            "mutation($p: Choice) { write(input: { choices: [$p] }) { query { find } } }",
            json!({}),
            Some("input.choices.0 takes Choice!, and $p is of Choice."),
        ),
        (
            "mutation($p: Choice = A) { write(input: { choices: [$p] }) { query { find } } }",
            json!({}),
            None,
        ),
        (
            "query($p: Int) { ...F } fragment F on Query { find(choice: $p) }",
            json!({}),
            Some("choice takes Choice, and $p is of Int."),
        ),
    ] {
        let refused = refused.map(|said| ("GRAPHQL_VALIDATION_FAILED", said.to_owned()));
        assert_eq!(settled(document, &variables).err(), refused, "{document}");
    }
}

#[test]
fn an_enum_names_its_words_in_the_order_of_the_schema_unless_they_are_many() {
    let months = "must be one of JAN, FEB, MAR, APR, MAY, JUN, JUL, AUG, SEP, OCT, NOV, DEC.";
    let letters = "must be one of the values of its type.";
    for (name, of, said) in [("month", "Month", months), ("letter", "Letter", letters)] {
        let by_variable = format!("query($given: {of}) {{ find({name}: $given) }}");
        for given in [json!("hunter2"), json!("jan"), json!(7), json!({ "hunter2": 1 })] {
            let refused = settled(&by_variable, &json!({ "given": given }));
            assert_eq!(refused, Err(("BAD_USER_INPUT", format!("$given {said}"))), "{given}");
        }
        for given in ["hunter2", "jan", "7", "{ hunter2: 1 }"] {
            let refused = settled(&format!("{{ find({name}: {given}) }}"), &json!({}));
            let expected = Err(("GRAPHQL_VALIDATION_FAILED", format!("{name} {said}")));
            assert_eq!(refused, expected, "{given}");
        }
    }
    let fine = json!({ "month": "DEC" });
    let both = "query($month: Month) { find(month: $month, letter: M) }";
    assert_eq!(settled(both, &fine), Ok(fine));
}

#[test]
fn of_a_field_that_an_input_does_not_have_the_nearest_is_suggested() {
    for (field, given, literal, said) in [
        (
            ("write", "WriteInput"),
            json!({ "txet": "hunter2" }),
            "{ txet: \"hunter2\" }",
            "input.txet is not a field of WriteInput. Did you mean text?",
        ),
        (
            ("write", "WriteInput"),
            json!({ "inner": { "choice": ["hunter2"] } }),
            "{ inner: { choice: [\"hunter2\"] } }",
            "input.inner.choice is not a field of WriteInput. Did you mean choices?",
        ),
        (
            ("write", "WriteInput"),
            json!({ "password": "hunter2" }),
            "{ password: \"hunter2\" }",
            "input.password is not a field of WriteInput.",
        ),
        (
            ("prove", "ProveInput"),
            json!({ "id": "x", "proof": { "Pasword": "hunter2" } }),
            "{ id: \"x\", proof: { Pasword: \"hunter2\" } }",
            "input.proof.Pasword is not a field of Proof. Did you mean password?",
        ),
    ] {
        let (field, of) = field;
        let document = format!("mutation($input: {of}!) {{ {field}(input: $input) {{ query {{ find }} }} }}");
        let expected = Err(("BAD_USER_INPUT", format!("${said}")));
        assert_eq!(settled(&document, &json!({ "input": given })), expected, "{given}");
        let document = format!("mutation {{ {field}(input: {literal}) {{ query {{ find }} }} }}");
        let expected = Err(("GRAPHQL_VALIDATION_FAILED", said.to_owned()));
        assert_eq!(settled(&document, &json!({})), expected, "{document}");
    }
}

#[test]
fn an_unknown_field_is_told_beside_a_variable_that_is_left_out_and_the_same_way_every_time() {
    for (document, said) in [
        (
            "mutation($flag: Boolean) { write(input: { flag: $flag, txet: \"hunter2\" }) { query { find } } }",
            "input.txet is not a field of WriteInput. Did you mean text?",
        ),
        (
            "{ find(twins: { wordC: 1 }) }",
            "twins.wordC is not a field of Twins. Did you mean wordA?",
        ),
    ] {
        let expected = Err(("GRAPHQL_VALIDATION_FAILED", said.to_owned()));
        assert_eq!(settled(document, &json!({})), expected, "{document}");
    }
}

#[test]
fn a_key_as_long_as_a_body_makes_no_long_sentence() {
    let document = "mutation($input: WriteInput!) { write(input: $input) { query { find } } }";
    let key = "text".repeat(60_000);
    let (code, said) = settled(document, &json!({ "input": { key: 1 } })).unwrap_err();
    assert_eq!((code, said.chars().count()), ("BAD_USER_INPUT", 301));
}

#[test]
fn no_literal_is_repeated_where_it_does_not_fit() {
    for (document, said) in [
        (
            "mutation { prove(input: \"hunter2\") { query { find } } }",
            "input must be an object.",
        ),
        (
            "mutation { prove(input: { id: 1, proof: \"hunter2\" }) { query { find } } }",
            "input.proof must be an object.",
        ),
        (
            "mutation { write(input: { text: hunter2 }) { query { find } } }",
            "input.text must be a text.",
        ),
        (
            "mutation { write(input: { flag: \"hunter2\" }) { query { find } } }",
            "input.flag must be true or false.",
        ),
        (
            "mutation { write(input: { ratio: \"hunter2\" }) { query { find } } }",
            "input.ratio must be a number.",
        ),
        ("{ find(choice: hunter2) }", "choice must be one of A, B."),
        ("{ find(ids: [true]) }", "ids.0 must be an identifier."),
        (
            "{ find(count: \"hunter2\") }",
            "count must be a whole number of 32 bits.",
        ),
    ] {
        let refused = settled(document, &json!({})).unwrap_err();
        assert_eq!(refused, ("GRAPHQL_VALIDATION_FAILED", said.to_owned()), "{document}");
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
