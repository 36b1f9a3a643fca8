use super::{
    ADA, WRONG, at, by_password, failures, guess, in_and_out, lockout_settings, network, rows, scene, sign_out,
    stranger,
};
use crate::support::{Face, SchemaView, TestClient, TestServer, face::PASSWORD, for_each_face};
use serde_json::json;
use std::time::Duration;

/// Every way to sign in as Ada with a right proof, each ending signed out. The codes of the attempt that proves.
async fn every_path(face: Face, server: &TestServer, client: &TestClient) -> Vec<(&'static str, String)> {
    let mut seen = Vec::new();
    let done = by_password(face, client, ADA, PASSWORD).await;
    seen.push(("a password in one request", done.codes.join(",")));
    out(client, &done.codes).await;
    let id = face.sign_in_create(client, &[("identifier", ADA)]).await.ok().id();
    let proof = [("strategy", "password"), ("password", PASSWORD)];
    let done = face.sign_in_attempt(client, &id, &proof).await;
    seen.push(("a password in two requests", done.codes.join(",")));
    out(client, &done.codes).await;
    server.advance(Duration::from_secs(1));
    let fields = [("identifier", ADA), ("strategy", "email_code")];
    let id = face.sign_in_create(client, &fields).await.ok().id();
    let code = server.last_code(ADA).await;
    let proof = [("strategy", "email_code"), ("code", &*code)];
    let done = face.sign_in_attempt(client, &id, &proof).await;
    seen.push(("a code", done.codes.join(",")));
    out(client, &done.codes).await;
    seen
}

/// The strategies of [`every_path`].
const STRATEGIES: [&str; 2] = ["PASSWORD", "EMAIL_CODE"];

/// Those that only follow a first proof: `sign_in::attempt_second_factor` locks them, in the middle of a sign-in too.
const SECOND: [&str; 2] = ["TOTP", "BACKUP_CODE"];

#[tokio::test]
async fn every_path_is_every_strategy_of_the_schema() {
    let server = TestServer::start().await;
    let schema = SchemaView::read(&server.anonymous()).await;
    let named = schema.type_named("Strategy")["enumValues"].as_array().unwrap();
    let named: Vec<_> = named.iter().map(|value| value["name"].as_str().unwrap()).collect();
    let known = [&STRATEGIES[..], &SECOND[..]].concat();
    assert_eq!(named, known, "a way to sign in that is missing in `every_path`");
    server.finish().await;
}

async fn out(client: &TestClient, codes: &[String]) {
    if codes.is_empty() {
        sign_out(client).await;
    }
}

