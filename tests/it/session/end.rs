use crate::support::{TestServer, for_each_face};
use serde_json::json;

#[tokio::test]
async fn an_ended_session_stays_listed_and_opens_nothing() {
    for_each_face(async |face| {
        let server = TestServer::start().await;
        let client = server.anonymous();
        let (_, session) = face.sign_up(&server, &client, "ada@example.com").await;
        let ended = face.session(&client, "end", &session).await.ok();
        assert_eq!(ended.status(), "ended");
        assert_eq!(ended.sessions, [(session.clone(), "ended".to_owned())]);
        assert_eq!(
            face.token(&client, &session).await.unwrap_err(),
            ["authentication_invalid"]
        );
        assert_eq!(client.get("/v1/me").await.codes(), ["authentication_invalid"]);
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn a_removed_session_is_no_longer_listed() {
    for_each_face(async |face| {
        let server = TestServer::start().await;
        let client = server.anonymous();
        let (_, session) = face.sign_up(&server, &client, "ada@example.com").await;
        let removed = face.session(&client, "remove", &session).await.ok();
        assert_eq!(removed.status(), "removed");
        assert_eq!(removed.sessions, []);
        assert_eq!(face.token(&client, &session).await.unwrap_err(), ["resource_not_found"]);
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn an_ended_session_can_be_removed_from_the_list() {
    for_each_face(async |face| {
        let server = TestServer::start().await;
        let client = server.anonymous();
        let (_, session) = face.sign_up(&server, &client, "ada@example.com").await;
        face.session(&client, "end", &session).await.ok();
        let removed = face.session(&client, "remove", &session).await.ok();
        assert_eq!(removed.sessions, []);
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn signing_out_here_leaves_other_clients_signed_in() {
    for_each_face(async |face| {
        let server = TestServer::start().await;
        let (here, there) = (server.anonymous(), server.anonymous());
        let (_, session) = face.sign_up(&server, &here, "ada@example.com").await;
        let other = face.sign_in(&there, "ada@example.com").await;
        face.session(&here, "remove", &session).await.ok();
        face.token(&there, &other).await.unwrap();
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn a_named_session_that_has_ended_never_falls_back_to_another() {
    let server = TestServer::start().await;
    let face = crate::support::Face::Rest;
    server
        .settings(json!({ "session": { "single_session_mode": false } }))
        .await;
    let client = server.anonymous();
    let (_, first) = face.sign_up(&server, &client, "ada@example.com").await;
    let (_, second) = face.sign_up(&server, &client, "grace@example.com").await;
    face.session(&client, "end", &first).await.ok();
    assert_eq!(
        client.get(&format!("/v1/me?_clerk_session_id={first}")).await.codes(),
        ["authentication_invalid"]
    );
    assert_eq!(
        client.get("/v1/me?_clerk_session_id=nonsense").await.codes(),
        ["authentication_invalid"]
    );
    let second = client.get(&format!("/v1/me?_clerk_session_id={second}")).await;
    assert_eq!(second.status, 200);
    server.finish().await;
}

#[tokio::test]
async fn nobody_elses_session_can_be_ended() {
    for_each_face(async |face| {
        let server = TestServer::start().await;
        let (ada, eve) = (server.anonymous(), server.anonymous());
        let (_, session) = face.sign_up(&server, &ada, "ada@example.com").await;
        face.sign_up(&server, &eve, "eve@example.com").await;
        for verb in ["end", "remove", "touch"] {
            assert_eq!(
                face.session(&eve, verb, &session).await.code(),
                "resource_not_found",
                "{verb}"
            );
        }
        face.token(&ada, &session).await.unwrap();
        server.finish().await;
    })
    .await;
}
