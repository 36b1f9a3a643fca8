//! Addresses that SDKs derive from the publishable key of a development instance: its host, then the rest of the key as the
//! first segment of the path.

use crate::support::{TestClient, TestServer, decoded, server::SECRET_KEY};
use serde_json::json;
use vestibule::service::instance;

/// What `key` names besides its host, such as `calm-wren-1.clerk.accounts.dev`.
fn segment(key: &str) -> String {
    let named = decoded(key.strip_prefix("pk_test_").unwrap());
    let (_, segment) = named.strip_suffix('$').unwrap().split_once('/').unwrap();
    segment.to_owned()
}

async fn key_of(server: &TestServer, host: &str) -> String {
    let directory = instance::all(&server.app).await.unwrap();
    let found = directory
        .instances
        .iter()
        .find(|instance| instance.host == host)
        .unwrap();
    found.publishable_key.clone()
}

fn host(server: &TestServer) -> String {
    server.origin.trim_start_matches("http://").to_owned()
}

#[tokio::test]
async fn what_sdks_derive_from_a_development_key_is_answered_below_it() {
    let server = TestServer::start().await;
    let key = segment(&key_of(&server, &host(&server)).await);
    let client = server.anonymous();
    for path in ["/v1/client", "/.well-known/jwks.json", "/v1/health"] {
        let (plain, derived) = (client.get(path).await, client.get(&format!("/{key}{path}")).await);
        assert_eq!(derived.status, 200, "{path} {}", derived.text);
        assert_eq!(derived.text, plain.text, "{path}");
    }
    let browser = client.post(&format!("/{key}/v1/dev_browser"), &[]).await;
    let token = browser.body["id"].as_str().unwrap().to_owned();
    let client = client
        .with_query("__clerk_db_jwt", &token)
        .with_header("origin", "http://localhost:3000");
    let environment = client
        .form("POST", &format!("/{key}/v1/environment?_method=PATCH"), &[])
        .await;
    assert_eq!(environment.status, 200, "{}", environment.text);
    assert_eq!(
        environment.header("access-control-allow-origin"),
        Some("http://localhost:3000")
    );
    server.finish().await;
}

#[tokio::test]
async fn below_a_key_is_nothing_that_sdks_do_not_derive_from_it() {
    let server = TestServer::start().await;
    let key = segment(&key_of(&server, &host(&server)).await);
    let (client, backend) = (server.anonymous(), server.backend());
    for path in [
        "",
        "/",
        "/graphql",
        "/dev/inbox",
        "/livez",
        "/readyz",
        "//v1/client",
        "/v1",
        &format!("/{key}/v1/client"),
    ] {
        for client in [&client, &backend] {
            let path = format!("/{key}{path}");
            assert_eq!(client.get(&path).await.status, 404, "{path}");
        }
    }
    server.finish().await;
}

#[tokio::test]
async fn a_key_is_answered_at_its_own_instance_alone() {
    let server = TestServer::start().await;
    let (other_host, other_secret) = server.second_instance().await;
    let (own, other) = (
        segment(&key_of(&server, &host(&server)).await),
        segment(&key_of(&server, &other_host).await),
    );
    assert_ne!(own, other);
    let elsewhere = server.anonymous().at_host(&other_host);
    assert_eq!(elsewhere.get(&format!("/{other}/v1/client")).await.status, 200);
    for client in [
        elsewhere.clone(),
        // A secret key names an instance, but no address of another one.
        elsewhere.clone().with_secret_key(SECRET_KEY),
        elsewhere.with_secret_key(&other_secret),
    ] {
        let refused = client.get(&format!("/{own}/v1/client")).await;
        assert_eq!(
            (refused.status, refused.codes()),
            (404, vec!["resource_not_found".to_owned()])
        );
    }
    let unknown = server
        .anonymous()
        .get("/amber-otter-100.clerk.accounts.dev/v1/client")
        .await;
    assert_eq!(unknown.status, 404, "{}", unknown.text);
    // The key is no way around the check of hosts either.
    let strange = server.anonymous().at_host("rebound.evil.example");
    assert_eq!(
        strange.get(&format!("/{own}/v1/client")).await.codes(),
        ["host_invalid"]
    );
    server.finish().await;
}

#[tokio::test]
async fn a_production_key_has_no_path() {
    let server = TestServer::start().await;
    let key = segment(&key_of(&server, &host(&server)).await);
    server.make_production().await;
    let refused = server.anonymous().get(&format!("/{key}/v1/client")).await;
    assert_eq!(refused.status, 404, "{}", refused.text);
    server.finish().await;
}

#[tokio::test]
async fn the_key_of_an_older_installation_is_told_for_the_own_host_and_answered() {
    let server = TestServer::start().await;
    // base64 of `amber-otter-7.clerk.accounts.dev$`, as it was stored before keys named the own host.
    let old = "pk_test_YW1iZXItb3R0ZXItNy5jbGVyay5hY2NvdW50cy5kZXYk";
    server
        .execute(&format!("UPDATE instance SET publishable_key = '{old}'"))
        .await;
    let told = told_key(&server.backend()).await;
    let named = decoded(told.strip_prefix("pk_test_").unwrap());
    assert_eq!(named, format!("{}/amber-otter-7.clerk.accounts.dev$", host(&server)));
    let derived = server
        .anonymous()
        .get("/amber-otter-7.clerk.accounts.dev/v1/client")
        .await;
    assert_eq!(derived.status, 200, "{}", derived.text);
    server.finish().await;
}

async fn told_key(backend: &TestClient) -> String {
    let read = backend.graphql("{ environment { publishableKey } }", json!({})).await;
    read.body["data"]["environment"]["publishableKey"]
        .as_str()
        .unwrap_or_else(|| panic!("{}", read.text))
        .to_owned()
}
