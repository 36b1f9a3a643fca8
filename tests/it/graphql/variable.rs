use crate::support::{Face, SchemaView, TestClient, TestEvents, TestServer, introspection::is_required};
use serde_json::{Value, json};

/// Takes each member out of an object and of those within it, one at a time.
fn without_one(value: &Value) -> Vec<Value> {
    let Some(object) = value.as_object() else {
        return Vec::new();
    };
    let mut all = Vec::new();
    for (name, inner) in object {
        let mut less = object.clone();
        less.remove(name);
        all.push(Value::Object(less));
        for inner in without_one(inner) {
            let mut less = object.clone();
            less.insert(name.clone(), inner);
            all.push(Value::Object(less));
        }
    }
    all
}

#[tokio::test]
async fn what_must_be_given_is_missed_before_anything_runs() {
    let server = TestServer::start().await;
    let client = server.anonymous();
    Face::Graphql.sign_up(&server, &client, "ada@example.com").await;
    let schema = SchemaView::read(&server.backend()).await;
    let strict = client
        .clone()
        .with_header("accept", "application/graphql-response+json");
    let mut missed = 0;
    for (operation, root) in [("query", "Query"), ("mutation", "Mutation")] {
        for field in schema.fields(root) {
            let name = field["name"].as_str().unwrap();
            let id = |_: &str| "sess_000000000000000000000000000".to_owned();
            let (document, variables) = schema.request((operation, name), None, &id, None);
            // Something that would be done and seen, before what lacks a variable.
            let document = document.replacen("{ ", "{ first: __typename ", 1);
            let document = match operation {
                "mutation" => {
                    document.replacen("first: __typename", "first: clientSessionsRemove { client { id } }", 1)
                }
                _ => document,
            };
            let arguments = field["args"].as_array().unwrap().iter();
            let given: Vec<_> = arguments.filter(|argument| is_required(argument)).collect();
            if given.is_empty() {
                continue;
            }
            for variables in without_one(&variables) {
                let reply = strict.graphql(&document, variables.clone()).await;
                assert_eq!(reply.status, 400, "{name} {variables} {}", reply.text);
                assert_eq!(reply.codes(), ["bad_user_input"], "{name} {variables} {}", reply.text);
                assert!(reply.body.get("data").is_none(), "{name} {variables} {}", reply.text);
                missed += 1;
            }
        }
    }
    assert!(missed > 25, "{missed}");
    missed_by_subscriptions(&client, &schema).await;
    let still = client.graphql("{ viewer { id } }", json!({})).await;
    assert!(
        still.body["data"]["viewer"].is_object(),
        "nothing was carried out: {}",
        still.text
    );
    server.finish().await;
}

/// A stream is told in its first event, and ends.
async fn missed_by_subscriptions(client: &TestClient, schema: &SchemaView) {
    let mut missed = 0;
    for field in schema.fields("Subscription") {
        let name = field["name"].as_str().unwrap();
        let id = |_: &str| "sess_000000000000000000000000000".to_owned();
        let (document, variables) = schema.request(("subscription", name), Some("__typename"), &id, None);
        if !field["args"].as_array().unwrap().iter().any(is_required) {
            continue;
        }
        for variables in without_one(&variables) {
            let events = TestEvents::open(client, &document, &variables).await.rest().await;
            let code = &events[0].1["errors"][0]["extensions"]["code"];
            assert_eq!(code, "BAD_USER_INPUT", "{name} {variables} {events:?}");
            assert!(events[0].1.get("data").is_none() && events.len() == 2, "{events:?}");
            missed += 1;
        }
    }
    assert!(missed > 1, "{missed}");
}

/// Values that are none of a scalar or an enum, or that only what reads them can judge.
fn misfits(scalar: &str) -> Vec<Value> {
    match scalar {
        "Int" => vec![json!(-1), json!(2_147_483_648_i64), json!(1.5), json!("7")],
        "String" => vec![json!(7), json!({ "a": 1 })],
        "Boolean" => vec![json!("true"), json!(1)],
        "ID" => vec![json!(1.5), json!(true)],
        "DateTime" => vec![json!("soon"), json!("2026-13-01T00:00:00Z"), json!(7)],
        "JSON" => vec![json!("x"), json!([1])],
        _ => vec![json!("NONSENSE"), json!(7)],
    }
}

/// Puts `value` in the place of the word that stands for it.
fn put(variables: &mut Value, value: &Value) {
    match variables {
        Value::String(text) if text == "MISFIT" => *variables = value.clone(),
        Value::Array(items) => items.iter_mut().for_each(|item| put(item, value)),
        Value::Object(members) => members.values_mut().for_each(|member| put(member, value)),
        _ => {}
    }
}

#[tokio::test]
async fn what_does_not_fit_takes_nothing_along_that_was_done_before_it() {
    let server = TestServer::start().await;
    let backend = server.backend();
    let schema = SchemaView::read(&backend).await;
    let id = |_: &str| "sess_000000000000000000000000000".to_owned();
    let (mut refused, mut judged) = (0, 0);
    for slot in schema.places().iter().filter(|slot| slot.operation == "mutation") {
        let request = schema.request(
            ("mutation", &slot.field),
            Some("__typename"),
            &id,
            Some((slot, "MISFIT")),
        );
        let document = request.0.replacen("{ ", "{ first: __typename ", 1);
        for misfit in misfits(&slot.scalar) {
            let mut variables = request.1.clone();
            put(&mut variables, &misfit);
            let reply = backend.graphql(&document, variables.clone()).await;
            match reply.body.get("data") {
                None => {
                    assert_eq!(reply.codes(), ["bad_user_input"], "{slot:?} {variables} {}", reply.text);
                    refused += 1;
                }
                Some(data) => {
                    assert_eq!(data["first"], "Mutation", "{slot:?} {variables} {}", reply.text);
                    judged += 1;
                }
            }
        }
    }
    assert!(refused > 200 && judged > 20, "{refused} {judged}");
    server.finish().await;
}

