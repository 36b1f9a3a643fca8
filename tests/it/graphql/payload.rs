use crate::support::{Face, SchemaView, TestClient, TestServer, face::PASSWORD, introspection::named};
use serde_json::{Value, json};
use std::{collections::BTreeSet, time::Duration};

const ERRORS: &str = "userErrors { code message longMessage field minimum maximum meta }";

/// Code and field path of every user error.
async fn problems(client: &TestClient, name: &str, input: Value) -> BTreeSet<(String, Vec<String>)> {
    let document = format!(
        "mutation($input: {}{}Input!) {{ {name}(input: $input) {{ {ERRORS} }} }}",
        name[..1].to_uppercase(),
        &name[1..]
    );
    let reply = client.graphql(&document, json!({ "input": input })).await;
    assert!(reply.body["errors"].is_null(), "{}", reply.text);
    let errors = reply.body["data"][name]["userErrors"].as_array().unwrap().clone();
    for error in &errors {
        for text in ["message", "longMessage"] {
            assert!(error[text].as_str().is_some_and(|text| !text.is_empty()), "{error}");
        }
        assert!(error["meta"].is_null() || error["meta"].is_object(), "{error}");
    }
    errors
        .iter()
        .map(|error| {
            let path = error["field"].as_array().into_iter().flatten();
            let path = path.map(|step| step.as_str().unwrap().to_owned()).collect();
            (error["code"].as_str().unwrap().to_owned(), path)
        })
        .collect()
}

fn expected(pairs: &[(&str, &str)]) -> BTreeSet<(String, Vec<String>)> {
    pairs
        .iter()
        .map(|(code, path)| ((*code).to_owned(), path.split('.').map(str::to_owned).collect()))
        .collect()
}

#[tokio::test]
async fn a_new_sign_up_is_told_everything_that_is_wrong_with_it_at_once() {
    let server = TestServer::start().await;
    server
        .settings(json!({ "attribute": { "username": { "enabled": true } } }))
        .await;
    let input = json!({
        "emailAddress": "nobody", "username": "a", "password": "short", "firstName": "", "lastName": "x".repeat(1_000),
        "unsafeMetadata": [1],
    });
    assert_eq!(
        problems(&server.anonymous(), "signUpCreate", input).await,
        expected(&[
            ("FORM_PARAM_FORMAT_INVALID", "emailAddress"),
            ("FORM_USERNAME_INVALID_LENGTH", "username"),
            ("FORM_PASSWORD_LENGTH_TOO_SHORT", "password"),
            ("FORM_PARAM_NIL", "firstName"),
            ("FORM_PARAM_MAX_LENGTH_EXCEEDED", "lastName"),
            ("FORM_PARAM_TYPE_INVALID", "unsafeMetadata"),
        ])
    );
    server.finish().await;
}

#[tokio::test]
async fn a_changed_sign_up_is_told_of_its_identifier_and_its_fields_together() {
    let server = TestServer::start().await;
    let client = server.anonymous();
    let id = Face::Graphql.sign_up_create(&client, &[]).await.ok().id();
    let wrong = json!({ "signUpId": id, "emailAddress": "nobody", "firstName": "" });
    let fields = [
        ("FORM_PARAM_FORMAT_INVALID", "emailAddress"),
        ("FORM_PARAM_NIL", "firstName"),
    ];
    assert_eq!(problems(&client, "signUpUpdate", wrong).await, expected(&fields));
    let worse = json!({ "signUpId": "nonsense", "emailAddress": "nobody", "firstName": "", "unsafeMetadata": 1 });
    let all = [
        ("FORM_PARAM_FORMAT_INVALID", "signUpId"),
        ("FORM_PARAM_FORMAT_INVALID", "emailAddress"),
        ("FORM_PARAM_NIL", "firstName"),
        ("FORM_PARAM_TYPE_INVALID", "unsafeMetadata"),
    ];
    assert_eq!(problems(&client, "signUpUpdate", worse).await, expected(&all));
    server.finish().await;
}

