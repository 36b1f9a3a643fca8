use crate::support::{TestServer, for_each_face};
use serde_json::json;
use std::time::Duration;

#[tokio::test]
async fn activity_is_written_at_most_once_a_minute() {
    for_each_face(async |face| {
        let server = TestServer::start().await;
        let client = server.anonymous();
        let (_, session) = face.sign_up(&server, &client, "ada@example.com").await;
        let last_active = async || {
            server
                .count(&format!("SELECT last_active_at FROM session WHERE id = '{session}'"))
                .await
        };
        let begun = last_active().await;
        server.advance(Duration::from_secs(59));
        face.session(&client, "touch", &session).await.ok();
        assert_eq!(last_active().await, begun);
        server.advance(Duration::from_secs(1));
        face.session(&client, "touch", &session).await.ok();
        assert_eq!(last_active().await, begun + 60_000);
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn a_session_ends_at_its_maximum_lifetime_whatever_its_activity() {
    for_each_face(async |face| {
        let server = TestServer::start().await;
        let client = server.anonymous();
        let (_, session) = face.sign_up(&server, &client, "ada@example.com").await;
        for _ in 0..6 {
            server.advance(Duration::from_secs(24 * 3_600));
            face.session(&client, "touch", &session).await.ok();
        }
        server.advance(Duration::from_secs(24 * 3_600));
        assert_eq!(
            face.session(&client, "touch", &session).await.code(),
            "resource_not_found"
        );
        assert_eq!(
            face.token(&client, &session).await.unwrap_err(),
            ["authentication_invalid"]
        );
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn with_an_inactivity_timeout_activity_keeps_a_session_alive() {
    for_each_face(async |face| {
        let server = TestServer::start().await;
        server
            .settings(json!({ "session": {
                "maximum_lifetime_enabled": false,
                "inactivity_timeout_enabled": true, "inactivity_timeout_seconds": 600,
            } }))
            .await;
        let client = server.anonymous();
        let (_, session) = face.sign_up(&server, &client, "ada@example.com").await;
        for _ in 0..5 {
            server.advance(Duration::from_secs(599));
            face.token(&client, &session).await.unwrap();
        }
        server.advance(Duration::from_secs(600));
        assert_eq!(
            face.token(&client, &session).await.unwrap_err(),
            ["authentication_invalid"]
        );
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn a_touched_session_is_the_one_that_acts() {
    for_each_face(async |face| {
        let server = TestServer::start().await;
        server
            .settings(json!({ "session": { "single_session_mode": false } }))
            .await;
        let client = server.anonymous();
        let (ada, first) = face.sign_up(&server, &client, "ada@example.com").await;
        let (grace, _) = face.sign_up(&server, &client, "grace@example.com").await;
        assert_eq!(client.get("/v1/me").await.body["response"]["id"], grace);
        face.session(&client, "touch", &first).await.ok();
        assert_eq!(client.get("/v1/me").await.body["response"]["id"], ada);
        server.finish().await;
    })
    .await;
}
