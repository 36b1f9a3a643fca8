//! CVE-2026-27946 (Zitadel) and CVE-2025-61928 (better-auth): people set what only the server may set. Here every input
//! of every mutation and every body refuses such fields, and where a browser SDK's extra fields are ignored, so are they.

use super::dump;
use crate::support::{Face, TestClient, TestServer, face::PASSWORD};
use serde_json::{Map, Value, json};

/// Fields that only the server sets, as GraphQL and as REST spell them.
const FORBIDDEN: [&str; 20] = [
    "verified",
    "emailAddressVerified",
    "email_address_verified",
    "publicMetadata",
    "public_metadata",
    "privateMetadata",
    "private_metadata",
    "banned",
    "locked",
    "role",
    "status",
    "createdAt",
    "created_at",
    "userId",
    "user_id",
    "instanceId",
    "instance_id",
    "passwordDigest",
    "password_digest",
    "__proto__",
];

/// Somebody signed in, somebody signing up, and somebody signing in.
struct People {
    signed_in: TestClient,
    session: String,
    signing_up: TestClient,
    sign_up: String,
    signing_in: TestClient,
    sign_in: String,
}

impl People {
    async fn at(server: &TestServer) -> Self {
        let face = Face::Rest;
        let [signed_in, signing_up, signing_in] = [(); 3].map(|()| server.anonymous());
        let (_, session) = face.sign_up(server, &signed_in, "ada@example.com").await;
        let fields = [("email_address", "grace@example.com"), ("strategy", "email_code")];
        let sign_up = face.sign_up_create(&signing_up, &fields).await.ok().id();
        let fields = [("identifier", "ada@example.com"), ("strategy", "email_code")];
        let sign_in = face.sign_in_create(&signing_in, &fields).await.ok().id();
        server.run_jobs().await;
        Self {
            signed_in,
            session,
            signing_up,
            sign_up,
            signing_in,
            sign_in,
        }
    }

    /// Whatever a required field of an input wants.
    fn value_of(&self, field: &str, kind: &str) -> Value {
        match (field, kind) {
            ("sessionId", _) => json!(self.session),
            ("signUpId", _) => json!(self.sign_up),
            ("signInId", _) => json!(self.sign_in),
            (_, "Strategy") => json!("EMAIL_CODE"),
            (_, "JSON") => json!({}),
            _ => json!("123456"),
        }
    }
}

/// Every mutation with its input type and the input's fields (name, type, whether it must be given).
async fn mutations(backend: &TestClient) -> Vec<(String, String, Vec<(String, String, bool)>)> {
    let query = "{ __schema { mutationType { fields { name args { type { ofType { name inputFields { name \
                 type { kind name ofType { name } } } } } } } } } }";
    let reply = backend.graphql(query, json!({})).await;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let fields = reply.body["data"]["__schema"]["mutationType"]["fields"]
        .as_array()
        .unwrap();
    fields
        .iter()
        .map(|mutation| {
            let input = &mutation["args"][0]["type"]["ofType"];
            let inputs = input["inputFields"].as_array().unwrap().iter();
            let inputs = inputs.map(|field| {
                let is_required = field["type"]["kind"] == "NON_NULL";
                let named = if is_required {
                    &field["type"]["ofType"]
                } else {
                    &field["type"]
                };
                (text(&field["name"]), text(&named["name"]), is_required)
            });
            (text(&mutation["name"]), text(&input["name"]), inputs.collect())
        })
        .collect()
}

#[tokio::test]
async fn no_mutation_takes_a_field_that_only_the_server_sets() {
    let server = TestServer::start().await;
    let people = People::at(&server).await;
    let mutations = mutations(&server.backend()).await;
    assert!(mutations.len() >= 15, "{mutations:?}");
    let before = dump::everything(&server).await;
    for (mutation, input_type, inputs) in &mutations {
        let valid: Map<String, Value> = inputs
            .iter()
            .filter(|(_, _, is_required)| *is_required)
            .map(|(name, kind, _)| (name.clone(), people.value_of(name, kind)))
            .collect();
        let document =
            format!("mutation($input: {input_type}!) {{ {mutation}(input: $input) {{ userErrors {{ code }} }} }}");
        for field in FORBIDDEN {
            assert!(
                inputs.iter().all(|(name, _, _)| name != field),
                "{mutation} has {field}"
            );
            let mut input = valid.clone();
            input.insert(field.to_owned(), json!(true));
            for client in [&people.signed_in, &server.backend()] {
                let reply = client.graphql(&document, json!({ "input": input })).await;
                assert!(reply.body["data"].is_null(), "{mutation} {field}: {}", reply.text);
                assert!(reply.text.contains(field), "{mutation} {field}: {}", reply.text);
            }
        }
    }
    assert_eq!(dump::everything(&server).await, before);
    server.finish().await;
}