#[tokio::test]
async fn the_steps_are_told_of_identifier_and_proof_together() {
    let server = TestServer::start().await;
    let client = server.anonymous();
    for (name, input, pairs) in [
        (
            "signUpAttemptVerification",
            json!({ "signUpId": "x", "proof": { "emailCode": "1" } }),
            vec![
                ("FORM_PARAM_FORMAT_INVALID", "signUpId"),
                ("FORM_PARAM_FORMAT_INVALID", "proof.emailCode"),
            ],
        ),
        (
            "signInPrepareFirstFactor",
            json!({ "signInId": "x", "strategy": "EMAIL_CODE", "emailAddressId": "y" }),
            vec![
                ("FORM_PARAM_FORMAT_INVALID", "signInId"),
                ("FORM_PARAM_FORMAT_INVALID", "emailAddressId"),
            ],
        ),
        (
            "signInAttemptFirstFactor",
            json!({ "signInId": "x", "proof": { "totp": "1" } }),
            vec![
                ("FORM_PARAM_FORMAT_INVALID", "signInId"),
                ("STRATEGY_FOR_USER_INVALID", "proof.totp"),
            ],
        ),
        (
            "signInAttemptSecondFactor",
            json!({ "signInId": "x", "proof": { "totp": "1" } }),
            vec![
                ("FORM_PARAM_FORMAT_INVALID", "signInId"),
                ("FORM_PARAM_FORMAT_INVALID", "proof.totp"),
            ],
        ),
        (
            "signInCreate",
            json!({ "strategy": "PASSWORD" }),
            vec![("FORM_PARAM_MISSING", "identifier"), ("FORM_PARAM_MISSING", "proof")],
        ),
        (
            "signInCreate",
            json!({ "identifier": "ada@example.com", "strategy": "EMAIL_CODE", "proof": { "password": PASSWORD } }),
            vec![("FORM_PARAM_VALUE_INVALID", "strategy")],
        ),
        (
            "signInCreate",
            json!({ "proof": { "emailCode": "1" } }),
            vec![
                ("FORM_PARAM_MISSING", "identifier"),
                ("FORM_PARAM_FORMAT_INVALID", "proof.emailCode"),
            ],
        ),
    ] {
        assert_eq!(problems(&client, name, input).await, expected(&pairs), "{name}");
    }
    server.finish().await;
}

#[tokio::test]
async fn a_proof_that_is_none_of_its_step_is_told_apart_from_a_wrong_one() {
    let server = TestServer::start().await;
    Face::Graphql
        .sign_up(&server, &server.anonymous(), "ada@example.com")
        .await;
    for (name, input, code, path) in [
        (
            "signInCreate",
            json!({ "identifier": "ada@example.com", "proof": { "totp": "123456" } }),
            "STRATEGY_FOR_USER_INVALID",
            &["proof", "totp"][..],
        ),
        (
            "signInCreate",
            json!({ "identifier": "ada@example.com", "proof": { "emailCode": "123456" } }),
            "VERIFICATION_MISSING",
            &[],
        ),
        (
            "totpAttemptVerification",
            json!({ "proof": { "password": PASSWORD } }),
            "STRATEGY_FOR_USER_INVALID",
            &["proof", "password"],
        ),
    ] {
        let path = path.iter().map(ToString::to_string).collect();
        assert_eq!(
            problems(&server.anonymous(), name, input).await,
            BTreeSet::from([(code.to_owned(), path)]),
            "{name}"
        );
    }
    server.finish().await;
}

#[tokio::test]
async fn every_wrong_setting_is_named_by_its_path() {
    let server = TestServer::start().await;
    let input = json!({
        "applicationName": "",
        "session": { "tokenLifetimeSeconds": 1, "abandonAfterSeconds": 0 },
        "password": { "minLength": 1 },
        "attackProtection": { "userLockout": { "maxAttempts": 0 } },
        "allowedOrigins": ["nowhere"],
    });
    let wrong = [
        "applicationName",
        "session.tokenLifetimeSeconds",
        "session.abandonAfterSeconds",
        "password.minLength",
        "attackProtection.userLockout.maxAttempts",
        "allowedOrigins",
    ];
    assert_eq!(
        problems(&server.backend(), "instanceSettingsUpdate", input).await,
        expected(&wrong.map(|path| ("FORM_PARAM_VALUE_INVALID", path)))
    );
    server.finish().await;
}

#[tokio::test]
async fn whatever_is_wrong_with_identifiers_is_a_user_error_naming_the_input_field() {
    let server = TestServer::start().await;
    server
        .settings(json!({ "session": { "single_session_mode": false } }))
        .await;
    let client = server.anonymous();
    let (_, session) = Face::Graphql.sign_up(&server, &client, "ada@example.com").await;
    let sign_in = Face::Graphql.sign_in_create(&client, &[]).await.ok().id();
    let sign_up = Face::Graphql.sign_up_create(&client, &[]).await.ok().id();
    let schema = SchemaView::read(&client).await;
    let own = |name: &str| match name {
        "sessionId" => session.clone(),
        "signInId" => sign_in.clone(),
        "signUpId" => sign_up.clone(),
        other => panic!("which {other}?"),
    };
    let slots: Vec<_> = schema
        .slots()
        .into_iter()
        .filter(|slot| slot.operation == "mutation")
        .collect();
    assert!(slots.len() >= 10, "{slots:?}");
    for slot in slots {
        let (document, variables) = schema.request(
            (slot.operation, &slot.field),
            Some(ERRORS),
            &own,
            Some((&slot, "nonsense")),
        );
        let reply = client.graphql(&document, variables).await;
        let error = &reply.body["data"][&slot.field]["userErrors"][0];
        assert_eq!(error["code"], "FORM_PARAM_FORMAT_INVALID", "{slot:?}: {}", reply.text);
        assert_eq!(error["field"], json!(slot.path), "{}", reply.text);
    }
    server.finish().await;
}

