//! Secrets at rest: a dump of the database holds none of them, and a ciphertext that was moved to another row opens
//! nothing.

use super::dump;
use crate::support::{Face, TestServer, face::PASSWORD, for_each_face, process::Installation, server::SECRET_KEY};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use std::time::Duration;
use vestibule::notice::Notice;

/// The rotating part inside a client token or a development browser's.
fn rotating(token: &str) -> String {
    let payload = URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap();
    let claims: Value = serde_json::from_slice(&payload).unwrap();
    claims["rotating_token"].as_str().unwrap().to_owned()
}

/// Whether `text` holds `secret` as a word of its own; six digits may stand within a long number by chance.
fn holds(text: &str, secret: &str) -> bool {
    let is_word = |character: Option<char>| character.is_some_and(|it| it.is_ascii_alphanumeric() || "-_".contains(it));
    text.match_indices(secret).any(|(start, _)| {
        secret.len() > 6
            || !(is_word(text[..start].chars().next_back()) || is_word(text[start + secret.len()..].chars().next()))
    })
}

#[tokio::test]
async fn no_column_of_any_table_holds_a_secret() {
    for_each_face(async |face| {
        let server = TestServer::start().await;
        let (_, second_key) = server.second_instance().await;
        let client = server.anonymous().with_header("x-unrecorded", "1");
        let mut secrets = vec![SECRET_KEY.to_owned(), second_key, PASSWORD.to_owned()];
        // A code that was used, one that waits, and one that was sent and replaced; dumped at each stage.
        let fields = [
            ("email_address", "ada@example.com"),
            ("password", PASSWORD),
            ("strategy", "email_code"),
        ];
        let id = face.sign_up_create(&client, &fields).await.ok().id();
        secrets.push(client.cookie("__client").unwrap());
        assert_clean(&server, &secrets).await;
        let code = server.last_code("ada@example.com").await;
        secrets.push(code.clone());
        assert_clean(&server, &secrets).await;
        let session = face
            .sign_up_attempt(&client, &id, &code)
            .await
            .ok()
            .text("created_session_id");
        secrets.push(client.cookie("__client").unwrap());
        secrets.push(face.token(&client, &session).await.unwrap());
        server.advance(Duration::from_secs(1));
        let other = server.anonymous().with_header("x-unrecorded", "1");
        let fields = [("identifier", "ada@example.com"), ("strategy", "email_code")];
        let id = face.sign_in_create(&other, &fields).await.ok().id();
        secrets.push(server.last_code("ada@example.com").await);
        server.advance(Duration::from_secs(1));
        face.sign_in_prepare(&other, &id, &[("strategy", "email_code")])
            .await
            .ok();
        let wrong = [("strategy", "password"), ("password", "wrong canary password")];
        face.sign_in_attempt(&other, &id, &wrong).await;
        secrets.push("wrong canary password".to_owned());
        secrets.push(other.cookie("__client").unwrap());
        let created = server
            .anonymous()
            .with_header("x-unrecorded", "1")
            .post("/v1/dev_browser", &[])
            .await;
        secrets.push(created.body["token"].as_str().unwrap().to_owned());
        assert_clean(&server, &secrets).await;
        secrets.push(server.last_code("ada@example.com").await);
        assert_clean(&server, &secrets).await;
        server.finish().await;
    })
    .await;
}

async fn assert_clean(server: &TestServer, secrets: &[String]) {
    let stored = dump::everything(server).await;
    assert!(
        stored.len() > 50 && stored.contains_key("dev_message.sealed_body"),
        "the dump is whole"
    );
    let mut all = secrets.to_vec();
    all.extend(
        secrets
            .iter()
            .filter(|secret| secret.starts_with("eyJ") && secret.len() < 400)
            .map(|token| rotating(token)),
    );
    for secret in &all {
        for (column, values) in &stored {
            let found = values.iter().find(|value| holds(value, secret));
            assert_eq!(found, None, "{column} holds {secret}");
        }
    }
}

