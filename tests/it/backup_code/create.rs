use crate::{
    sign_in::attempt_second_factor::at_once,
    support::{Authenticator, Face, TestClient, TestServer, face::PASSWORD, for_each_face},
    totp,
};
use serde_json::{Value, json};
use std::{collections::BTreeSet, time::Duration};

const ADA: &str = "ada@example.com";

/// A server that takes both, a client on which Ada is signed in with an app, and the codes that she was given with it.
async fn with_codes(face: Face) -> (TestServer, TestClient, Vec<String>) {
    let (server, client) = totp::signed_up(face).await;
    server
        .settings(json!({ "attribute": { "backup_code": { "enabled": true } } }))
        .await;
    let made = face.totp_create(&client).await.ok();
    let code = Authenticator::of(&made.text("secret")).code(&server, 0);
    let shown = face.totp_attempt(&client, &code).await.ok();
    let codes = codes(&shown.resource["backup_codes"]);
    (server, client, codes)
}

fn codes(value: &Value) -> Vec<String> {
    let listed = value.as_array().into_iter().flatten();
    listed.map(|code| code.as_str().unwrap().to_owned()).collect()
}

async fn half(face: Face, client: &TestClient) -> String {
    let first = [("identifier", ADA), ("strategy", "password"), ("password", PASSWORD)];
    let begun = face.sign_in_create(client, &first).await.ok();
    assert_eq!(begun.status(), "needs_second_factor");
    begun.id()
}

#[tokio::test]
async fn ten_codes_come_with_the_first_second_proof_and_each_signs_in_once() {
    for_each_face(async |face| {
        let (server, client, codes) = with_codes(face).await;
        assert_eq!(codes.iter().collect::<BTreeSet<_>>().len(), 10);
        for code in &codes {
            assert!(
                code.len() == 8
                    && code
                        .bytes()
                        .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()),
                "{code}"
            );
        }
        let me = client.get("/v1/me").await.body["response"].clone();
        assert_eq!(me["backup_code_enabled"], true);
        let elsewhere = server.anonymous();
        let sign_in = half(face, &elsewhere).await;
        let offered = elsewhere.get(&format!("/v1/client/sign_ins/{sign_in}")).await.body["response"].clone();
        assert_eq!(
            offered["supported_second_factors"],
            json!([{ "strategy": "totp" }, { "strategy": "backup_code" }])
        );
        let typed = format!(" {}-{} ", &codes[0][..4], codes[0][4..].to_uppercase());
        let done = face
            .sign_in_attempt_second(&elsewhere, &sign_in, "backup_code", &typed)
            .await
            .ok();
        assert_eq!(done.status(), "complete");
        let again = server.anonymous();
        let sign_in = half(face, &again).await;
        let refused = face
            .sign_in_attempt_second(&again, &sign_in, "backup_code", &codes[0])
            .await;
        assert_eq!(refused.code(), "form_code_incorrect");
        face.sign_in_attempt_second(&again, &sign_in, "backup_code", &codes[1])
            .await
            .ok();
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn of_two_hundred_uses_of_one_code_at_once_one_signs_in() {
    let (server, _, codes) = with_codes(Face::Rest).await;
    let limits = json!({ "limit": { "attempt_per_network": 10_000, "sign_in_create_per_network": 10_000,
                                    "client_create_per_network": 10_000 },
                         "attack_protection": { "user_lockout": { "enabled": false } } });
    server.settings(limits).await;
    let done = at_once(&server, "backup_code", &codes[0]).await;
    assert_eq!(done, 1);
    assert_eq!(server.count("SELECT COUNT(*) FROM session").await, 2);
    assert_eq!(server.count("SELECT COUNT(*) FROM backup_code").await, 9);
    server.finish().await;
}

#[tokio::test]
async fn new_codes_void_the_old_ones() {
    for_each_face(async |face| {
        let (server, client, old) = with_codes(face).await;
        let made = face.backup_codes_create(&client).await.ok();
        assert!(made.id().starts_with("bcode_"));
        let new = codes(&made.resource["codes"]);
        assert_eq!(
            (new.len(), server.count("SELECT COUNT(*) FROM backup_code").await),
            (10, 10)
        );
        let elsewhere = server.anonymous();
        let sign_in = half(face, &elsewhere).await;
        let refused = face
            .sign_in_attempt_second(&elsewhere, &sign_in, "backup_code", &old[0])
            .await;
        assert_eq!(refused.code(), "form_code_incorrect");
        face.sign_in_attempt_second(&elsewhere, &sign_in, "backup_code", &new[0])
            .await
            .ok();
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn with_the_last_code_none_is_offered_any_more() {
    for_each_face(async |face| {
        let (server, client, codes) = with_codes(face).await;
        server
            .settings(json!({ "session": { "single_session_mode": true } }))
            .await;
        for code in &codes {
            let elsewhere = server.anonymous();
            let sign_in = half(face, &elsewhere).await;
            face.sign_in_attempt_second(&elsewhere, &sign_in, "backup_code", code)
                .await
                .ok();
        }
        let me = client.get("/v1/me").await.body["response"].clone();
        assert_eq!(
            (&me["backup_code_enabled"], &me["totp_enabled"]),
            (&false.into(), &true.into())
        );
        let elsewhere = server.anonymous();
        let sign_in = half(face, &elsewhere).await;
        let refused = face
            .sign_in_attempt_second(&elsewhere, &sign_in, "backup_code", &codes[0])
            .await;
        assert_eq!(refused.code(), "strategy_for_user_invalid");
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn nobody_has_codes_without_another_second_proof() {
    for_each_face(async |face| {
        let (server, client, _) = with_codes(face).await;
        face.totp_delete(&client).await.ok();
        assert_eq!(server.count("SELECT COUNT(*) FROM backup_code").await, 0);
        let me = client.get("/v1/me").await.body["response"].clone();
        assert_eq!(
            (&me["backup_code_enabled"], &me["two_factor_enabled"]),
            (&false.into(), &false.into())
        );
        assert_eq!(
            face.backup_codes_create(&client).await.code(),
            "backup_codes_not_available"
        );
        face.sign_in(&server.anonymous(), ADA).await;
        assert_eq!(
            face.backup_codes_create(&server.anonymous()).await.code(),
            "authentication_invalid"
        );
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn codes_that_the_instance_takes_no_more_are_neither_given_out_nor_offered() {
    for_each_face(async |face| {
        let (server, client, codes) = with_codes(face).await;
        server
            .settings(json!({ "attribute": { "backup_code": { "enabled": false } } }))
            .await;
        assert_eq!(face.backup_codes_create(&client).await.code(), "feature_not_enabled");
        let elsewhere = server.anonymous();
        let sign_in = half(face, &elsewhere).await;
        let refused = face
            .sign_in_attempt_second(&elsewhere, &sign_in, "backup_code", &codes[0])
            .await;
        assert_eq!(refused.code(), "feature_not_enabled");
        server.advance(Duration::from_secs(1));
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn codes_are_stored_as_hashes_alone() {
    let (server, _, codes) = with_codes(Face::Rest).await;
    for code in codes {
        let plain = format!("SELECT COUNT(*) FROM backup_code WHERE digest LIKE '%{code}%' OR LENGTH(digest) <> 64");
        assert_eq!(server.count(&plain).await, 0);
    }
    server.finish().await;
}
