//! Tokens that ride along in answers are signed once in five seconds, and never stand for what has changed.

use crate::support::{Face, TestClient, TestServer, for_each_face, jwt};
use futures_util::future::join_all;
use serde_json::json;
use std::{collections::HashSet, time::Duration};
use vestibule::service::{instance, signing_key};

const CLIENT: &str = "{ client { sessions { lastActiveToken { jwt } } } }";

/// A server whose tokens differ even if all else is the same: those of version 2 have an identifier of their own.
async fn server() -> TestServer {
    let server = TestServer::start().await;
    let settings = json!({ "session": { "token_version": "v2", "single_session_mode": false } });
    server.settings(settings).await;
    server
}

/// The tokens that ride along with the client, in the order of its sessions.
async fn riding(face: Face, client: &TestClient) -> Vec<String> {
    let text = |token: &serde_json::Value| token["jwt"].as_str().unwrap().to_owned();
    match face {
        Face::Rest => {
            let reply = client.get("/v1/client").await;
            let sessions = reply.body["response"]["sessions"].as_array().unwrap();
            sessions
                .iter()
                .map(|session| text(&session["last_active_token"]))
                .collect()
        }
        Face::Graphql => {
            let reply = client.graphql(CLIENT, json!({})).await;
            let sessions = reply.body["data"]["client"]["sessions"].as_array().unwrap();
            sessions
                .iter()
                .map(|session| text(&session["lastActiveToken"]))
                .collect()
        }
    }
}