#[tokio::test]
async fn a_private_key_moved_to_another_row_signs_and_shows_nothing() {
    for_each_face(async |face| {
        let server = TestServer::start().await;
        let (host, _) = server.second_instance().await;
        let client = server.anonymous().with_header("x-unrecorded", "1");
        let (_, session) = face.sign_up(&server, &client, "ada@example.com").await;
        face.token(&client, &session).await.unwrap();
        swap(server.app.pool(), "signing_key", "sealed_private_key").await;
        server.app.notices().publish(&[Notice::Lost]);
        assert_eq!(face.token(&client, &session).await.unwrap_err(), ["internal_error"]);
        for host in [raw_host(&server), host] {
            let jwks = server
                .anonymous()
                .with_header("x-unrecorded", "1")
                .at_host(&host)
                .get("/.well-known/jwks.json")
                .await;
            assert_eq!(
                (jwks.status, jwks.codes()),
                (500, vec!["internal_error".to_owned()]),
                "{host}"
            );
            for detail in ["seal", "skey_", "signing_key", "place", "\"keys\""] {
                assert!(!jwks.text.contains(detail), "{}", jwks.text);
            }
        }
        swap(server.app.pool(), "signing_key", "sealed_private_key").await;
        server.app.notices().publish(&[Notice::Lost]);
        face.token(&client, &session).await.unwrap();
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn a_message_moved_to_another_row_is_not_read() {
    let server = TestServer::start().await;
    for email in ["ada@example.com", "grace@example.com"] {
        let fields = [("email_address", email), ("strategy", "email_code")];
        Face::Rest
            .sign_up_create(&server.anonymous().with_header("x-unrecorded", "1"), &fields)
            .await
            .ok();
    }
    let codes = [
        server.last_code("ada@example.com").await,
        server.last_code("grace@example.com").await,
    ];
    swap(server.app.pool(), "dev_message", "sealed_body").await;
    let inbox = "query($to: String) { devInbox(first: 1, filter: { to: $to }) { nodes { code text } } }";
    for email in ["ada@example.com", "grace@example.com"] {
        let read = server.backend().graphql(inbox, json!({ "to": email })).await;
        assert_eq!(read.codes(), ["internal_error"], "{}", read.text);
        assert!(!codes.iter().any(|code| holds(&read.text, code)), "{}", read.text);
        assert!(
            !read.text.contains("seal") && !read.text.contains("dev_message"),
            "{}",
            read.text
        );
    }
    server.finish().await;
}

#[tokio::test]
async fn a_ciphertext_with_a_changed_byte_is_not_read() {
    let server = TestServer::start().await;
    let fields = [("email_address", "ada@example.com"), ("strategy", "email_code")];
    Face::Rest
        .sign_up_create(&server.anonymous().with_header("x-unrecorded", "1"), &fields)
        .await
        .ok();
    server.last_code("ada@example.com").await;
    let sealed = dump::texts(server.app.pool(), "SELECT sealed_body FROM dev_message")
        .await
        .remove(0);
    let (head, last) = sealed.split_at(sealed.len() - 8);
    let changed: String = last.chars().rev().collect();
    let cut = head.to_owned();
    for text in [format!("{head}{changed}"), cut, "v1.x.y".to_owned(), String::new()] {
        server
            .execute(&format!("UPDATE dev_message SET sealed_body = '{text}'"))
            .await;
        let read = server
            .backend()
            .graphql("{ devInbox(first: 1) { nodes { code } } }", json!({}))
            .await;
        assert_eq!(read.codes(), ["internal_error"], "{text} {}", read.text);
    }
    server.finish().await;
}

fn raw_host(server: &TestServer) -> String {
    format!("localhost:{}", super::raw::port(server))
}

/// Exchanges a column of the two oldest rows of a table.
async fn swap(database: &impl ConnectionTrait, table: &str, column: &str) {
    let ids = dump::texts(database, &format!("SELECT id FROM {table} ORDER BY id LIMIT 2")).await;
    let values = dump::texts(database, &format!("SELECT {column} FROM {table} ORDER BY id LIMIT 2")).await;
    assert_eq!(ids.len(), 2, "{table}");
    for (id, value) in ids.iter().zip(values.iter().rev()) {
        let statement = format!("UPDATE {table} SET {column} = '{value}' WHERE id = '{id}'");
        database.execute_unprepared(&statement).await.unwrap();
    }
}

#[tokio::test]
async fn a_data_key_moved_to_another_row_stops_the_start() {
    let installation = Installation::new().await;
    installation.serve().await.stop().await;
    let database = installation.connect().await;
    let sealed = dump::texts(&database, "SELECT sealed_key FROM data_key").await;
    swap(&database, "data_key", "sealed_key").await;
    let said = installation.fail(&["serve"]).await;
    assert!(said.contains("do not open with this master key"), "{said}");
    assert!(!sealed.iter().any(|key| said.contains(key)), "{said}");
    swap(&database, "data_key", "sealed_key").await;
    installation.serve().await.stop().await;
    database.close().await.unwrap();
    installation.remove().await;
}