#[tokio::test]
async fn every_mutation_takes_one_input_and_answers_with_a_payload_of_its_name() {
    let server = TestServer::start().await;
    let schema = SchemaView::read(&server.backend()).await;
    for field in schema.fields("Mutation") {
        let name = field["name"].as_str().unwrap();
        let capitalised = format!("{}{}", name[..1].to_uppercase(), &name[1..]);
        let arguments = field["args"].as_array().unwrap();
        assert_eq!(arguments.len(), 1, "{name}");
        assert_eq!(arguments[0]["name"], "input", "{name}");
        assert_eq!(named(&arguments[0]["type"]), format!("{capitalised}Input"));
        assert_eq!(arguments[0]["type"]["kind"], "NON_NULL", "{name}");
        let payload = format!("{capitalised}Payload");
        assert_eq!(named(&field["type"]), payload);
        let errors = schema.field(&payload, "userErrors");
        assert_eq!(named(&errors["type"]), "UserError");
        assert_eq!(errors["type"]["kind"], "NON_NULL", "{name}");
    }
    server.finish().await;
}

#[tokio::test]
async fn a_done_mutation_has_no_user_errors_and_a_failed_one_no_resource() {
    let server = TestServer::start().await;
    let client = server.anonymous();
    let document = "mutation($input: SignUpCreateInput!) { signUpCreate(input: $input) { signUp { id } client { id } \
                    userErrors { code } } }";
    let failed = client
        .graphql(document, json!({ "input": { "emailAddress": "nobody" } }))
        .await;
    let payload = &failed.body["data"]["signUpCreate"];
    assert_eq!(payload["signUp"], Value::Null);
    assert_eq!(
        payload["client"],
        Value::Null,
        "nothing was made for it: {}",
        failed.text
    );
    assert!(client.cookie("__client").is_none());
    let done = client
        .graphql(document, json!({ "input": { "emailAddress": "ada@example.com" } }))
        .await;
    let payload = &done.body["data"]["signUpCreate"];
    assert_eq!(payload["userErrors"], json!([]));
    assert!(payload["signUp"]["id"].is_string() && payload["client"]["id"].is_string());
    server.finish().await;
}

#[tokio::test]
async fn each_mutation_of_a_document_shows_what_it_has_left_also_where_it_was_refused() {
    let server = TestServer::start().await;
    server
        .settings(json!({ "session": { "single_session_mode": false } }))
        .await;
    let client = server.anonymous();
    let (_, first) = Face::Graphql.sign_up(&server, &client, "ada@example.com").await;
    // Sessions are listed by when they began.
    server.advance(Duration::from_secs(1));
    let (_, second) = Face::Graphql.sign_up(&server, &client, "eve@example.com").await;
    let shown = "session { status client { lastActiveSessionId sessions { id status } } } userErrors { code }";
    let document = format!(
        "mutation($first: ID!, $second: ID!) {{
           begun: sessionTouch(input: {{ sessionId: $first }}) {{ {shown} }}
           refused: sessionTouch(input: {{ sessionId: \"x\" }}) {{ {shown} }}
           ended: sessionEnd(input: {{ sessionId: $second }}) {{ {shown} }}
           touched: sessionTouch(input: {{ sessionId: $first }}) {{ {shown} }}
         }}"
    );
    let variables = json!({ "first": first, "second": second });
    let data = client.graphql(&document, variables).await.body["data"].clone();
    let statuses = |name: &str| {
        let sessions = data[name]["session"]["client"]["sessions"].as_array().cloned();
        let status = |session: &Value| session["status"].as_str().unwrap().to_owned();
        sessions.unwrap_or_default().iter().map(status).collect::<Vec<_>>()
    };
    assert_eq!(statuses("begun"), ["ACTIVE", "ACTIVE"], "{data}");
    assert_eq!(data["begun"]["session"]["client"]["lastActiveSessionId"], json!(first));
    assert_eq!(data["refused"]["userErrors"][0]["code"], "FORM_PARAM_FORMAT_INVALID");
    assert_eq!(statuses("ended"), ["ACTIVE", "ENDED"], "{data}");
    assert_eq!(statuses("touched"), ["ACTIVE", "ENDED"], "{data}");
    server.finish().await;
}
