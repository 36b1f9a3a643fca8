//! What no database can hold or no reader of JSON can read is refused by name before it gets anywhere, whichever face, field
//! or query parameter it comes through: the character NUL (`PostgreSQL` stores it in no text) and documents without end, and
//! numbers that one database writes out in hundreds of digits.

use crate::support::{
    Face, SchemaView, TestServer,
    face::PASSWORD,
    for_each_face,
    route::{self, Owner},
    settings::update_settings,
};
use serde_json::json;
use vestibule::rest::route::ROUTES;

fn nested(levels: usize) -> String {
    format!("{{\"a\":{}1{}}}", "[".repeat(levels - 1), "]".repeat(levels - 1))
}

#[tokio::test]
async fn nul_in_a_field_of_a_sign_up_is_refused_by_name() {
    for_each_face(async |face| {
        let server = TestServer::start().await;
        let username = json!({ "attribute": { "username": { "enabled": true } } });
        server.settings(username).await;
        let client = server.anonymous();
        let id = face.sign_up_create(&client, &[]).await.ok().id();
        let long = "a".repeat(10_001);
        for (field, value, code) in [
            ("email_address", "ada\0@example.com", "form_param_format_invalid"),
            ("username", "ada\0", "form_param_format_invalid"),
            ("password", "correct horse\0battery staple", "form_param_format_invalid"),
            ("first_name", "Ada\0", "form_param_format_invalid"),
            ("last_name", "\0", "form_param_format_invalid"),
            ("unsafe_metadata", r#"{"a":"\u0000"}"#, "form_param_format_invalid"),
            (
                "unsafe_metadata",
                r#"{"a":[{"b\u0000":1}]}"#,
                "form_param_format_invalid",
            ),
            ("email_address", &long, "form_param_max_length_exceeded"),
            ("username", &long, "form_param_max_length_exceeded"),
            ("first_name", &long, "form_param_max_length_exceeded"),
        ] {
            for refused in [
                face.sign_up_create(&server.anonymous(), &[(field, value)]).await,
                face.sign_up_update(&client, &id, &[(field, value)]).await,
            ] {
                assert_eq!(refused.code(), code, "{field} {}", refused.reply.text);
                assert_eq!(refused.fields, [field]);
                assert!(refused.reply.text.contains("The value must "), "{}", refused.reply.text);
            }
        }
        assert_eq!(server.count("SELECT COUNT(*) FROM sign_up").await, 1);
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn nul_in_a_field_of_a_sign_in_is_refused_by_name() {
    for_each_face(async |face| {
        let server = TestServer::start().await;
        face.sign_up(&server, &server.anonymous(), "ada@example.com").await;
        let client = server.anonymous();
        for identifier in ["ada\0", "ada@example.com\0"] {
            let refused = face.sign_in_create(&client, &[("identifier", identifier)]).await;
            assert_eq!(refused.code(), "form_param_format_invalid", "{}", refused.reply.text);
            assert_eq!(refused.fields, ["identifier"]);
        }
        let long = "a".repeat(10_001);
        let refused = face.sign_in_create(&client, &[("identifier", &long)]).await;
        assert_eq!(
            refused.code(),
            "form_param_max_length_exceeded",
            "{}",
            refused.reply.text
        );
        assert_eq!(refused.fields, ["identifier"]);
        let with_nul = format!("{PASSWORD}\0");
        let fields = [("identifier", "ada@example.com"), ("password", &*with_nul)];
        let refused = face.sign_in_create(&client, &fields).await;
        assert_eq!(
            (refused.code(), &*refused.fields),
            ("form_param_format_invalid", &["password".to_owned()][..])
        );
        let id = face
            .sign_in_create(&client, &[("identifier", "ada@example.com")])
            .await
            .ok()
            .id();
        for (strategy, field, value) in [("password", "password", &*with_nul), ("email_code", "code", "42424\0")] {
            let refused = face
                .sign_in_attempt(&client, &id, &[("strategy", strategy), (field, value)])
                .await;
            assert_eq!(refused.code(), "form_param_format_invalid", "{}", refused.reply.text);
            assert_eq!(refused.fields, [field]);
        }
        face.sign_in(&client, "ada@example.com").await;
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn metadata_are_as_deep_in_one_face_as_in_the_other() {
    for_each_face(async |face| {
        let server = TestServer::start().await;
        let deepest = nested(32);
        let kept = face
            .sign_up_create(&server.anonymous(), &[("unsafe_metadata", &deepest)])
            .await;
        assert!(kept.codes.is_empty(), "{}", kept.reply.text);
        for levels in [33, 60, 100] {
            let deep = nested(levels);
            let refused = face
                .sign_up_create(&server.anonymous(), &[("unsafe_metadata", &deep)])
                .await;
            assert_eq!(
                refused.code(),
                "form_param_format_invalid",
                "{levels}: {}",
                refused.reply.text
            );
            assert_eq!(refused.fields, ["unsafe_metadata"]);
        }
        assert_eq!(server.count("SELECT COUNT(*) FROM sign_up").await, 1);
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn settings_hold_no_nul() {
    let server = TestServer::start().await;
    for (patch, field) in [
        (json!({ "application_name": "A\0" }), "application_name"),
        (json!({ "allowed_origins": ["https://a\0.example"] }), "allowed_origins"),
        (json!({ "path": { "sign_in_url": "/\0" } }), "path.sign_in_url"),
        (json!({ "email": { "from_name": "\0" } }), "email.from_name"),
    ] {
        let reply = update_settings(&server.backend(), &patch).await;
        let errors = &reply.body["data"]["instanceSettingsUpdate"]["userErrors"];
        assert_eq!(errors[0]["code"], "FORM_PARAM_VALUE_INVALID", "{field} {}", reply.text);
        assert_eq!(errors.as_array().map(Vec::len), Some(1), "{field} {}", reply.text);
        let said = errors[0]["longMessage"].as_str().unwrap();
        assert!(said.contains("NUL"), "{field} {}", reply.text);
    }
    server.finish().await;
}

#[tokio::test]
async fn no_argument_of_the_schema_fails_by_nul() {
    let server = TestServer::start().await;
    let schema = SchemaView::read(&server.backend()).await;
    let slots = schema.slots_of(&["ID", "String", "JSON"]);
    assert!(slots.len() > 20, "{slots:?}");
    let id = |_: &str| "client_000000000000000000000000000".to_owned();
    for slot in slots.iter().filter(|slot| slot.operation != "subscription") {
        for offered in ["\0", "sess_\0", "a\0@example.com"] {
            let root = (slot.operation, slot.field.as_str());
            let (document, variables) = schema.request(root, None, &id, Some((slot, offered)));
            for client in [server.anonymous(), server.backend()] {
                let reply = client.graphql(&document, variables.clone()).await;
                let codes = reply.codes();
                assert!(reply.status < 500, "{slot:?} {}", reply.text);
                assert!(!codes.contains(&"internal_error".to_owned()), "{slot:?} {}", reply.text);
                assert!(
                    !codes.contains(&"graphql_validation_failed".to_owned()),
                    "{slot:?} {}",
                    reply.text
                );
            }
        }
    }
    server.finish().await;
}

#[tokio::test]
async fn a_recipient_or_a_cursor_of_the_inbox_with_nul_is_refused_by_a_sentence() {
    let server = TestServer::start().await;
    let no_nul = "The value must not contain the character NUL.";
    let no_identifier = "This is not an identifier of what belongs here.";
    for (query, said) in [
        ("to=%00", no_nul),
        ("to=a%00%40example.com", no_nul),
        ("after=%00", no_identifier),
        ("after=x", no_identifier),
    ] {
        let page = server.anonymous().get(&format!("/dev/inbox?{query}")).await;
        assert_eq!(page.status, 422, "{query} {}", page.text);
        assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
        assert!(page.text.contains(&format!("<h1>{said}")), "{query} {}", page.text);
    }
    let inbox = "query($to: String, $after: String) { devInbox(filter: { to: $to }, after: $after) { nodes { id } } }";
    for (variables, said) in [
        (json!({ "to": "a\0" }), no_nul),
        (json!({ "after": "\0" }), no_identifier),
    ] {
        let reply = server.anonymous().graphql(inbox, variables).await;
        assert_eq!(reply.codes(), ["form_param_format_invalid"], "{}", reply.text);
        assert_eq!(reply.body["errors"][0]["message"], said, "{}", reply.text);
    }
    server.finish().await;
}

#[tokio::test]
async fn nul_in_paths_and_query_parameters_is_no_failure_of_ours() {
    let server = TestServer::start().await;
    let client = server.anonymous();
    let (_, session) = Face::Rest.sign_up(&server, &client, "ada@example.com").await;
    for target in [
        "/v1/client?__clerk_api_version=%00",
        "/v1/client?_clerk_js_version=%00",
        "/v1/client?_clerk_session_id=%00",
        "/v1/client?_clerk_session_id=sess_%00",
        "/v1/client?__clerk_db_jwt=%00",
        "/v1/client?__dev_session=a.%00.b",
        "/v1/client?_is_native=%00",
        "/v1/client?_method=%00",
        "/v1/environment?rotating_token_nonce=%00",
        "/graphql?query=%7B__typename%7D&operationName=%00",
        "/graphql?query=%7B__typename%7D&variables=%00",
        "/graphql?query=%00",
    ] {
        for method in [reqwest::Method::GET, reqwest::Method::POST] {
            let reply = server.anonymous().send(method, target, None, Vec::new()).await;
            assert!(reply.status < 500, "{target} {} {}", reply.status, reply.text);
        }
    }
    for route in ROUTES.iter().filter(|route| route.places().next().is_some()) {
        for id in ["%00", "sess_%00", "sua_%00", "sia_%00", "user_%00"] {
            let path = route::path(route, &|_| id.to_owned());
            let reply = route::ask(&client, route, &path).await;
            let what = format!("{} {path} {} {}", route.method, reply.status, reply.text);
            assert!((400..500).contains(&reply.status), "{what}");
        }
    }
    let tokens = format!("/v1/client/sessions/{session}/tokens?__clerk_api_version=%00");
    let minted = client.post(&tokens, &[]).await;
    assert!(minted.status < 500, "{}", minted.text);
    assert!(minted.body["jwt"].is_string(), "{}", minted.text);
    server.finish().await;
}

#[tokio::test]
async fn no_field_of_a_route_fails_by_nul() {
    let server = TestServer::start().await;
    let owner = Owner::at(&server).await;
    for route in route::writes() {
        for (name, value) in route::fields(route) {
            let with_nul = format!("{value}\0");
            let others = route::fields(route).iter().filter(|(other, _)| other != name);
            let fields: Vec<_> = others.copied().chain([(*name, &*with_nul)]).collect();
            let refused = owner
                .client
                .form(route.method.as_str(), &owner.path(route), &fields)
                .await;
            let what = format!("{} {} {name} {}", route.method, route.path, refused.text);
            assert!((400..500).contains(&refused.status), "{what}");
            assert_eq!(refused.body["errors"][0]["meta"]["param_name"], *name, "{what}");
        }
    }
    server.finish().await;
}

#[tokio::test]
async fn numbers_are_read_as_they_were_written_or_refused() {
    for_each_face(async |face| {
        let server = TestServer::start().await;
        for number in ["1.7976931348623157e308", "-1e65", "5e-324"] {
            let metadata = format!(r#"{{"a":[{number}]}}"#);
            let refused = face
                .sign_up_create(&server.anonymous(), &[("unsafe_metadata", &metadata)])
                .await;
            assert_eq!(refused.code(), "form_param_format_invalid", "{number}");
            assert_eq!(refused.fields, ["unsafe_metadata"]);
        }
        // Of these a reader that rounds on the way changes the last digit.
        let numbers =
            "[-125.91439428635681,1e64,1e-64,0.1,9007199254740993,18446744073709551615,1.2345678901234567e-40]";
        let metadata = format!(r#"{{"a":{numbers}}}"#);
        let client = server.anonymous();
        let id = face
            .sign_up_create(&client, &[("unsafe_metadata", &metadata)])
            .await
            .ok()
            .id();
        let kept = client.get(&format!("/v1/client/sign_ups/{id}")).await;
        assert_eq!(
            kept.body["response"]["unsafe_metadata"]["a"],
            serde_json::from_str::<serde_json::Value>(numbers).unwrap(),
            "{}",
            kept.text
        );
        server.finish().await;
    })
    .await;
}
