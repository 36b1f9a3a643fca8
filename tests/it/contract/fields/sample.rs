//! Objects that have a value in every field, read through both faces.

use super::{
    Comparison, at, resource,
    table::{RESOURCES, WITHOUT_REST},
};
use crate::support::{Authenticator, Face, SchemaView, TestClient, TestServer, face::PASSWORD};
use serde_json::json;
use std::time::Duration;

/// Reads an object through both faces and compares it.
struct Reader<'a> {
    client: &'a TestClient,
    comparison: Comparison,
}

impl Reader<'_> {
    /// Reads what is found by its identifier.
    async fn read_by_id(&mut self, name: &str, field: &str, folder: &str, id: &str) {
        let path = format!("/v1/client/{folder}/{id}");
        self.read(name, &format!("{field}(id: \"{id}\")"), &path, "response")
            .await;
    }

    /// `read` is a field of the root that gives a `name`; `path` and `member` say where REST has it.
    async fn read(&mut self, name: &str, read: &str, path: &str, member: &str) {
        let resource = resource(name).unwrap();
        let selection = self.comparison.selection(resource, 2);
        let graphql = self
            .client
            .graphql(&format!("{{ read: {read} {{ {selection} }} }}"), json!({}))
            .await;
        assert!(graphql.body["errors"].is_null(), "{read}: {}", graphql.text);
        let rest = self.client.get(path).await;
        assert_eq!(rest.status, 200, "{path}: {}", rest.text);
        let shown = if member.is_empty() {
            &rest.body
        } else {
            at(&rest.body, member)
        };
        self.comparison
            .compare((resource, 2), &graphql.body["data"]["read"], shown, read);
    }
}

async fn server() -> TestServer {
    let server = TestServer::start().await;
    server
        .settings(json!({
            "session": { "single_session_mode": false },
            "attribute": { "username": { "enabled": true }, "authenticator_app": { "enabled": true },
                "backup_code": { "enabled": true } },
            "attack_protection": { "user_lockout": { "max_attempts": 3 } },
            "path": { "home_url": "https://app.example.com/" },
            "allowed_origins": ["https://app.example.com"],
        }))
        .await;
    server
}

/// Somebody of whom there is something in every field.
async fn somebody(server: &TestServer, name: &str) -> TestClient {
    let (face, client) = (Face::Rest, server.anonymous());
    let address = format!("{name}@example.com");
    let fields = [
        ("email_address", address.as_str()),
        ("username", name),
        ("password", PASSWORD),
        ("first_name", name),
        ("last_name", "Lovelace"),
        ("unsafe_metadata", r#"{"theme":"dark"}"#),
        ("strategy", "email_code"),
    ];
    let id = face.sign_up_create(&client, &fields).await.ok().id();
    let code = server.last_code(&address).await;
    face.sign_up_attempt(&client, &id, &code).await.ok();
    client
}

/// What somebody has begun and not ended, and what is in use.
async fn read_what_waits(server: &TestServer, reader: &mut Reader<'_>) {
    let (face, client) = (Face::Rest, reader.client);
    let session = client.get("/v1/client").await.body["response"]["sessions"][0]["id"].clone();
    let session = session.as_str().unwrap();
    let fields = [
        ("email_address", "grace@example.com"),
        ("username", "grace"),
        ("first_name", "Grace"),
        ("last_name", "Hopper"),
        ("unsafe_metadata", r#"{"theme":"light"}"#),
    ];
    let sign_up = face.sign_up_create(client, &fields).await.ok().id();
    reader.read_by_id("SignUp", "signUp", "sign_ups", &sign_up).await;
    face.sign_up_prepare(client, &sign_up).await.ok();
    // A wrong proof is counted.
    face.sign_up_attempt(client, &sign_up, "000000").await;
    let fields = [("identifier", "Charles"), ("strategy", "email_code")];
    let sign_in = face.sign_in_create(client, &fields).await.ok().id();
    server.advance(Duration::from_secs(90));
    face.session(client, "touch", session).await.ok();
    reader.read("Client", "client", "/v1/client", "response").await;
    reader.read_by_id("Session", "session", "sessions", session).await;
    reader.read_by_id("SignIn", "signIn", "sign_ins", &sign_in).await;
    face.sign_up_update(client, &sign_up, &[("password", PASSWORD)])
        .await
        .ok();
    let code = server.last_code("grace@example.com").await;
    face.sign_up_attempt(client, &sign_up, &code).await.ok();
    reader.read_by_id("SignUp", "signUp", "sign_ups", &sign_up).await;
}

/// A sign-in that is over, and somebody whose account is locked.
async fn read_what_is_over(server: &TestServer, reader: &mut Reader<'_>, app_of_charles: &Authenticator) {
    let (face, client) = (Face::Rest, reader.client);
    let fields = [
        ("identifier", "Charles"),
        ("strategy", "password"),
        ("password", PASSWORD),
    ];
    let sign_in = face.sign_in_create(client, &fields).await.ok().id();
    reader.read_by_id("SignIn", "signIn", "sign_ins", &sign_in).await;
    let code = app_of_charles.code(server, 1);
    face.sign_in_attempt_second(client, &sign_in, "totp", &code).await.ok();
    reader.read_by_id("SignIn", "signIn", "sign_ins", &sign_in).await;
    for _ in 0..3 {
        let guess = [
            ("identifier", "Charles"),
            ("strategy", "password"),
            ("password", "wrong wrong wrong"),
        ];
        face.sign_in_create(&server.anonymous(), &guess).await;
        server.advance(Duration::from_secs(61));
    }
    reader.read("User", "viewer", "/v1/me", "response").await;
}

#[tokio::test]
async fn both_faces_show_the_same_fields_of_every_resource() {
    let server = server().await;
    let client = somebody(&server, "Ada_L").await;
    let charles = somebody(&server, "Charles").await;
    let app_of_charles = Authenticator::set_up(Face::Rest, &server, &charles).await;
    Authenticator::set_up(Face::Rest, &server, &client).await;
    Face::Rest.totp_delete(&client).await.ok();
    Authenticator::set_up(Face::Rest, &server, &client).await;
    let mut reader = Reader {
        client: &client,
        comparison: Comparison::new(SchemaView::read(&client).await),
    };
    read_what_waits(&server, &mut reader).await;
    reader.read("Environment", "environment", "/v1/environment", "").await;
    read_what_is_over(&server, &mut reader, &app_of_charles).await;
    let mut comparison = reader.comparison;
    let mut problems = std::mem::take(&mut comparison.problems);
    problems.extend(RESOURCES.iter().flat_map(|resource| comparison.judge(resource)));
    for node in comparison.schema.possible_types("Node") {
        let is_without = WITHOUT_REST.iter().any(|(known, _)| *known == node);
        if is_without == resource(&node).is_some() {
            problems.push(format!("{node} is in none of the tables, or in both"));
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    assert_eq!(comparison.unguarded(), Vec::<String>::new());
    server.finish().await;
}
