//! What somebody begins in a browser in which an attacker has planted a client token is not shared with the attacker: not
//! before the first step, when the planted token still names the client, nor after it.

use crate::{
    support::{
        Authenticator, Face, TestClient, TestServer, TestSocket,
        face::{Outcome, PASSWORD},
        for_each_face,
    },
    totp,
};
use serde_json::{Value, json};
use std::time::Duration;

const ADA: &str = "ada@example.com";
const PLANTERS_PASSWORD: &str = "the planter knows this one 71";

/// Two browsers with one client token: the one who planted it, and the one in whose browser it is.
async fn planted(server: &TestServer, face: Face) -> (TestClient, TestClient) {
    let attacker = server.anonymous();
    face.sign_up_create(&attacker, &[]).await.ok();
    let victim = attacker.forked();
    (attacker, victim)
}

/// Finds that there is no such thing for them, whatever they ask.
fn is_not_there(outcome: &Outcome) {
    assert_eq!(outcome.code(), "resource_not_found", "{}", outcome.reply.text);
}

/// Finds that a client token shows nothing that was begun.
async fn sees_no_flow(client: &TestClient) {
    let read = client.get("/v1/client").await;
    let shown = &read.body["response"];
    let (sign_in, sign_up) = (&shown["sign_in"], &shown["sign_up"]);
    assert_eq!(
        (read.status, sign_in, sign_up),
        (200, &Value::Null, &Value::Null),
        "{}",
        read.text
    );
    let read = client
        .graphql("{ client { signIn { id } signUp { id } } }", json!({}))
        .await;
    let shown = &read.body["data"]["client"];
    assert_eq!(
        (&shown["signIn"], &shown["signUp"]),
        (&Value::Null, &Value::Null),
        "{}",
        read.text
    );
}

