use crate::support::{TestServer, face::PASSWORD, for_each_face};
use serde_json::json;
use std::time::Duration;

#[tokio::test]
async fn a_person_signs_in_from_another_client_by_password() {
    for_each_face(async |face| {
        let server = TestServer::start().await;
        let (user, first_session) = face.sign_up(&server, &server.anonymous(), "ada@example.com").await;
        let elsewhere = server.anonymous();
        let session = face.sign_in(&elsewhere, "ADA@example.com ").await;
        assert_ne!(session, first_session);
        assert_eq!(elsewhere.get("/v1/me").await.body["response"]["id"], user);
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn a_sign_in_can_begin_with_nothing() {
    for_each_face(async |face| {
        let server = TestServer::start().await;
        let created = face.sign_in_create(&server.anonymous(), &[]).await.ok();
        assert_eq!(created.status(), "needs_identifier");
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn an_identifier_alone_tells_the_factors() {
    for_each_face(async |face| {
        let server = TestServer::start().await;
        face.sign_up(&server, &server.anonymous(), "ada@example.com").await;
        let created = face
            .sign_in_create(&server.anonymous(), &[("identifier", "ada@example.com")])
            .await
            .ok();
        assert_eq!(created.status(), "needs_first_factor");
        let strategies: Vec<_> = created.resource["supported_first_factors"]
            .as_array()
            .unwrap()
            .iter()
            .map(|factor| factor["strategy"].as_str().unwrap())
            .collect();
        assert_eq!(strategies, ["password", "email_code"]);
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn a_username_names_its_owner_too() {
    for_each_face(async |face| {
        let server = TestServer::start().await;
        server
            .settings(json!({ "attribute": { "username": { "enabled": true } } }))
            .await;
        let client = server.anonymous();
        let fields = [
            ("email_address", "ada@example.com"),
            ("username", "Ada_L"),
            ("password", PASSWORD),
            ("strategy", "email_code"),
        ];
        let id = face.sign_up_create(&client, &fields).await.ok().id();
        let code = server.last_code("ada@example.com").await;
        face.sign_up_attempt(&client, &id, &code).await.ok();
        face.sign_in(&server.anonymous(), "ada_l").await;
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn an_unknown_identifier_is_said_to_be_unknown() {
    for_each_face(async |face| {
        let server = TestServer::start().await;
        for identifier in ["nobody@example.com", "nobody", "@", "a b"] {
            let refused = face
                .sign_in_create(&server.anonymous(), &[("identifier", identifier)])
                .await;
            assert_eq!(refused.code(), "form_identifier_not_found", "{identifier}");
            assert_eq!(refused.fields, ["identifier"]);
        }
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn with_enumeration_protection_known_and_unknown_look_the_same() {
    for_each_face(async |face| {
        let server = TestServer::start().await;
        face.sign_up(&server, &server.anonymous(), "ada@example.com").await;
        server
            .settings(json!({ "attack_protection": { "enumeration_protection": true } }))
            .await;
        let mut looks = Vec::new();
        for identifier in ["ada@example.com", "eve@example.com"] {
            let client = server.anonymous();
            let created = face.sign_in_create(&client, &[("identifier", identifier)]).await.ok();
            let wrong = [("strategy", "password"), ("password", "not the password")];
            let refused = face.sign_in_attempt(&client, &created.id(), &wrong).await;
            let prepared = face
                .sign_in_prepare(&client, &created.id(), &[("strategy", "email_code")])
                .await
                .ok();
            let guess = [("strategy", "email_code"), ("code", "000000")];
            let guessed = face.sign_in_attempt(&client, &created.id(), &guess).await;
            looks.push((
                created.status(),
                created.resource["supported_first_factors"].as_array().unwrap().len(),
                refused.codes,
                prepared.status(),
                guessed.codes,
            ));
        }
        assert_eq!(looks[0], looks[1]);
        let signed_up = face
            .sign_up_create(&server.anonymous(), &[("email_address", "ada@example.com")])
            .await
            .ok();
        assert_eq!(
            signed_up.status(),
            "missing_requirements",
            "signing up tells nothing either"
        );
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn a_proof_needs_somebody_to_prove() {
    for_each_face(async |face| {
        let server = TestServer::start().await;
        let refused = face
            .sign_in_create(&server.anonymous(), &[("strategy", "password")])
            .await;
        assert_eq!(refused.codes, ["form_param_missing", "form_param_missing"]);
        assert_eq!(refused.fields, ["identifier", "password"]);
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn a_wrong_password_counts_and_leaves_a_pending_sign_in() {
    for_each_face(async |face| {
        let server = TestServer::start().await;
        face.sign_up(&server, &server.anonymous(), "ada@example.com").await;
        let client = server.anonymous();
        let fields = [
            ("identifier", "ada@example.com"),
            ("strategy", "password"),
            ("password", "wrong wrong wrong"),
        ];
        let refused = face.sign_in_create(&client, &fields).await;
        assert_eq!(refused.code(), "form_password_incorrect");
        assert_eq!(refused.fields, ["password"]);
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn in_an_instance_of_single_sessions_a_signed_in_client_does_not_sign_in_again() {
    for_each_face(async |face| {
        let server = TestServer::start().await;
        let client = server.anonymous();
        face.sign_up(&server, &client, "ada@example.com").await;
        let refused = face.sign_in_create(&client, &[("identifier", "ada@example.com")]).await;
        assert_eq!(refused.code(), "session_exists");
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn in_an_instance_of_many_sessions_two_people_share_a_client_but_nobody_signs_in_twice() {
    for_each_face(async |face| {
        let server = TestServer::start().await;
        server
            .settings(json!({ "session": { "single_session_mode": false } }))
            .await;
        let client = server.anonymous();
        face.sign_up(&server, &client, "ada@example.com").await;
        face.sign_up(&server, &client, "grace@example.com").await;
        let listed = client.get("/v1/client").await;
        assert_eq!(listed.body["response"]["sessions"].as_array().unwrap().len(), 2);
        let fields = [
            ("identifier", "ada@example.com"),
            ("strategy", "password"),
            ("password", PASSWORD),
        ];
        let refused = face.sign_in_create(&client, &fields).await;
        assert_eq!(refused.code(), "identifier_already_signed_in");
        let id = face.sign_in_create(&client, &fields[..1]).await.ok().id();
        let refused = face.sign_in_attempt(&client, &id, &fields[1..]).await;
        assert_eq!(refused.code(), "identifier_already_signed_in", "in two steps too");
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn a_sign_in_is_abandoned_after_a_day() {
    for_each_face(async |face| {
        let server = TestServer::start().await;
        face.sign_up(&server, &server.anonymous(), "ada@example.com").await;
        let client = server.anonymous();
        let id = face
            .sign_in_create(&client, &[("identifier", "ada@example.com")])
            .await
            .ok()
            .id();
        server.advance(Duration::from_secs(24 * 3_600));
        let proof = [("strategy", "password"), ("password", PASSWORD)];
        assert_eq!(
            face.sign_in_attempt(&client, &id, &proof).await.code(),
            "resource_not_found"
        );
        server.finish().await;
    })
    .await;
}
