//! ASVS V16.5.1: when the server itself fails it says so, with a name for the log, and nothing else.

use crate::support::{Face, TestServer, face::PASSWORD, for_each_face};
use serde_json::json;

/// What no answer may tell.
const DETAILS: [&str; 9] = [
    "budget",
    "session\"",
    "select",
    "insert",
    "table",
    "relation",
    "sql",
    "no such",
    ".rs",
];

fn tells_nothing(text: &str) {
    let text = text.to_lowercase();
    for detail in DETAILS {
        assert!(!text.contains(detail), "{detail} in {text}");
    }
}

#[tokio::test]
async fn a_write_that_fails_is_an_internal_error_without_any_detail() {
    for_each_face(async |face| {
        let server = TestServer::start().await;
        let fields = [("email_address", "ada@example.com"), ("strategy", "email_code")];
        server.execute("ALTER TABLE budget RENAME TO gone").await;
        let failed = face
            .sign_up_create(&server.anonymous().with_header("x-unrecorded", "1"), &fields)
            .await;
        assert_eq!(failed.code(), "internal_error");
        assert_eq!(
            failed.reply.status,
            if face == Face::Rest { 500 } else { 200 },
            "{}",
            failed.reply.text
        );
        tells_nothing(&failed.reply.text);
        assert!(failed.reply.set_cookies("__client").is_empty(), "nothing was made");
        assert_eq!(server.count("SELECT COUNT(*) FROM client").await, 0);
        server.execute("ALTER TABLE gone RENAME TO budget").await;
        face.sign_up_create(&server.anonymous().with_header("x-unrecorded", "1"), &fields)
            .await
            .ok();
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn a_read_that_fails_is_an_internal_error_without_any_detail() {
    let server = TestServer::start().await;
    let client = server.anonymous().with_header("x-unrecorded", "1");
    Face::Rest.sign_up(&server, &client, "ada@example.com").await;
    server.execute("ALTER TABLE session RENAME TO gone").await;
    let me = client.get("/v1/me").await;
    assert_eq!(
        (me.status, me.codes()),
        (500, vec!["internal_error".to_owned()]),
        "{}",
        me.text
    );
    assert_eq!(me.body["errors"].as_array().unwrap().len(), 1);
    let trace = me.body["clerk_trace_id"].as_str().unwrap();
    assert_eq!(
        me.header("clerk-trace-id"),
        Some(trace),
        "support can find it in the log"
    );
    tells_nothing(&me.text);
    let viewer = client.graphql("{ viewer { id } }", json!({})).await;
    assert_eq!(viewer.codes(), ["internal_error"], "{}", viewer.text);
    assert!(viewer.body["data"]["viewer"].is_null());
    tells_nothing(&viewer.text);
    server.execute("ALTER TABLE gone RENAME TO session").await;
    assert_eq!(client.get("/v1/me").await.status, 200);
    server.finish().await;
}

#[tokio::test]
async fn a_caller_who_cannot_be_looked_up_is_not_taken_for_anybody() {
    let server = TestServer::start().await;
    let client = server.anonymous().with_header("x-unrecorded", "1");
    Face::Rest.sign_up(&server, &client, "ada@example.com").await;
    server.execute("ALTER TABLE client RENAME TO gone").await;
    for reply in [
        client.get("/v1/me").await,
        client.get("/v1/client").await,
        client.graphql("{ viewer { id } }", json!({})).await,
    ] {
        assert_eq!(
            (reply.status, reply.codes()),
            (500, vec!["internal_error".to_owned()]),
            "{}",
            reply.text
        );
        tells_nothing(&reply.text);
    }
    server.execute("ALTER TABLE gone RENAME TO client").await;
    server.finish().await;
}

#[tokio::test]
async fn what_the_database_cannot_do_for_the_moment_is_to_be_tried_again() {
    for_each_face(async |face| {
        let mut server = TestServer::start().await;
        let client = server.anonymous().with_header("x-unrecorded", "1");
        let fields = [("email_address", "ada@example.com"), ("strategy", "email_code")];
        server.app.pool().close().await.unwrap();
        let failed = face.sign_up_create(&client, &fields).await;
        assert_eq!(failed.code(), "service_unavailable");
        assert_eq!(failed.reply.header("retry-after"), Some("1"));
        if face == Face::Rest {
            assert_eq!(failed.reply.status, 503);
        }
        tells_nothing(&failed.reply.text);
        server.restart().await;
        let client = server.anonymous();
        face.sign_up_create(&client, &fields).await.ok();
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn a_new_token_reaches_its_owner_even_when_what_became_of_it_cannot_be_read() {
    for_each_face(async |face| {
        let server = TestServer::start().await;
        face.sign_up(&server, &server.anonymous(), "ada@example.com").await;
        let client = server.anonymous().with_header("x-unrecorded", "1");
        face.sign_in_create(&client, &[("identifier", "ada@example.com")])
            .await
            .ok();
        let before = client.cookie("__client");
        // Signing in asks nothing of this table, showing the session with its token does: the keys that were remembered are
        // those of settings before.
        server.settings(json!({ "application_name": "Acme" })).await;
        server.execute("ALTER TABLE signing_key RENAME TO gone").await;
        let fields = [
            ("identifier", "ada@example.com"),
            ("strategy", "password"),
            ("password", PASSWORD),
        ];
        let failed = face.sign_in_create(&client, &fields).await;
        if face == Face::Rest {
            assert_eq!((failed.reply.status, failed.code()), (500, "internal_error"));
        }
        assert_ne!(client.cookie("__client"), before);
        server.execute("ALTER TABLE gone RENAME TO signing_key").await;
        assert_eq!(client.get("/v1/me").await.status, 200, "signed in all the same");
        server.finish().await;
    })
    .await;
}
