//! RFC 6797, ASVS V3.4.1: `Strict-Transport-Security` on every answer where https is spoken, and nowhere else.

use crate::support::{Reply, TestServer};
use serde_json::json;

const PUBLIC: (&str, &str) = ("VESTIBULE_PUBLIC_URL", "https://auth.example.com");

fn policy(reply: &Reply) -> Option<&str> {
    reply.header("strict-transport-security")
}

#[tokio::test]
async fn every_answer_of_an_instance_that_is_reached_by_https_has_the_policy() {
    let server = TestServer::start_with(&[PUBLIC]).await;
    let client = server.anonymous();
    for path in [
        "/livez",
        "/readyz",
        "/v1/environment",
        "/v1/nothing",
        "/.well-known/jwks.json",
    ] {
        assert_eq!(policy(&client.get(path).await), Some("max-age=31536000"), "{path}");
    }
    let answered = client.graphql("{ __typename }", json!({})).await;
    assert_eq!(policy(&answered), Some("max-age=31536000"));
    let refused = client
        .with_header("origin", "https://evil.example")
        .post("/v1/client/sign_ins", &[])
        .await;
    assert_eq!((refused.status, policy(&refused)), (400, Some("max-age=31536000")));
    server.finish().await;
}

#[tokio::test]
async fn an_instance_that_is_reached_by_http_has_none() {
    let server = TestServer::start().await;
    for path in ["/livez", "/v1/environment", "/v1/nothing"] {
        assert_eq!(policy(&server.anonymous().get(path).await), None, "{path}");
    }
    server.finish().await;
}

#[tokio::test]
async fn the_instance_decides_and_not_the_server() {
    let server = TestServer::start_with(&[PUBLIC]).await;
    let (host, _) = server.second_instance().await;
    let plain = server.anonymous().at_host(&host).get("/v1/environment").await;
    assert_eq!((plain.status, policy(&plain)), (200, None));
    let nobody = server.anonymous().at_host("nobody.example.com").get("/livez").await;
    assert_eq!(
        policy(&nobody),
        Some("max-age=31536000"),
        "the server as a whole is reached by https"
    );
    server.finish().await;
}

#[tokio::test]
async fn this_machine_never_gets_a_policy_that_would_hold_for_all_its_ports() {
    let server = TestServer::start_with(&[PUBLIC]).await;
    for host in [
        "localhost:4000",
        "auth.localhost",
        "LOCALHOST",
        "127.0.0.1:4000",
        "[::1]",
    ] {
        let reply = server.anonymous().at_host(host).get("/v1/environment").await;
        assert_eq!((reply.status, policy(&reply)), (200, None), "{host}");
    }
    server.finish().await;
}
