//! The second proof is worth something against whoever has the first one, or a session from before: CVE-2024-31463 and its kind
//! (a second factor that a half-proven caller removes, replaces or guesses at without being counted).

use crate::{
    support::{
        Authenticator, Face, TestClient, TestServer,
        face::{Outcome, PASSWORD},
        for_each_face,
    },
    totp,
};
use serde_json::{Value, json};
use std::time::Duration;

const ADA: &str = "ada@example.com";
const REFUSED: &str = "session_reverification_required";

/// A server that takes apps and backup codes, and a client on which Ada is signed in without a second proof.
async fn scene(face: Face) -> (TestServer, TestClient) {
    let (server, client) = totp::signed_up(face).await;
    server
        .settings(json!({ "attribute": { "backup_code": { "enabled": true } } }))
        .await;
    (server, client)
}

async fn by_password(face: Face, client: &TestClient, password: &str) -> Outcome {
    let fields = [("identifier", ADA), ("strategy", "password"), ("password", password)];
    face.sign_in_create(client, &fields).await
}

/// The identifier of a sign-in whose first proof is given.
async fn half(face: Face, client: &TestClient) -> String {
    let begun = by_password(face, client, PASSWORD).await.ok();
    assert_eq!(begun.status(), "needs_second_factor");
    begun.id()
}

/// Failures that are counted against accounts themselves, known clients apart.
async fn failures(server: &TestServer) -> i64 {
    server
        .count("SELECT CAST(COALESCE(SUM(failures), 0) AS BIGINT) FROM lockout WHERE subject LIKE 'user_%' AND subject NOT LIKE '%/%' AND subject NOT LIKE '%@%'")
        .await
}

