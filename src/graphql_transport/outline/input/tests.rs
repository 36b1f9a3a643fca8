use crate::GraphqlCode;
use crate::outline::Outline;
use async_graphql::parser::parse_query;
use serde_json::{Value as Json, json};

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
