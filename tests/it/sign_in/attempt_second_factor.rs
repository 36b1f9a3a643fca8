//! The second proof: between it and the first nothing of the person is readable, and each step of an app is good once.

use crate::{
    support::{Authenticator, Face, TestClient, TestServer, face::PASSWORD, for_each_face},
    totp::signed_up,
};
use futures_util::future::join_all;
use serde_json::{Value, json};
use std::time::Duration;

const ADA: &str = "ada@example.com";

/// The fields of a first proof by password.
const FIRST: [(&str, &str); 3] = [("identifier", ADA), ("strategy", "password"), ("password", PASSWORD)];

/// Begins to sign in as Ada by password. Returns the sign-in, which needs a second factor.
async fn half(face: Face, client: &TestClient) -> String {
    let begun = face.sign_in_create(client, &FIRST).await.ok();
    assert_eq!(begun.status(), "needs_second_factor");
    begun.id()
}

async fn with_app(face: Face) -> (TestServer, Authenticator) {
    let (server, client) = signed_up(face).await;
    let authenticator = Authenticator::set_up(face, &server, &client).await;
    server.advance(Duration::from_secs(60));
    (server, authenticator)
}

#[tokio::test]
async fn both_proofs_together_sign_in() {
    for_each_face(async |face| {
        let (server, authenticator) = with_app(face).await;
        let client = server.anonymous();
        let begun = face.sign_in_create(&client, &FIRST).await.ok();
        assert_eq!(begun.status(), "needs_second_factor");
        assert_eq!(
            begun.resource["supported_second_factors"],
            json!([{ "strategy": "totp" }])
        );
        assert!(begun.resource["created_session_id"].is_null());
        assert_eq!(begun.sessions, []);
        server.advance(Duration::from_secs(120));
        let done = face
            .sign_in_attempt_second(&client, &begun.id(), "totp", &authenticator.code(&server, 0))
            .await
            .ok();
        assert_eq!(done.status(), "complete");
        let read = client.get("/v1/client").await.body["response"].clone();
        let session = &read["sessions"][0];
        assert_eq!(session["id"], done.text("created_session_id"));
        assert_eq!(session["factor_verification_age"], json!([0, 0]));
        assert_eq!(read["last_authentication_strategy"], "password");
        server.advance(Duration::from_secs(300));
        let later = client.get("/v1/client").await.body["response"].clone();
        assert_eq!(later["sessions"][0]["factor_verification_age"], json!([5, 5]));
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn a_code_by_mail_is_no_way_around_the_app() {
    for_each_face(async |face| {
        let (server, authenticator) = with_app(face).await;
        let client = server.anonymous();
        let begun = face
            .sign_in_create(&client, &[("identifier", ADA), ("strategy", "email_code")])
            .await
            .ok();
        let code = server.last_code(ADA).await;
        let fields = [("strategy", "email_code"), ("code", &*code)];
        let half = face.sign_in_attempt(&client, &begun.id(), &fields).await.ok();
        assert_eq!(half.status(), "needs_second_factor");
        let done = face
            .sign_in_attempt_second(&client, &begun.id(), "totp", &authenticator.code(&server, 0))
            .await
            .ok();
        assert_eq!(done.status(), "complete");
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn a_step_is_good_once() {
    for_each_face(async |face| {
        let (server, authenticator) = with_app(face).await;
        let code = authenticator.code(&server, 0);
        let (first, second) = (server.anonymous(), server.anonymous());
        let sign_in = half(face, &first).await;
        face.sign_in_attempt_second(&first, &sign_in, "totp", &code).await.ok();
        let sign_in = half(face, &second).await;
        for used in [&code, &authenticator.code(&server, -1)] {
            let refused = face.sign_in_attempt_second(&second, &sign_in, "totp", used).await;
            assert_eq!((refused.code(), &*refused.fields[0]), ("form_code_incorrect", "code"));
        }
        let next = authenticator.code(&server, 1);
        face.sign_in_attempt_second(&second, &sign_in, "totp", &next).await.ok();
        server.finish().await;
    })
    .await;
}

/// Uses a code on two hundred clients at once, each in a sign-in of its own whose first proof is given. How many got in.
pub async fn at_once(server: &TestServer, strategy: &str, code: &str) -> usize {
    let begun = (0..200).map(async |_| {
        let client = server.anonymous();
        let sign_in = half(Face::Rest, &client).await;
        (client, sign_in)
    });
    let begun = join_all(begun).await;
    let attempts = begun.iter().enumerate().map(async |(number, (client, sign_in))| {
        let face = if number % 2 == 0 { Face::Rest } else { Face::Graphql };
        let outcome = face.sign_in_attempt_second(client, sign_in, strategy, code).await;
        assert!(
            outcome.codes.is_empty() || outcome.codes == ["form_code_incorrect"],
            "{:?}",
            outcome.codes
        );
        outcome.codes.is_empty()
    });
    join_all(attempts).await.into_iter().filter(|done| *done).count()
}

#[tokio::test]
async fn of_two_hundred_uses_of_one_step_at_once_one_signs_in() {
    let (server, authenticator) = with_app(Face::Rest).await;
    let limits = json!({ "limit": { "attempt_per_network": 10_000, "sign_in_create_per_network": 10_000,
                                    "client_create_per_network": 10_000 },
                         "attack_protection": { "user_lockout": { "enabled": false } } });
    server.settings(limits).await;
    let code = authenticator.code(&server, 0);
    let done = at_once(&server, "totp", &code).await;
    assert_eq!(done, 1);
    // The one of the sign-up, and the one of the sign-in.
    assert_eq!(server.count("SELECT COUNT(*) FROM session").await, 2);
    server.finish().await;
}

#[tokio::test]
async fn wrong_codes_count_towards_the_lock_and_the_first_proof_forgives_none() {
    for_each_face(async |face| {
        let (server, authenticator) = with_app(face).await;
        server
            .settings(json!({ "attack_protection": { "user_lockout": {
                "max_attempts": 5, "max_attempts_per_network": 1_000 } } }))
            .await;
        let client = server.anonymous();
        for _ in 0..5 {
            // Who knows the password begins anew as often as they like.
            let sign_in = half(face, &client).await;
            let wrong = authenticator.code(&server, 1_000);
            let refused = face.sign_in_attempt_second(&client, &sign_in, "totp", &wrong).await;
            assert_eq!(refused.code(), "form_code_incorrect");
            server.advance(Duration::from_secs(61));
        }
        let refused = face.sign_in_create(&client, &FIRST).await;
        assert_eq!(refused.code(), "user_locked");
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn a_lock_holds_in_the_middle_of_a_sign_in_too() {
    for_each_face(async |face| {
        let (server, authenticator) = with_app(face).await;
        server
            .settings(json!({ "attack_protection": { "user_lockout": { "max_attempts": 3 } } }))
            .await;
        let client = server.anonymous();
        let sign_in = half(face, &client).await;
        let wrong = [
            ("identifier", ADA),
            ("strategy", "password"),
            ("password", "wrong wrong wrong"),
        ];
        for _ in 0..3 {
            face.sign_in_create(&server.anonymous(), &wrong).await;
            server.advance(Duration::from_secs(61));
        }
        let code = authenticator.code(&server, 0);
        let refused = face.sign_in_attempt_second(&client, &sign_in, "totp", &code).await;
        assert_eq!(refused.code(), "user_locked");
        server.advance(Duration::from_secs(3_600));
        let code = authenticator.code(&server, 0);
        face.sign_in_attempt_second(&client, &sign_in, "totp", &code).await.ok();
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn each_proof_has_its_own_step() {
    for_each_face(async |face| {
        let (server, authenticator) = with_app(face).await;
        let client = server.anonymous();
        let begun = face.sign_in_create(&client, &[("identifier", ADA)]).await.ok();
        let code = authenticator.code(&server, 0);
        let early = face.sign_in_attempt_second(&client, &begun.id(), "totp", &code).await;
        assert_eq!(early.code(), "client_state_invalid");
        let early = face.sign_in_prepare_second(&client, &begun.id(), "totp").await;
        assert_eq!(early.code(), "client_state_invalid");
        let first = [("strategy", "totp"), ("code", &*code)];
        let refused = face.sign_in_attempt(&client, &begun.id(), &first).await;
        assert_eq!(refused.code(), "strategy_for_user_invalid");
        let sign_in = half(face, &client).await;
        let again = [("strategy", "password"), ("password", PASSWORD)];
        let refused = face.sign_in_attempt(&client, &sign_in, &again).await;
        assert_eq!(refused.code(), "client_state_invalid");
        let other = face
            .sign_in_attempt_second(&client, &sign_in, "email_code", "424242")
            .await;
        assert_eq!(other.code(), "strategy_for_user_invalid");
        let nothing = face.sign_in_prepare_second(&client, &sign_in, "totp").await;
        assert_eq!(nothing.code(), "form_param_value_invalid");
        let other = face.sign_in_prepare_second(&client, &sign_in, "email_code").await;
        assert_eq!(other.code(), "strategy_for_user_invalid");
        face.sign_in_attempt_second(&client, &sign_in, "totp", &code).await.ok();
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn between_the_proofs_nothing_of_the_person_is_served() {
    for_each_face(async |face| {
        let (server, _) = with_app(face).await;
        let client = server.anonymous();
        half(face, &client).await;
        assert_eq!(client.get("/v1/me").await.codes(), ["authentication_invalid"]);
        let read = client.get("/v1/client").await;
        assert_eq!(read.body["response"]["sessions"], json!([]));
        assert_eq!(read.body["response"]["sign_in"]["status"], "needs_second_factor");
        let query =
            "{ viewer { id } client { sessions { id } signIn { status supportedSecondFactors { strategy } } } }";
        let reply = client.graphql(query, Value::Null).await;
        assert!(reply.body["data"]["viewer"].is_null(), "{}", reply.text);
        assert_eq!(reply.body["data"]["client"]["sessions"], json!([]));
        assert_eq!(reply.body["data"]["client"]["signIn"]["status"], "NEEDS_SECOND_FACTOR");
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn an_app_that_the_instance_takes_no_more_is_asked_for_no_more() {
    for_each_face(async |face| {
        let (server, authenticator) = with_app(face).await;
        let client = server.anonymous();
        let sign_in = half(face, &client).await;
        server
            .settings(json!({ "attribute": { "authenticator_app": { "enabled": false } } }))
            .await;
        let code = authenticator.code(&server, 0);
        for refused in [
            face.sign_in_attempt_second(&client, &sign_in, "totp", &code).await,
            face.sign_in_prepare_second(&client, &sign_in, "totp").await,
        ] {
            assert_eq!(refused.code(), "feature_not_enabled");
        }
        // Nobody can go on with it, so that it is given up and a page begins another one.
        let read = client.get(&format!("/v1/client/sign_ins/{sign_in}")).await;
        assert_eq!(read.codes(), ["resource_not_found"]);
        assert!(client.get("/v1/client").await.body["response"]["sign_in"].is_null());
        face.sign_in(&client, ADA).await;
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn a_second_proof_is_asked_of_exactly_those_who_have_one() {
    for_each_face(async |face| {
        let (server, client) = signed_up(face).await;
        let (with, without) = (
            json!({ "attribute": { "backup_code": { "enabled": true } } }),
            json!([]),
        );
        let app = json!([{ "strategy": "totp" }]);
        let both = json!([{ "strategy": "totp" }, { "strategy": "backup_code" }]);
        second_proofs_are(face, &server, &without).await;
        face.totp_create(&client).await.ok();
        second_proofs_are(face, &server, &without).await;
        Authenticator::set_up(face, &server, &client).await;
        second_proofs_are(face, &server, &app).await;
        server.settings(with).await;
        second_proofs_are(face, &server, &app).await;
        face.backup_codes_create(&client).await.ok();
        second_proofs_are(face, &server, &both).await;
        face.totp_delete(&client).await.ok();
        second_proofs_are(face, &server, &without).await;
        server.finish().await;
    })
    .await;
}

/// Gives each first proof on a client of its own, and looks at what is asked for then.
async fn second_proofs_are(face: Face, server: &TestServer, expected: &Value) {
    let by_password = server.anonymous();
    let after_password = face.sign_in_create(&by_password, &FIRST).await.ok();
    let by_code = server.anonymous();
    // The newest mail is told by its time.
    server.advance(Duration::from_secs(1));
    let begun = face
        .sign_in_create(&by_code, &[("identifier", ADA), ("strategy", "email_code")])
        .await
        .ok();
    let code = server.last_code(ADA).await;
    let proof = [("strategy", "email_code"), ("code", &*code)];
    let after_code = face.sign_in_attempt(&by_code, &begun.id(), &proof).await.ok();
    for after in [after_password, after_code] {
        let asked = match after.status().as_str() {
            "complete" => json!([]),
            "needs_second_factor" => after.resource["supported_second_factors"].clone(),
            other => panic!("{other}"),
        };
        assert_eq!(asked, *expected);
    }
}
