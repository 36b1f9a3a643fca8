use crate::support::{TestServer, for_each_face};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use std::time::Duration;

/// The claims of a token, unverified.
fn claims(jwt: &str) -> Value {
    let payload = jwt.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}

#[tokio::test]
async fn a_token_says_whose_session_it_is_for_a_minute() {
    for_each_face(async |face| {
        let server = TestServer::start().await;
        let client = server.anonymous();
        let (user, session) = face.sign_up(&server, &client, "ada@example.com").await;
        let client = client.with_header("origin", "http://localhost:3000");
        let claims = claims(&face.token(&client, &session).await.unwrap());
        let now = server.now() / 1_000;
        assert_eq!(claims["sub"], user);
        assert_eq!(claims["sid"], session);
        assert_eq!(claims["iss"], server.origin);
        assert_eq!(claims["azp"], "http://localhost:3000");
        assert_eq!(claims["iat"], now);
        assert_eq!(claims["exp"], now + 60);
        assert_eq!(claims["nbf"], now - 10);
        assert!(claims["aud"].is_null() && claims["v"].is_null());
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn newer_callers_get_the_newer_form() {
    let server = TestServer::start().await;
    let face = crate::support::Face::Rest;
    let client = server.anonymous();
    let (_, session) = face.sign_up(&server, &client, "ada@example.com").await;
    for (version, form) in [
        ("2021-02-05", Value::Null),
        ("2025-04-10", json!(2)),
        ("2031-01-01", json!(2)),
    ] {
        let path = format!("/v1/client/sessions/{session}/tokens?__clerk_api_version={version}");
        let reply = client.post(&path, &[]).await;
        assert_eq!(claims(reply.body["jwt"].as_str().unwrap())["v"], form, "{version}");
    }
    server.finish().await;
}

#[tokio::test]
async fn a_token_reads_but_changes_nothing() {
    let server = TestServer::start().await;
    let face = crate::support::Face::Graphql;
    let client = server.anonymous();
    let (user, session) = face.sign_up(&server, &client, "ada@example.com").await;
    let jwt = face.token(&client, &session).await.unwrap();
    let holder = server
        .anonymous()
        .with_header("authorization", &format!("Bearer {jwt}"));
    let viewer = holder.graphql("{ viewer { id } }", json!({})).await;
    assert_eq!(viewer.body["data"]["viewer"]["id"], user);
    assert_eq!(
        face.token(&holder, &session).await.unwrap_err(),
        ["authorization_invalid"],
        "it cannot renew itself"
    );
    assert_eq!(
        face.session(&holder, "end", &session).await.code(),
        "authorization_invalid"
    );
    server.finish().await;
}

#[tokio::test]
async fn a_token_dies_after_its_minute_and_with_its_session() {
    let server = TestServer::start().await;
    let face = crate::support::Face::Rest;
    let client = server.anonymous();
    let (_, session) = face.sign_up(&server, &client, "ada@example.com").await;
    let jwt = face.token(&client, &session).await.unwrap();
    let holder = server
        .anonymous()
        .with_header("authorization", &format!("Bearer {jwt}"));
    assert_eq!(holder.get("/v1/me").await.status, 200);
    face.session(&client, "end", &session).await.ok();
    assert_eq!(
        holder.get("/v1/me").await.codes(),
        ["authentication_invalid"],
        "revocation is in force at once"
    );
    face.sign_in(&client, "ada@example.com").await;
    server.advance(Duration::from_secs(66));
    assert_eq!(holder.get("/v1/me").await.codes(), ["authentication_invalid"]);
    server.finish().await;
}

#[tokio::test]
async fn every_client_answer_carries_a_fresh_token_of_its_active_sessions() {
    let server = TestServer::start().await;
    let face = crate::support::Face::Rest;
    let client = server.anonymous();
    let (_, session) = face.sign_up(&server, &client, "ada@example.com").await;
    let read = client.get("/v1/client").await;
    let listed = &read.body["response"]["sessions"][0];
    assert_eq!(
        claims(listed["last_active_token"]["jwt"].as_str().unwrap())["sid"],
        session
    );
    face.session(&client, "end", &session).await.ok();
    let read = client.get("/v1/client").await;
    assert!(read.body["response"]["sessions"][0]["last_active_token"].is_null());
    server.finish().await;
}