#[tokio::test]
async fn no_body_takes_a_field_that_only_the_server_sets() {
    let server = TestServer::start().await;
    let people = People::at(&server).await;
    let before = dump::everything(&server).await;
    let sign_up = format!("/v1/client/sign_ups/{}", people.sign_up);
    let sign_in = format!("/v1/client/sign_ins/{}", people.sign_in);
    let session = format!("/v1/client/sessions/{}", people.session);
    let code = json!({ "strategy": "email_code", "code": "123456" });
    let newcomer = server.anonymous();
    let bodies = [
        (
            &newcomer,
            "POST",
            "/v1/client/sign_ups".to_owned(),
            json!({ "email_address": "eve@example.com" }),
        ),
        (
            &people.signing_up,
            "PATCH",
            sign_up.clone(),
            json!({ "first_name": "Eve" }),
        ),
        (
            &people.signing_up,
            "POST",
            format!("{sign_up}/prepare_verification"),
            json!({ "strategy": "email_code" }),
        ),
        (
            &people.signing_up,
            "POST",
            format!("{sign_up}/attempt_verification"),
            code.clone(),
        ),
        (
            &newcomer,
            "POST",
            "/v1/client/sign_ins".to_owned(),
            json!({ "identifier": "ada@example.com" }),
        ),
        (
            &people.signing_in,
            "POST",
            format!("{sign_in}/prepare_first_factor"),
            json!({ "strategy": "email_code" }),
        ),
        (
            &people.signing_in,
            "POST",
            format!("{sign_in}/attempt_first_factor"),
            code,
        ),
        (&people.signed_in, "POST", format!("{session}/touch"), json!({})),
        (&people.signed_in, "POST", format!("{session}/end"), json!({})),
        (&people.signed_in, "POST", format!("{session}/remove"), json!({})),
        (&people.signed_in, "POST", format!("{session}/tokens"), json!({})),
        (&people.signed_in, "PUT", "/v1/client".to_owned(), json!({})),
        (&people.signed_in, "DELETE", "/v1/client".to_owned(), json!({})),
        (&people.signed_in, "DELETE", "/v1/client/sessions".to_owned(), json!({})),
        (&people.signed_in, "PATCH", "/v1/environment".to_owned(), json!({})),
        (&newcomer, "POST", "/v1/dev_browser".to_owned(), json!({})),
    ];
    for (client, method, path, valid) in &bodies {
        for field in FORBIDDEN {
            let mut body = valid.clone();
            body[field] = json!("true");
            let members = body.as_object().unwrap();
            let form: Vec<_> = members
                .iter()
                .map(|(name, value)| (name.as_str(), value.as_str().unwrap()))
                .collect();
            for reply in [
                client.json(method, path, &body).await,
                client.form(method, path, &form).await,
            ] {
                let told = (
                    reply.status,
                    reply.codes(),
                    &reply.body["errors"][0]["meta"]["param_name"],
                );
                assert_eq!(
                    told,
                    (422, vec!["form_param_unknown".to_owned()], &json!(field)),
                    "{method} {path}"
                );
            }
        }
    }
    assert_eq!(dump::everything(&server).await, before);
    server.finish().await;
}

#[tokio::test]
async fn fields_that_are_ignored_for_browser_sdks_set_nothing() {
    let server = TestServer::start().await;
    let client = server.anonymous().with_query("_clerk_js_version", "5.100.0");
    let mut body = json!({ "email_address": "eve@example.com", "password": PASSWORD, "strategy": "email_code" });
    for field in FORBIDDEN {
        body[field] = json!(true);
    }
    body["public_metadata"] = json!({ "role": "admin" });
    body["private_metadata"] = json!({ "role": "admin" });
    body["user_id"] = json!("user_planted");
    body["instance_id"] = json!("ins_planted");
    let created = client.json("POST", "/v1/client/sign_ups", &body).await;
    assert_eq!(created.status, 200, "{}", created.text);
    assert_eq!(
        created.body["response"]["status"], "missing_requirements",
        "the address is not proven"
    );
    let code = server.last_code("eve@example.com").await;
    let id = created.body["response"]["id"].as_str().unwrap();
    let proof = [
        ("strategy", "email_code"),
        ("code", &*code),
        ("role", "admin"),
        ("verified", "true"),
    ];
    let done = client
        .post(&format!("/v1/client/sign_ups/{id}/attempt_verification"), &proof)
        .await;
    assert_eq!(done.status, 200, "{}", done.text);
    let stored = dump::everything(&server).await;
    for (column, values) in &stored {
        assert!(
            values
                .iter()
                .all(|value| !value.contains("planted") && value != "admin"),
            "{column}"
        );
    }
    assert_eq!(stored["user.public_metadata"], ["{}"]);
    assert_eq!(stored["user.private_metadata"], ["{}"]);
    assert_eq!(server.count("SELECT COUNT(*) FROM \"user\" WHERE banned").await, 0);
    server.finish().await;
}
