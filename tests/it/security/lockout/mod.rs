//! Rules 11 and 12, CVE-2026-9798 (Keycloak: one path did not ask for the lock), CVE-2026-47203 (Authelia: each spelling had
//! a counter of its own) and ASVS V6.1.1: guesses are counted per account and per network, on every path, and nobody can use
//! that to keep somebody out of their own account.

mod codes;
mod concealed;
mod counting;
mod known;
mod processes;

use crate::support::{
    Face, TestClient, TestServer,
    face::{Outcome, PASSWORD},
};
use serde_json::{Value, json};

const ADA: &str = "ada@example.com";
const WRONG: &str = "wrong wrong wrong";
/// Requests come from this machine, which stands for a proxy: so a test speaks from any network.
const PROXY: [(&str, &str); 1] = [("VESTIBULE_HTTP_TRUSTED_PROXIES", "127.0.0.0/8, ::1/128")];

async fn server() -> TestServer {
    TestServer::start_with(&PROXY).await
}

async fn lockout_settings(server: &TestServer, patch: Value) {
    server
        .settings(json!({ "attack_protection": { "user_lockout": patch } }))
        .await;
}

/// The same client, in the network of that address.
fn at(client: TestClient, address: &str) -> TestClient {
    client.with_header("x-forwarded-for", address)
}

/// A client that was never here, in the network of that address.
fn stranger(server: &TestServer, address: &str) -> TestClient {
    at(server.anonymous(), address)
}

async fn by_password(face: Face, client: &TestClient, identifier: &str, password: &str) -> Outcome {
    let fields = [
        ("identifier", identifier),
        ("strategy", "password"),
        ("password", password),
    ];
    face.sign_in_create(client, &fields).await
}

/// The codes of a guess at Ada's password by a stranger in that network.
async fn guess(face: Face, server: &TestServer, address: &str) -> String {
    let outcome = by_password(face, &stranger(server, address), ADA, WRONG).await;
    outcome.codes.join(",")
}

/// The seconds after which a refusal says that trying again makes sense.
fn retry_after(refused: &Outcome) -> u64 {
    match refused.reply.header("retry-after") {
        Some(seconds) => seconds.parse().unwrap(),
        None => refused.reply.body["errors"][0]["extensions"]["retryAfterSeconds"]
            .as_u64()
            .unwrap_or_else(|| panic!("no time in {}", refused.reply.text)),
    }
}

/// Ada signs up on a client that is returned, and out again. Returns her id too.
async fn ada(face: Face, server: &TestServer) -> (TestClient, String) {
    let client = stranger(server, "198.51.100.1");
    let (user, _) = face.sign_up(server, &client, ADA).await;
    sign_out(&client).await;
    (client, user)
}

/// A server with settings of its lockout, on which Ada has signed up and out. Returns her client and her id too.
async fn scene(face: Face, lockout: Value) -> (TestServer, TestClient, String) {
    let server = server().await;
    let (client, user) = ada(face, &server).await;
    lockout_settings(&server, lockout).await;
    (server, client, user)
}

async fn sign_out(client: &TestClient) {
    let done = client.form("DELETE", "/v1/client/sessions", &[]).await;
    assert_eq!(done.status, 200, "{}", done.text);
}

/// Ada signs in and out by the right password.
async fn in_and_out(face: Face, client: &TestClient) {
    assert_eq!(by_password(face, client, ADA, PASSWORD).await.ok().status(), "complete");
    sign_out(client).await;
}

/// Failures that a subject like that has, all together.
async fn failures(server: &TestServer, subject: &str) -> i64 {
    server
        .count(&format!(
            "SELECT CAST(COALESCE(SUM(failures), 0) AS BIGINT) FROM lockout WHERE subject LIKE '{subject}'"
        ))
        .await
}

async fn rows(server: &TestServer, subject: &str) -> i64 {
    server
        .count(&format!("SELECT COUNT(*) FROM lockout WHERE subject LIKE '{subject}'"))
        .await
}

/// The address of one of many networks, some of them IPv4, some IPv6.
fn network(number: u32) -> String {
    match number % 2 {
        0 => format!("203.0.{}.{}", number / 250, number % 250),
        _ => format!("2001:db8:{:x}:{number:x}::1", number % 7),
    }
}