#[tokio::test]
async fn rule_12_locked_means_locked_on_every_path_for_strangers_and_on_none_for_a_client_that_signed_in_before() {
    for_each_face(async |face| {
        let (server, known, user) = scene(face, json!({ "max_attempts": 6 })).await;
        for number in 0..6 {
            assert_eq!(guess(face, &server, &network(number)).await, "form_password_incorrect");
        }
        for address in [network(3), "192.0.2.200".to_owned(), "198.51.100.1".to_owned()] {
            for (path, codes) in every_path(face, &server, &stranger(&server, &address)).await {
                assert_eq!(codes, "user_locked", "{path} from {address}");
            }
        }
        for address in [network(3), "192.0.2.200".to_owned()] {
            for (path, codes) in every_path(face, &server, &at(known.clone(), &address)).await {
                assert_eq!(codes, "", "{path} from {address}");
            }
        }
        assert_eq!(
            guess(face, &server, "192.0.2.1").await,
            "user_locked",
            "and has opened it to nobody else"
        );
        assert_eq!(failures(&server, &user).await, 6);
        server.advance(Duration::from_secs(3_600));
        in_and_out(face, &stranger(&server, "192.0.2.200")).await;
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn a_known_client_in_a_network_that_is_out_or_waits_gets_in() {
    for_each_face(async |face| {
        let (server, known, user) = scene(face, json!({ "max_attempts_per_network": 2 })).await;
        let here = "198.51.100.1";
        assert_eq!(guess(face, &server, here).await, "form_password_incorrect");
        assert_eq!(guess(face, &server, here).await, "too_many_requests", "it has to wait");
        in_and_out(face, &known).await;
        for _ in 0..2 {
            assert_eq!(
                guess(face, &server, here).await,
                "form_password_incorrect",
                "success forgets"
            );
            server.advance(Duration::from_secs(60));
        }
        assert_eq!(guess(face, &server, here).await, "too_many_requests", "it is out");
        for (path, codes) in every_path(face, &server, &known).await {
            assert_eq!(codes, "", "{path}");
        }
        assert_eq!(
            failures(&server, &format!("{user}@%")).await,
            2,
            "and the network stays out"
        );
        assert_eq!(guess(face, &server, here).await, "too_many_requests");
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn a_known_client_is_counted_by_itself_and_locks_out_nobody_but_itself() {
    for_each_face(async |face| {
        let (server, known, user) = scene(face, json!({})).await;
        let other = stranger(&server, "198.51.100.2");
        in_and_out(face, &other).await;
        lockout_settings(&server, json!({ "max_attempts": 3, "duration_in_minutes": 5 })).await;
        for _ in 0..3 {
            let refused = by_password(face, &known, ADA, WRONG).await;
            assert_eq!(refused.code(), "form_password_incorrect");
        }
        for (path, codes) in every_path(face, &server, &known).await {
            assert_eq!(codes, "user_locked", "{path}");
        }
        assert_eq!(
            (
                failures(&server, &user).await,
                failures(&server, "%@%").await,
                failures(&server, "%/%").await
            ),
            (0, 0, 3),
            "by itself alone"
        );
        in_and_out(face, &other).await;
        in_and_out(face, &stranger(&server, "198.51.100.1")).await;
        server.advance(Duration::from_secs(300));
        in_and_out(face, &known).await;
        assert_eq!(rows(&server, "%").await, 0);
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn a_client_that_signed_in_as_somebody_else_is_a_stranger() {
    for_each_face(async |face| {
        let (server, known, user) = scene(face, json!({})).await;
        let eve = stranger(&server, "192.0.2.66");
        face.sign_up(&server, &eve, "eve@example.com").await;
        sign_out(&eve).await;
        lockout_settings(&server, json!({ "max_attempts": 3 })).await;
        for _ in 0..3 {
            assert_eq!(
                by_password(face, &eve, ADA, WRONG).await.code(),
                "form_password_incorrect"
            );
        }
        assert_eq!((failures(&server, &user).await, rows(&server, "%/%").await), (3, 0));
        assert_eq!(by_password(face, &eve, ADA, PASSWORD).await.code(), "user_locked");
        // A token that was given up names a client that signed in before, and its holder is nobody for all that.
        let old = known.cookie("__client").unwrap();
        in_and_out(face, &known).await;
        let thief = stranger(&server, "192.0.2.67");
        thief.set_cookie("__client", &old);
        // Whoever shows it at once is taken for a page whose answer is on its way.
        server.advance(Duration::from_secs(61));
        assert_eq!(by_password(face, &thief, ADA, PASSWORD).await.code(), "user_locked");
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn a_right_proof_of_a_stranger_forgets_the_guesses_and_one_during_the_lock_does_not() {
    for_each_face(async |face| {
        let (server, _, user) = scene(face, json!({ "max_attempts": 3, "duration_in_minutes": 5 })).await;
        for _ in 0..2 {
            guess(face, &server, "192.0.2.1").await;
        }
        in_and_out(face, &stranger(&server, "192.0.2.2")).await;
        assert_eq!(failures(&server, &user).await, 0);
        assert_eq!(failures(&server, "%@%").await, 2, "of another network than theirs");
        for _ in 0..3 {
            guess(face, &server, "192.0.2.1").await;
        }
        server.advance(Duration::from_secs(200));
        for _ in 0..3 {
            let right = by_password(face, &stranger(&server, "192.0.2.2"), ADA, PASSWORD).await;
            assert_eq!(right.code(), "user_locked");
        }
        server.advance(Duration::from_secs(100));
        in_and_out(face, &stranger(&server, "192.0.2.2")).await;
        server.finish().await;
    })
    .await;
}
