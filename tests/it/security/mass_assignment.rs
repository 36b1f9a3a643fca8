//! CVE-2026-27946 (Zitadel) and CVE-2025-61928 (better-auth): people set what only the server may set. Here every input
//! of every mutation and every body refuses such fields, and where a browser SDK's extra fields are ignored, so are they.

use super::dump;
use crate::support::{
    SchemaView, TestServer,
    face::{PASSWORD, snake_case},
    route::{self, Owner},
};
use serde_json::json;

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

#[tokio::test]
async fn no_mutation_takes_a_field_that_only_the_server_sets() {
    let server = TestServer::start().await;
    let owner = Owner::at(&server).await;
    let backend = server.backend();
    let schema = SchemaView::read(&backend).await;
    let (places, mutations) = (schema.places(), schema.fields("Mutation"));
    assert!(mutations.len() >= 15, "{mutations:?}");
    let before = dump::everything(&server).await;
    for mutation in mutations {
        let mutation = mutation["name"].as_str().unwrap();
        let id = |name: &str| owner.id(&snake_case(name));
        let operation = ("mutation", mutation);
        let (document, valid) = schema.request(operation, Some("userErrors { code }"), &id, None);
        for (number, field) in FORBIDDEN.into_iter().enumerate() {
            let mut own = places.iter().filter(|place| place.field == mutation);
            assert!(own.all(|place| place.name() != field), "{mutation} has {field}");
            let mut variables = valid.clone();
            variables["input"][field] = json!(true);
            // Who asks makes no difference to what an input is made of, so the two take turns.
            let client = [&owner.client, &backend][number % 2];
            let reply = client.graphql(&document, variables).await;
            assert!(reply.body["data"].is_null(), "{mutation} {field}: {}", reply.text);
            assert!(reply.text.contains(field), "{mutation} {field}: {}", reply.text);
        }
    }
    assert_eq!(dump::everything(&server).await, before);
    server.finish().await;
}

#[tokio::test]
async fn no_body_takes_a_field_that_only_the_server_sets() {
    let server = TestServer::start().await;
    let owner = Owner::at(&server).await;
    let before = dump::everything(&server).await;
    for route in route::writes() {
        let (method, path, valid) = (route.method.as_str(), owner.path(route), route::body(route));
        for field in FORBIDDEN {
            let mut body = valid.clone();
            body[field] = json!("true");
            let members = body.as_object().unwrap();
            let form: Vec<_> = members
                .iter()
                .map(|(name, value)| (name.as_str(), value.as_str().unwrap()))
                .collect();
            for reply in [
                owner.client.json(method, &path, &body).await,
                owner.client.form(method, &path, &form).await,
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
    // Of the person, and of the stand-in for nobody.
    assert_eq!(stored["user.public_metadata"], ["{}", "{}"]);
    assert_eq!(stored["user.private_metadata"], ["{}", "{}"]);
    assert_eq!(server.count("SELECT COUNT(*) FROM \"user\" WHERE banned").await, 0);
    server.finish().await;
}