#[tokio::test]
async fn the_same_token_rides_along_for_five_seconds() {
    for_each_face(async |face| {
        let server = server().await;
        let client = server.anonymous();
        face.sign_up(&server, &client, "ada@example.com").await;
        server.advance(Duration::from_secs(1));
        let first = riding(face, &client).await;
        server.advance(Duration::from_millis(4_999));
        assert_eq!(riding(face, &client).await, first);
        let me = client.get("/v1/me").await;
        let session = &me.body["client"]["sessions"][0];
        assert_eq!(
            session["last_active_token"]["jwt"], first[0],
            "with whatever else is read"
        );
        server.advance(Duration::from_millis(1));
        let second = riding(face, &client).await;
        assert_ne!(second, first);
        assert_eq!(jwt::claims(&second[0])["iat"], server.now() / 1_000);
        server.clock.set(server.now() - 2);
        let third = riding(face, &client).await;
        assert_ne!(third, second, "the clock was put back");
        jwt::verify(&server, &third[0]).await.unwrap();
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn whoever_asks_at_once_gets_one_token() {
    for_each_face(async |face| {
        let server = server().await;
        let client = server.anonymous();
        face.sign_up(&server, &client, "ada@example.com").await;
        server.advance(Duration::from_secs(1));
        // So that the client is remembered, and its token too old.
        riding(face, &client).await;
        server.advance(Duration::from_secs(5));
        let asked = join_all((0..20).map(|_| riding(face, &client))).await;
        assert_eq!(asked.into_iter().collect::<HashSet<_>>().len(), 1);
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn another_token_rides_along_when_it_has_to_say_something_else() {
    for_each_face(async |face| {
        let server = server().await;
        let client = server.anonymous();
        let (_, session) = face.sign_up(&server, &client, "ada@example.com").await;
        server.advance(Duration::from_secs(1));
        let first = riding(face, &client).await;
        let elsewhere = client.forked().with_header("origin", "http://localhost:3000");
        let there = riding(face, &elsewhere).await;
        assert_eq!(jwt::claims(&there[0])["azp"], "http://localhost:3000");
        assert!(jwt::claims(&first[0])["azp"].is_null());
        assert_eq!(riding(face, &client).await, first, "each has its own");
        for (settings, claim, expected) in [
            (json!({ "token_version": "v1" }), "v", json!(null)),
            (json!({ "token_version": "v2" }), "v", json!(2)),
            (
                json!({ "token_lifetime_seconds": 90 }),
                "exp",
                json!(server.now() / 1_000 + 90),
            ),
        ] {
            server.settings(json!({ "session": settings })).await;
            let changed = riding(face, &client).await;
            assert_eq!(jwt::claims(&changed[0])[claim], expected, "{settings}");
        }
        let before = riding(face, &client).await;
        let id = instance::all(&server.app).await.unwrap().instances[0].id;
        signing_key::rotate(&server.app, &id).await.unwrap();
        let after = riding(face, &client).await;
        assert_ne!(jwt::header(&after[0])["kid"], jwt::header(&before[0])["kid"]);
        jwt::verify(&server, &after[0]).await.unwrap();
        server.advance(Duration::from_millis(58_500));
        let (young, before) = (riding(face, &client).await, server.now());
        // A minute after the proof its age is another one.
        server.advance(Duration::from_millis(2_000));
        assert!(server.now() - before < 5_000);
        let old = riding(face, &client).await;
        assert_ne!(jwt::claims(&old[0])["fva"], jwt::claims(&young[0])["fva"]);
        face.session(&client, "end", &session).await.ok();
        let reply = client.get("/v1/client").await;
        let ended = &reply.body["response"]["sessions"][0];
        assert!(ended["last_active_token"].is_null(), "{ended}");
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn no_token_rides_along_that_is_older_than_the_last_change_of_its_client() {
    for_each_face(async |face| {
        let server = server().await;
        let client = server.anonymous();
        let (_, session) = face.sign_up(&server, &client, "ada@example.com").await;
        let mut seen = HashSet::new();
        for step in 0..40 {
            if step % 10 == 5 {
                face.session(&client, "touch", &session).await.ok();
            }
            let token = riding(face, &client).await.remove(0);
            let reply = client.get("/v1/client").await;
            let changed_at = reply.body["response"]["updated_at"].as_i64().unwrap();
            let is_new = seen.insert(token.clone());
            let issued_at = jwt::claims(&token)["iat"].as_i64().unwrap();
            assert!(
                is_new || issued_at * 1_000 >= changed_at,
                "step {step}: of {issued_at}, and the client of {changed_at}"
            );
            assert!(issued_at >= changed_at / 1_000, "step {step}: SDKs refuse it");
            server.advance(Duration::from_millis(400));
        }
        // 16 seconds, four changes, and up to a second after each where every answer has a new one.
        assert!((4..25).contains(&seen.len()), "{}", seen.len());
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn whoever_asks_for_a_token_gets_a_new_one() {
    for_each_face(async |face| {
        let server = server().await;
        let client = server.anonymous();
        let (_, session) = face.sign_up(&server, &client, "ada@example.com").await;
        server.advance(Duration::from_secs(1));
        let first = riding(face, &client).await.remove(0);
        let mut all = HashSet::from([first.clone()]);
        for _ in 0..3 {
            assert!(all.insert(face.token(&client, &session).await.unwrap()));
        }
        assert_eq!(riding(face, &client).await, [first]);
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn two_sessions_never_share_a_token() {
    for_each_face(async |face| {
        let server = server().await;
        let (client, other) = (server.anonymous(), server.anonymous());
        face.sign_up(&server, &client, "ada@example.com").await;
        face.sign_up(&server, &client, "grace@example.com").await;
        face.sign_in(&other, "ada@example.com").await;
        server.advance(Duration::from_secs(1));
        for _ in 0..2 {
            let here = riding(face, &client).await;
            let there = riding(face, &other).await;
            let sessions: HashSet<_> = here
                .iter()
                .chain(&there)
                .map(|token| jwt::claims(token)["sid"].as_str().unwrap().to_owned())
                .collect();
            assert_eq!((here.len(), there.len(), sessions.len()), (2, 1, 3));
        }
        server.finish().await;
    })
    .await;
}