#[tokio::test]
async fn an_input_may_be_left_out_where_all_of_it_may_be() {
    let server = TestServer::start().await;
    let client = server.anonymous();
    let (_, session) = Face::Graphql.sign_up(&server, &client, "ada@example.com").await;
    for (document, variables) in [
        ("mutation { sessionTouch { session { id } } }", json!({})),
        ("mutation { sessionTouch(input: {}) { session { id } } }", json!({})),
        (
            "mutation($input: SessionTouchInput) { sessionTouch(input: $input) { session { id } } }",
            json!({}),
        ),
        (
            "mutation($input: SessionTouchInput! = {}) { sessionTouch(input: $input) { session { id } } }",
            json!({}),
        ),
        (
            "mutation($id: ID) { sessionTouch(input: { sessionId: $id }) { session { id } } }",
            json!({}),
        ),
        (
            "mutation($id: ID) { sessionTouch(input: { sessionId: $id }) { session { id } } }",
            json!({ "id": session }),
        ),
    ] {
        let reply = client.graphql(document, variables).await;
        assert_eq!(
            reply.body["data"]["sessionTouch"]["session"]["id"],
            json!(session),
            "{document} {}",
            reply.text
        );
    }
    let null = "mutation($input: SessionTouchInput) { sessionTouch(input: $input) { session { id } } }";
    let refused = client.graphql(null, json!({ "input": null })).await;
    assert!(
        refused.body["data"]["sessionTouch"].is_null() && !refused.codes().is_empty(),
        "{}",
        refused.text
    );
    server.finish().await;
}

#[tokio::test]
async fn literals_that_do_not_fit_are_refused_before_anything_runs() {
    let server = TestServer::start().await;
    let client = server.anonymous();
    Face::Graphql.sign_up(&server, &client, "ada@example.com").await;
    for wrong in [
        "signUpCreate(input: { strategy: \"EMAIL_CODE\" }) { signUp { id } }",
        "signInCreate(input: { proof: {} }) { signIn { id } }",
        "signInCreate(input: { proof: { password: null } }) { signIn { id } }",
        "signInCreate(input: { proof: { password: \"a\", totp: \"b\" } }) { signIn { id } }",
        "signInCreate { query { __schema { types { name } } } }",
        "signInCreate(input: \"hunter2\") { signIn { id } }",
        "signInCreate(input: { proof: \"hunter2\" }) { signIn { id } }",
    ] {
        let document = format!("mutation {{ clientSessionsRemove {{ client {{ id }} }} {wrong} }}");
        let reply = client.graphql(&document, json!({})).await;
        assert_eq!(reply.codes(), ["graphql_validation_failed"], "{wrong} {}", reply.text);
        assert!(!reply.text.contains("hunter2"), "{}", reply.text);
    }
    let misplaced =
        "mutation($p: String!) { clientSessionsRemove { client { id } } signInCreate(input: $p) { signIn { id } } }";
    let reply = client.graphql(misplaced, json!({ "p": "hunter2" })).await;
    assert_eq!(reply.codes(), ["graphql_validation_failed"], "{}", reply.text);
    assert!(!reply.text.contains("hunter2"), "{}", reply.text);
    let many = "mutation($ids: [ID!]!) { clientSessionsRemove { client { id } query { nodes(ids: $ids) { id } } } }";
    let reply = client.graphql(many, json!({ "ids": vec!["x"; 101] })).await;
    assert_eq!(reply.codes(), ["bad_user_input"], "{}", reply.text);
    let absent = "mutation($password: String) { clientSessionsRemove { client { id } } \
                  signInCreate(input: { identifier: \"ada@example.com\", proof: { password: $password } }) { signIn { id } } }";
    let reply = client.graphql(absent, json!({})).await;
    assert_eq!(reply.codes(), ["graphql_validation_failed"], "{}", reply.text);
    let still = client.graphql("{ viewer { id } }", json!({})).await;
    assert!(
        still.body["data"]["viewer"].is_object(),
        "nothing was carried out: {}",
        still.text
    );
    server.finish().await;
}

#[tokio::test]
async fn of_several_operations_the_one_that_runs_may_check_one_credential() {
    let server = TestServer::start().await;
    let sign_in = "signInCreate(input: { identifier: \"ada@example.com\", proof: { password: \"wrong wrong\" } }) { userErrors { code } }";
    let document = format!("mutation One {{ {sign_in} }} mutation Two {{ a: {sign_in} b: {sign_in} }}");
    for (name, code) in [
        ("One", "form_identifier_not_found"),
        ("Two", "credential_check_repeated"),
    ] {
        let request = json!({ "query": document, "operationName": name });
        let reply = server.anonymous().json("POST", "/graphql", &request).await;
        assert_eq!(reply.codes(), [code], "{}", reply.text);
    }
    server.finish().await;
}