#[tokio::test]
async fn a_session_from_before_neither_removes_nor_replaces_the_second_proof() {
    for_each_face(async |face| {
        let (server, before) = scene(face).await;
        let owner = server.anonymous();
        face.sign_in(&owner, ADA).await;
        let authenticator = Authenticator::set_up(face, &server, &owner).await;
        assert_eq!(face.totp_delete(&before).await.code(), REFUSED);
        assert_eq!(face.backup_codes_create(&before).await.code(), REFUSED);
        assert_eq!(before.get("/v1/me").await.body["response"]["totp_enabled"], true);
        // Signed in again with both proofs, the same client may.
        before.form("DELETE", "/v1/client/sessions", &[]).await;
        server.advance(Duration::from_secs(60));
        let sign_in = half(face, &before).await;
        let code = authenticator.code(&server, 0);
        face.sign_in_attempt_second(&before, &sign_in, "totp", &code).await.ok();
        face.backup_codes_create(&before).await.ok();
        face.totp_delete(&before).await.ok();
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn setting_an_app_up_is_the_second_proof_of_the_session_that_did_it() {
    for_each_face(async |face| {
        let (server, owner) = scene(face).await;
        let ages = async || {
            let read = owner.get("/v1/client").await.body["response"]["sessions"][0].clone();
            let token = read["last_active_token"]["jwt"].as_str().unwrap().to_owned();
            (
                read["factor_verification_age"].clone(),
                crate::support::jwt::claims(&token)["fva"].clone(),
            )
        };
        server.advance(Duration::from_secs(120));
        assert_eq!(ages().await, (json!([2, -1]), json!([2, -1])));
        Authenticator::set_up(face, &server, &owner).await;
        assert_eq!(ages().await, (json!([2, 0]), json!([2, 0])));
        let query = "{ client { sessions { firstFactorVerifiedAt secondFactorVerifiedAt } } }";
        let times = owner.graphql(query, json!({})).await.body["data"]["client"]["sessions"][0].clone();
        assert!(
            times["firstFactorVerifiedAt"].as_str() < times["secondFactorVerifiedAt"].as_str(),
            "{times}"
        );
        face.backup_codes_create(&owner).await.ok();
        face.totp_delete(&owner).await.ok();
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn a_client_from_before_the_second_proof_guesses_at_it_like_a_stranger() {
    for_each_face(async |face| {
        let (server, before) = scene(face).await;
        let owner = server.anonymous();
        face.sign_in(&owner, ADA).await;
        let authenticator = Authenticator::set_up(face, &server, &owner).await;
        let guess = async |client: &TestClient| {
            client.form("DELETE", "/v1/client/sessions", &[]).await;
            server.advance(Duration::from_secs(61));
            let sign_in = half(face, client).await;
            let wrong = authenticator.code(&server, 1_000);
            let refused = face.sign_in_attempt_second(client, &sign_in, "totp", &wrong).await;
            assert_eq!(refused.code(), "form_code_incorrect");
        };
        guess(&owner).await;
        assert_eq!(failures(&server).await, 0, "the owner's client has a count of its own");
        guess(&before).await;
        assert_eq!(failures(&server).await, 1);
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn a_second_proof_that_is_no_more_proves_nothing_of_the_next_one() {
    for_each_face(async |face| {
        let (server, thief) = scene(face).await;
        // Whoever has the password sets an app of their own up and removes it, before the owner has one.
        Authenticator::set_up(face, &server, &thief).await;
        face.totp_delete(&thief).await.ok();
        server.advance(Duration::from_secs(60));
        let owner = server.anonymous();
        face.sign_in(&owner, ADA).await;
        let authenticator = Authenticator::set_up(face, &server, &owner).await;
        assert_eq!(face.totp_delete(&thief).await.code(), REFUSED);
        assert_eq!(face.backup_codes_create(&thief).await.code(), REFUSED);
        thief.form("DELETE", "/v1/client/sessions", &[]).await;
        let sign_in = half(face, &thief).await;
        let wrong = authenticator.code(&server, 1_000);
        let refused = face.sign_in_attempt_second(&thief, &sign_in, "totp", &wrong).await;
        assert_eq!(refused.code(), "form_code_incorrect");
        assert_eq!(failures(&server).await, 1, "nor is its client known by it");
        face.backup_codes_create(&owner).await.ok();
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn a_password_is_not_looked_at_where_it_is_no_proof() {
    for_each_face(async |face| {
        let (server, owner) = scene(face).await;
        Authenticator::set_up(face, &server, &owner).await;
        let client = server.anonymous();
        let begun = face.sign_in_create(&client, &[("identifier", ADA)]).await.ok().id();
        for password in [PASSWORD, "wrong wrong wrong"] {
            let refused = second_by_password(face, &client, &begun, password).await;
            assert_eq!(refused, ["strategy_for_user_invalid"]);
            let sign_in = half(face, &client).await;
            let refused = second_by_password(face, &client, &sign_in, password).await;
            assert_eq!(refused, ["strategy_for_user_invalid"]);
            let again = [("strategy", "password"), ("password", password)];
            let refused = face.sign_in_attempt(&client, &sign_in, &again).await;
            assert_eq!(refused.codes, ["client_state_invalid"]);
        }
        server.finish().await;
    })
    .await;
}

/// An attempt at the second proof by password; over REST with the parameter that carries one.
async fn second_by_password(face: Face, client: &TestClient, sign_in: &str, password: &str) -> Vec<String> {
    if face == Face::Graphql {
        return face
            .sign_in_attempt_second(client, sign_in, "password", password)
            .await
            .codes;
    }
    let target = format!("/v1/client/sign_ins/{sign_in}/attempt_second_factor");
    let fields = [("strategy", "password"), ("password", password)];
    client.post(&target, &fields).await.codes()
}

#[tokio::test]
async fn a_first_proof_that_is_taken_no_more_ends_in_no_session_and_uses_nothing_up() {
    for_each_face(async |face| {
        let (server, owner) = scene(face).await;
        let authenticator = Authenticator::set_up(face, &server, &owner).await;
        server.advance(Duration::from_secs(60));
        let client = server.anonymous();
        let sign_in = half(face, &client).await;
        let password =
            |enabled: bool| json!({ "attribute": { "password": { "enabled": enabled, "required": enabled } } });
        server.settings(password(false)).await;
        let code = authenticator.code(&server, 0);
        let refused = face.sign_in_attempt_second(&client, &sign_in, "totp", &code).await;
        assert_eq!(refused.code(), "strategy_for_user_invalid");
        server.settings(password(true)).await;
        face.sign_in_attempt_second(&client, &sign_in, "totp", &code).await.ok();
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn a_proof_that_brings_no_session_is_not_used_up() {
    for_each_face(async |face| {
        let (server, owner) = scene(face).await;
        let authenticator = Authenticator::set_up(face, &server, &owner).await;
        let codes = face.backup_codes_create(&owner).await.ok().resource["codes"].clone();
        server.advance(Duration::from_secs(60));
        let client = server.anonymous();
        let sign_in = half(face, &client).await;
        let (backup, app) = (codes[0].as_str().unwrap(), authenticator.code(&server, 0));
        server
            .execute("UPDATE \"user\" SET banned = TRUE WHERE created_at > 0")
            .await;
        for (strategy, code) in [("backup_code", backup), ("totp", &app)] {
            let refused = face.sign_in_attempt_second(&client, &sign_in, strategy, code).await;
            assert_eq!(refused.code(), "user_banned", "{strategy}");
        }
        server
            .execute("UPDATE \"user\" SET banned = FALSE WHERE created_at > 0")
            .await;
        face.sign_in_attempt_second(&client, &sign_in, "backup_code", backup)
            .await
            .ok();
        let other = server.anonymous();
        let sign_in = half(face, &other).await;
        face.sign_in_attempt_second(&other, &sign_in, "totp", &app).await.ok();
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn a_step_that_a_wrong_clock_has_taken_does_not_lock_its_owner_out() {
    for_each_face(async |face| {
        let (server, owner) = scene(face).await;
        let authenticator = Authenticator::set_up(face, &server, &owner).await;
        server.advance(Duration::from_secs(60));
        for (ahead, codes) in [(100, Value::from("form_code_incorrect")), (200, Value::Null)] {
            let step = server.now() / 30_000 + ahead;
            server.execute(&format!("UPDATE totp SET last_step = {step}")).await;
            let client = server.anonymous();
            let sign_in = half(face, &client).await;
            let code = authenticator.code(&server, 0);
            let outcome = face.sign_in_attempt_second(&client, &sign_in, "totp", &code).await;
            assert_eq!(outcome.codes.first().cloned().map_or(Value::Null, Value::from), codes);
        }
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn a_stranger_learns_no_address_of_whom_they_name() {
    for_each_face(async |face| {
        let server = TestServer::start().await;
        server
            .settings(json!({ "attribute": { "username": { "enabled": true } } }))
            .await;
        let owner = server.anonymous();
        let fields = [
            ("email_address", ADA),
            ("username", "ada_l"),
            ("password", PASSWORD),
            ("strategy", "email_code"),
        ];
        let id = face.sign_up_create(&owner, &fields).await.ok().id();
        let code = server.last_code(ADA).await;
        face.sign_up_attempt(&owner, &id, &code).await.ok();
        let client = server.anonymous();
        for (typed, shown) in [("ada_l", "a***@example.com"), (ADA, ADA)] {
            let id = face.sign_in_create(&client, &[("identifier", typed)]).await.ok().id();
            let read = client.get(&format!("/v1/client/sign_ins/{id}")).await.body["response"].clone();
            let query = "{ client { signIn { supportedFirstFactors { strategy safeIdentifier } } } }";
            let queried = client.graphql(query, json!({})).await.body["data"]["client"]["signIn"].clone();
            for (factors, strategy, word) in [
                (&read["supported_first_factors"], "email_code", "safe_identifier"),
                (&queried["supportedFirstFactors"], "EMAIL_CODE", "safeIdentifier"),
            ] {
                let mut factors = factors.as_array().unwrap().iter();
                let by_mail = factors.find(|factor| factor["strategy"] == strategy).unwrap();
                assert_eq!(by_mail[word], shown, "{typed}");
            }
        }
        server.finish().await;
    })
    .await;
}