#[tokio::test]
async fn a_sign_up_in_a_browser_with_a_planted_token_is_its_persons_alone() {
    for_each_face(async |face| {
        let server = TestServer::start().await;
        let (attacker, victim) = planted(&server, face).await;
        let fields = [("email_address", ADA), ("password", PASSWORD)];
        let id = face.sign_up_create(&victim, &fields).await.ok().id();
        for step in ["begun", "prepared", "failed"] {
            match step {
                "begun" => {}
                "prepared" => drop(face.sign_up_prepare(&victim, &id).await.ok()),
                _ => assert_eq!(
                    face.sign_up_attempt(&victim, &id, "000000").await.code(),
                    "form_code_incorrect"
                ),
            }
            sees_no_flow(&attacker).await;
            let read = attacker.get(&format!("/v1/client/sign_ups/{id}")).await;
            assert!([401, 404].contains(&read.status), "{step}: {}", read.text);
            let query = "query($id: ID!) { signUp(id: $id) { id emailAddress } }";
            let read = attacker.graphql(query, json!({ "id": id })).await;
            assert!(!read.text.contains("ada"), "{step}: {}", read.text);
            let password = [("password", PLANTERS_PASSWORD)];
            for outcome in [
                face.sign_up_update(&attacker, &id, &password).await,
                face.sign_up_prepare(&attacker, &id).await,
                face.sign_up_attempt(&attacker, &id, "000000").await,
            ] {
                is_not_there(&outcome);
            }
        }
        let code = server.last_code(ADA).await;
        is_not_there(&face.sign_up_attempt(&attacker, &id, &code).await);
        face.sign_up_attempt(&victim, &id, &code).await.ok();
        assert_eq!(attacker.get("/v1/me").await.status, 401);
        face.sign_in(&server.anonymous(), ADA).await;
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn a_sign_in_in_a_browser_with_a_planted_token_is_its_persons_alone() {
    for_each_face(async |face| {
        let (server, owner) = totp::signed_up(face).await;
        let authenticator = Authenticator::set_up(face, &server, &owner).await;
        server.advance(Duration::from_secs(60));
        let (attacker, victim) = planted(&server, face).await;
        let id = face.sign_in_create(&victim, &[("identifier", ADA)]).await.ok().id();
        let first = [("strategy", "password"), ("password", PASSWORD)];
        is_not_there(&face.sign_in_attempt(&attacker, &id, &first).await);
        is_not_there(
            &face
                .sign_in_prepare(&attacker, &id, &[("strategy", "email_code")])
                .await,
        );
        sees_no_flow(&attacker).await;
        let half = face.sign_in_attempt(&victim, &id, &first).await.ok();
        assert_eq!(half.status(), "needs_second_factor");
        sees_no_flow(&attacker).await;
        let code = authenticator.code(&server, 0);
        is_not_there(&face.sign_in_attempt_second(&attacker, &id, "totp", &code).await);
        face.sign_in_attempt_second(&victim, &id, "totp", &code).await.ok();
        assert_eq!(attacker.get("/v1/me").await.status, 401);
        assert_eq!(victim.get("/v1/me").await.status, 200);
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn whoever_plants_a_token_and_begins_after_its_victim_shares_nothing() {
    for_each_face(async |face| {
        let server = TestServer::start().await;
        let (attacker, victim) = planted(&server, face).await;
        let fields = [("email_address", ADA), ("password", PASSWORD)];
        let own = face.sign_up_create(&victim, &fields).await.ok().id();
        let fields = [("email_address", ADA), ("password", PLANTERS_PASSWORD)];
        face.sign_up_create(&attacker, &fields).await.ok();
        // It is over for its person, who begins again and is alone then.
        is_not_there(&face.sign_up_prepare(&victim, &own).await);
        face.sign_up(&server, &victim, ADA).await;
        assert_eq!(attacker.get("/v1/me").await.status, 401);
        face.sign_in(&server.anonymous(), ADA).await;
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn the_token_from_before_a_flow_goes_on_for_sessions() {
    for_each_face(async |face| {
        let server = TestServer::start().await;
        server
            .settings(json!({ "session": { "single_session_mode": false } }))
            .await;
        let client = server.anonymous();
        let (_, session) = face.sign_up(&server, &client, ADA).await;
        // A request on its way, or a browser that never heard the answer.
        let behind = client.forked();
        server.advance(Duration::from_secs(1));
        let fields = [("email_address", "grace@example.com"), ("password", PASSWORD)];
        let id = face.sign_up_create(&client, &fields).await.ok().id();
        assert_ne!(client.cookie("__client"), behind.cookie("__client"));
        assert_eq!(behind.get("/v1/me").await.status, 200);
        assert!(face.token(&behind, &session).await.is_ok());
        face.session(&behind, "touch", &session).await.ok();
        sees_no_flow(&behind).await;
        assert_eq!(client.get("/v1/client").await.body["response"]["sign_up"]["id"], id);
        // Beginning once more makes up for the answer that was lost.
        face.sign_up(&server, &behind, "grace@example.com").await;
        let listed = behind.get("/v1/client").await.body["response"]["sessions"].clone();
        assert_eq!(listed.as_array().unwrap().len(), 2, "{listed}");
        assert_eq!(client.get("/v1/me").await.status, 401);
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn the_tokens_from_before_a_flow_die_when_a_session_begins() {
    for_each_face(async |face| {
        let server = TestServer::start().await;
        server
            .settings(json!({ "session": { "single_session_mode": false } }))
            .await;
        let client = server.anonymous();
        face.sign_up(&server, &client, ADA).await;
        let mut behind = Vec::new();
        for _ in 0..3 {
            behind.push(client.forked());
            face.sign_up_create(&client, &[]).await.ok();
        }
        for old in &behind {
            assert_eq!(old.get("/v1/me").await.status, 200);
        }
        face.sign_up(&server, &client, "grace@example.com").await;
        for old in &behind {
            assert_eq!(old.get("/v1/me").await.status, 401);
        }
        assert_eq!(client.get("/v1/me").await.status, 200);
        server.finish().await;
    })
    .await;
}

/// Finds that whoever takes the client over by beginning something finds nothing of what was begun before.
async fn takes_nothing_over(face: Face, attacker: &TestClient, begins: &str) {
    match begins {
        "a sign-in" => drop(face.sign_in_create(attacker, &[]).await.ok()),
        _ => drop(face.sign_up_create(attacker, &[]).await.ok()),
    }
    let shown = attacker.get("/v1/client").await;
    assert!(!shown.text.contains("@example.com"), "{begins}: {}", shown.text);
    let query = "{ client { signIn { identifier } signUp { emailAddress } } }";
    let shown = attacker.graphql(query, json!({})).await;
    assert!(!shown.text.contains("@example.com"), "{begins}: {}", shown.text);
}

#[tokio::test]
async fn whoever_begins_something_with_a_planted_token_takes_nothing_over_that_was_begun_there() {
    for_each_face(async |face| {
        for begins in ["a sign-in", "a sign-up"] {
            let (server, owner) = totp::signed_up(face).await;
            let authenticator = Authenticator::set_up(face, &server, &owner).await;
            server.advance(Duration::from_secs(60));
            let (attacker, victim) = planted(&server, face).await;
            let fields = [("identifier", ADA), ("strategy", "password"), ("password", PASSWORD)];
            let half = face.sign_in_create(&victim, &fields).await.ok();
            assert_eq!(half.status(), "needs_second_factor");
            takes_nothing_over(face, &attacker, begins).await;
            let code = authenticator.code(&server, 0);
            is_not_there(&face.sign_in_attempt_second(&attacker, &half.id(), "totp", &code).await);
            let read = attacker.get(&format!("/v1/client/sign_ins/{}", half.id())).await;
            assert_eq!(read.codes(), ["resource_not_found"]);

            let (attacker, victim) = planted(&server, face).await;
            let fields = [("email_address", "adaline@example.com"), ("password", PASSWORD)];
            let id = face.sign_up_create(&victim, &fields).await.ok().id();
            takes_nothing_over(face, &attacker, begins).await;
            let password = [("password", PLANTERS_PASSWORD)];
            is_not_there(&face.sign_up_update(&attacker, &id, &password).await);
            let read = attacker.get(&format!("/v1/client/sign_ups/{id}")).await;
            assert_eq!(read.codes(), ["resource_not_found"]);
            server.finish().await;
        }
    })
    .await;
}

#[tokio::test]
async fn what_was_begun_before_something_else_of_its_kind_is_not_there_any_more() {
    for_each_face(async |face| {
        let server = TestServer::start().await;
        let client = server.anonymous();
        let sign_in = face.sign_in_create(&client, &[]).await.ok().id();
        let sign_up = face.sign_up_create(&client, &[]).await.ok().id();
        let reads = [format!("sign_ins/{sign_in}"), format!("sign_ups/{sign_up}")];
        let query = "query($in: ID!, $up: ID!) { signIn(id: $in) { id } signUp(id: $up) { id } }";
        let ids = json!({ "in": sign_in, "up": sign_up });
        for (status, is_there) in [(200, true), (404, false)] {
            for read in &reads {
                assert_eq!(client.get(&format!("/v1/client/{read}")).await.status, status);
            }
            let shown = client.graphql(query, ids.clone()).await.body["data"].clone();
            let found = [&shown["signIn"], &shown["signUp"]].map(|shown| !shown.is_null());
            assert_eq!(found, [is_there; 2], "{shown}");
            face.sign_in_create(&client, &[]).await.ok();
            face.sign_up_create(&client, &[]).await.ok();
        }
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn a_page_that_begins_twice_at_once_keeps_its_sessions_whichever_answer_comes_last() {
    for_each_face(async |face| {
        let server = TestServer::start().await;
        server
            .settings(json!({ "session": { "single_session_mode": false } }))
            .await;
        let client = server.anonymous();
        face.sign_up(&server, &client, ADA).await;
        let (twin, late) = (client.forked(), client.forked());
        let (one, other) = tokio::join!(face.sign_up_create(&client, &[]), face.sign_up_create(&twin, &[]));
        let ids = [one.ok().id(), other.ok().id()];
        let mut steps = Vec::new();
        for (client, id) in [(&client, &ids[0]), (&twin, &ids[1])] {
            assert_eq!(client.get("/v1/me").await.status, 200);
            steps.push(face.sign_up_update(client, id, &[("first_name", "Grace")]).await.codes);
        }
        steps.sort();
        assert_eq!(steps, [vec![], vec!["resource_not_found".to_owned()]]);
        face.sign_up_create(&late, &[]).await.ok();
        for client in [&client, &twin, &late] {
            assert_eq!(client.get("/v1/me").await.status, 200);
        }
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn a_page_that_begins_twice_at_once_is_refused_neither_time() {
    for_each_face(async |face| {
        let server = TestServer::start().await;
        let client = server.anonymous();
        face.sign_in_create(&client, &[]).await.ok();
        let twin = client.forked();
        let (one, other) = tokio::join!(face.sign_in_create(&client, &[]), face.sign_in_create(&twin, &[]));
        let (one, other) = (one.ok().id(), other.ok().id());
        let shown = [client, twin].map(async |client| client.get("/v1/client").await.body);
        let shown = futures_util::future::join_all(shown).await;
        let pending: Vec<_> = shown
            .iter()
            .filter_map(|body| body["response"]["sign_in"]["id"].as_str())
            .collect();
        assert!(pending == [&*one] || pending == [&*other], "{pending:?}");
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn a_planter_takes_none_of_the_places_that_a_victim_has_for_sockets() {
    let server = TestServer::start().await;
    let (attacker, victim) = planted(&server, Face::Graphql).await;
    Face::Graphql.sign_in_create(&victim, &[]).await.ok();
    let mut taken = Vec::new();
    for _ in 0..32 {
        taken.push(TestSocket::connect(&attacker, json!({})).await);
    }
    TestSocket::connect(&victim, json!({})).await;
    server.finish().await;
}
