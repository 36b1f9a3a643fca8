use crate::support::{Face, TestServer, face::PASSWORD, for_each_face};
use serde_json::json;
use std::time::Duration;

/// Some code that is not this one.
pub fn wrong(code: &str) -> &'static str {
    if code == "000000" { "000001" } else { "000000" }
}

#[tokio::test]
async fn three_wrong_attempts_spend_the_code() {
    for_each_face(async |face| {
        let server = TestServer::start().await;
        let client = server.anonymous();
        let (id, code) = face.prepared_sign_up(&server, &client, "ada@example.com").await;
        for left in [2, 1, 0] {
            let refused = face.sign_up_attempt(&client, &id, wrong(&code)).await;
            assert_eq!(refused.code(), "form_code_incorrect");
            assert_eq!(refused.fields, ["code"]);
            let body = &refused.reply.body;
            let told = match face {
                Face::Graphql => &body["data"]["signUpAttemptVerification"]["userErrors"][0]["attemptsLeft"],
                Face::Rest => &body["errors"][0]["meta"]["attempts_left"],
            };
            assert_eq!(*told, left, "{}", refused.reply.text);
        }
        assert_eq!(
            face.sign_up_attempt(&client, &id, &code).await.code(),
            "verification_failed"
        );
        face.sign_up_prepare(&client, &id).await.ok();
        let fresh = server.last_code("ada@example.com").await;
        face.sign_up_attempt(&client, &id, &fresh).await.ok();
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn a_code_expires_after_ten_minutes() {
    for_each_face(async |face| {
        let server = TestServer::start().await;
        let client = server.anonymous();
        let (id, code) = face.prepared_sign_up(&server, &client, "ada@example.com").await;
        server.advance(Duration::from_secs(600));
        assert_eq!(
            face.sign_up_attempt(&client, &id, &code).await.code(),
            "verification_expired"
        );
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn nothing_can_be_attempted_before_a_code_was_sent() {
    for_each_face(async |face| {
        let server = TestServer::start().await;
        let client = server.anonymous();
        let id = face
            .sign_up_create(&client, &[("email_address", "ada@example.com")])
            .await
            .ok()
            .id();
        assert_eq!(
            face.sign_up_attempt(&client, &id, "123456").await.code(),
            "verification_missing"
        );
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn what_is_not_six_digits_is_no_code() {
    for_each_face(async |face| {
        let server = TestServer::start().await;
        let client = server.anonymous();
        let id = face
            .sign_up_create(&client, &[("email_address", "ada@example.com")])
            .await
            .ok()
            .id();
        face.sign_up_prepare(&client, &id).await.ok();
        for text in ["12345", "1234567", "abcdef"] {
            let refused = face.sign_up_attempt(&client, &id, text).await;
            assert_eq!(refused.code(), "form_param_format_invalid", "{text}");
            assert_eq!(refused.fields, ["code"]);
        }
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn a_test_address_takes_the_test_code_and_gets_no_mail() {
    for_each_face(async |face| {
        let server = TestServer::start().await;
        let client = server.anonymous();
        let fields = [
            ("email_address", "ada+clerk_test@example.com"),
            ("password", PASSWORD),
            ("strategy", "email_code"),
        ];
        let id = face.sign_up_create(&client, &fields).await.ok().id();
        assert_eq!(server.run_jobs().await, 0, "nothing is sent");
        let done = face.sign_up_attempt(&client, &id, "424242").await.ok();
        assert_eq!(done.status(), "complete");
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn the_test_code_opens_no_other_address() {
    for_each_face(async |face| {
        let server = TestServer::start().await;
        let client = server.anonymous();
        let fields = [("email_address", "ada@example.com"), ("strategy", "email_code")];
        let id = face.sign_up_create(&client, &fields).await.ok().id();
        let code = server.last_code("ada@example.com").await;
        if code != "424242" {
            assert_eq!(
                face.sign_up_attempt(&client, &id, "424242").await.code(),
                "form_code_incorrect"
            );
        }
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn of_two_who_prove_one_address_the_second_is_told_that_it_is_taken() {
    for_each_face(async |face| {
        let server = TestServer::start().await;
        let fields = [
            ("email_address", "ada@example.com"),
            ("password", PASSWORD),
            ("strategy", "email_code"),
        ];
        let (first, second) = (server.anonymous(), server.anonymous());
        let first_id = face.sign_up_create(&first, &fields).await.ok().id();
        let first_code = server.last_code("ada@example.com").await;
        server.advance(Duration::from_secs(1));
        let second_id = face.sign_up_create(&second, &fields).await.ok().id();
        let second_code = server.last_code("ada@example.com").await;
        face.sign_up_attempt(&first, &first_id, &first_code).await.ok();
        let refused = face.sign_up_attempt(&second, &second_id, &second_code).await;
        assert_eq!(refused.code(), "form_identifier_exists");
        assert_eq!(refused.fields, ["email_address"]);
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn the_code_of_one_sign_up_is_no_use_for_another() {
    for_each_face(async |face| {
        let server = TestServer::start().await;
        let fields = [("email_address", "ada@example.com"), ("strategy", "email_code")];
        let (first, second) = (server.anonymous(), server.anonymous());
        face.sign_up_create(&first, &fields).await.ok();
        let first_code = server.last_code("ada@example.com").await;
        server.advance(Duration::from_secs(1));
        let second_id = face.sign_up_create(&second, &fields).await.ok().id();
        let second_code = server.last_code("ada@example.com").await;
        if first_code != second_code {
            assert_eq!(
                face.sign_up_attempt(&second, &second_id, &first_code).await.code(),
                "form_code_incorrect"
            );
        }
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn two_hundred_wrong_attempts_in_parallel_count_exactly_three() {
    let server = TestServer::start().await;
    let client = server.anonymous();
    let face = Face::Rest;
    let fields = [("email_address", "ada@example.com"), ("strategy", "email_code")];
    let id = face.sign_up_create(&client, &fields).await.ok().id();
    let code = server.last_code("ada@example.com").await;
    let attempts = (0..200).map(|number| {
        let (client, id) = (client.forked(), id.clone());
        let face = if number % 2 == 0 { Face::Rest } else { Face::Graphql };
        let code = wrong(&code).to_owned();
        tokio::spawn(async move { face.sign_up_attempt(&client, &id, &code).await.codes })
    });
    let mut counted = std::collections::BTreeMap::new();
    for attempt in attempts.collect::<Vec<_>>() {
        *counted.entry(attempt.await.unwrap().join(",")).or_insert(0) += 1;
    }
    assert_eq!(counted.get("form_code_incorrect"), Some(&3), "{counted:?}");
    assert_eq!(counted.get("verification_failed"), Some(&197), "{counted:?}");
    server.finish().await;
}

#[tokio::test]
async fn a_wrong_code_begins_no_session_even_if_nothing_has_to_be_verified_any_more() {
    for_each_face(async |face| {
        let server = TestServer::start().await;
        let client = server.anonymous();
        let (id, code) = face.sign_up_before_code(&server, &client, "ada@example.com").await;
        server
            .settings(json!({ "attribute": { "email_address": { "verify_at_sign_up": false } } }))
            .await;
        let token = client.cookie("__client");
        let refused = face.sign_up_attempt(&client, &id, wrong(&code)).await;
        assert_eq!(refused.code(), "form_code_incorrect");
        assert_eq!(client.cookie("__client"), token);
        assert_eq!(server.count("SELECT COUNT(*) FROM session").await, 0);
        let done = face.sign_up_attempt(&client, &id, &code).await.ok();
        assert_eq!(done.status(), "complete");
        assert_eq!(client.get("/v1/me").await.status, 200);
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn proving_a_taken_address_again_says_that_it_is_proven() {
    for_each_face(async |face| {
        let server = TestServer::start().await;
        let mut begun = Vec::new();
        for _ in 0..2 {
            let client = server.anonymous();
            let (id, code) = face.sign_up_before_code(&server, &client, "ada@example.com").await;
            begun.push((client, id, code));
            server.advance(Duration::from_secs(1));
        }
        face.sign_up_attempt(&begun[0].0, &begun[0].1, &begun[0].2).await.ok();
        let (client, id, code) = &begun[1];
        for expected in ["form_identifier_exists", "verification_already_verified"] {
            assert_eq!(face.sign_up_attempt(client, id, code).await.code(), expected);
        }
        assert_eq!(server.count("SELECT COUNT(*) FROM session").await, 1);
        server.finish().await;
    })
    .await;
}
