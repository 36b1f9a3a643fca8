use crate::support::{TestServer, face::PASSWORD, for_each_face};
use serde_json::json;
use std::time::Duration;

#[tokio::test]
async fn fields_may_come_in_any_order_and_the_last_one_completes() {
    for_each_face(async |face| {
        let server = TestServer::start().await;
        let client = server.anonymous();
        let (id, code) = face.prepared_sign_up(&server, &client, "ada@example.com").await;
        let verified = face.sign_up_attempt(&client, &id, &code).await.ok();
        assert_eq!(verified.resource["missing_fields"], json!(["password"]));
        let done = face.sign_up_update(&client, &id, &[("password", PASSWORD)]).await.ok();
        assert_eq!(done.status(), "complete");
        assert_eq!(done.sessions.len(), 1);
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn another_address_has_to_be_verified_again() {
    for_each_face(async |face| {
        let server = TestServer::start().await;
        let client = server.anonymous();
        let fields = [("email_address", "ada@example.com"), ("strategy", "email_code")];
        let id = face.sign_up_create(&client, &fields).await.ok().id();
        let old = server.last_code("ada@example.com").await;
        let changed = face
            .sign_up_update(&client, &id, &[("email_address", "grace@example.com")])
            .await
            .ok();
        assert_eq!(changed.resource["unverified_fields"], json!(["email_address"]));
        let refused = face.sign_up_attempt(&client, &id, &old).await;
        assert_eq!(
            refused.code(),
            "verification_missing",
            "the code went to another address"
        );
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn a_complete_sign_up_cannot_be_changed() {
    for_each_face(async |face| {
        let server = TestServer::start().await;
        let client = server.anonymous();
        let fields = [
            ("email_address", "ada@example.com"),
            ("password", PASSWORD),
            ("strategy", "email_code"),
        ];
        let id = face.sign_up_create(&client, &fields).await.ok().id();
        let code = server.last_code("ada@example.com").await;
        face.sign_up_attempt(&client, &id, &code).await.ok();
        for refused in [
            face.sign_up_update(&client, &id, &[("first_name", "Ada")]).await,
            face.sign_up_prepare(&client, &id).await,
            face.sign_up_attempt(&client, &id, &code).await,
        ] {
            assert_eq!(refused.code(), "sign_up_cannot_be_updated", "{}", refused.reply.text);
        }
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn nobody_else_can_touch_a_sign_up() {
    for_each_face(async |face| {
        let server = TestServer::start().await;
        let id = face.sign_up_create(&server.anonymous(), &[]).await.ok().id();
        let other = server.anonymous();
        face.sign_up_create(&other, &[]).await.ok();
        for stranger in [server.anonymous(), other] {
            let refused = face.sign_up_update(&stranger, &id, &[("first_name", "Eve")]).await;
            assert_eq!(refused.code(), "resource_not_found");
        }
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn a_sign_up_is_abandoned_after_a_day() {
    for_each_face(async |face| {
        let server = TestServer::start().await;
        let client = server.anonymous();
        let id = face.sign_up_create(&client, &[]).await.ok().id();
        server.advance(Duration::from_millis(24 * 3_600_000 - 1));
        face.sign_up_update(&client, &id, &[("first_name", "Ada")]).await.ok();
        server.advance(Duration::from_millis(1));
        let refused = face.sign_up_update(&client, &id, &[("first_name", "Eve")]).await;
        assert_eq!(refused.code(), "resource_not_found");
        assert!(client.get("/v1/client").await.body["response"]["sign_up"].is_null());
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn another_spelling_of_a_username_is_the_one_that_is_kept() {
    for_each_face(async |face| {
        let server = TestServer::start().await;
        server
            .settings(json!({ "attribute": { "username": { "enabled": true } } }))
            .await;
        let client = server.anonymous();
        let (id, code) = face.prepared_sign_up(&server, &client, "ada@example.com").await;
        for spelling in ["ada_l", "Ada_L"] {
            face.sign_up_update(&client, &id, &[("username", spelling)]).await.ok();
            let pending = client.get("/v1/client").await.body["response"]["sign_up"].clone();
            assert_eq!(pending["username"], spelling);
        }
        let address = [("email_address", "ADA@example.com"), ("password", PASSWORD)];
        face.sign_up_update(&client, &id, &address).await.ok();
        let pending = client.get("/v1/client").await.body["response"]["sign_up"].clone();
        assert_eq!(pending["email_address"], "ada@example.com", "its code went there");
        face.sign_up_attempt(&client, &id, &code).await.ok();
        let session = client.get("/v1/client").await.body["response"]["sessions"][0].clone();
        assert_eq!(session["user"]["username"], "Ada_L");
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn a_field_is_refused_by_the_same_rules_when_it_is_filled_in_later() {
    for_each_face(async |face| {
        let server = TestServer::start().await;
        face.sign_up(&server, &server.anonymous(), "ada@example.com").await;
        let client = server.anonymous();
        let id = face.sign_up_create(&client, &[]).await.ok().id();
        server
            .settings(json!({
                "attribute": { "username": { "enabled": true }, "last_name": { "enabled": false } },
                "password": {
                    "max_length": 20, "require_uppercase": true, "require_lowercase": true,
                    "require_special_char": true, "min_zxcvbn_strength": 4,
                },
            }))
            .await;
        let large = format!("{{\"a\":\"{}\"}}", "x".repeat(9_000));
        let huge = "\u{1f980}".repeat(1_025);
        let capitals = "A".repeat(24);
        for (field, value, code) in [
            ("email_address", "ADA@example.com", "form_identifier_exists"),
            ("username", "ada", "form_username_invalid_length"),
            ("username", "ada lovelace", "form_username_invalid_character"),
            ("username", "12345", "form_username_needs_non_number_char"),
            ("last_name", "Lovelace", "form_param_unknown"),
            ("unsafe_metadata", &large, "form_param_exceeds_allowed_size"),
            ("password", &huge, "form_password_size_in_bytes_exceeded"),
            ("password", "a", "form_password_length_too_short"),
            ("password", "a", "form_password_no_uppercase"),
            ("password", "a", "form_password_no_special_char"),
            ("password", "a", "form_password_not_strong_enough"),
            ("password", &capitals, "form_password_length_too_long"),
            ("password", &capitals, "form_password_no_lowercase"),
        ] {
            for refused in [
                face.sign_up_create(&server.anonymous(), &[(field, value)]).await,
                face.sign_up_update(&client, &id, &[(field, value)]).await,
            ] {
                let told = (&refused.codes, &refused.reply.text);
                assert!(refused.codes.iter().any(|found| found == code), "{code}: {told:?}");
                assert!(refused.fields.iter().all(|found| found == field), "{field}: {told:?}");
            }
        }
        let both = [
            ("email_address", "grace@example.com"),
            ("password", "Grace@example.com"),
        ];
        let refused = face.sign_up_update(&client, &id, &both).await;
        let is_told = refused
            .codes
            .iter()
            .any(|code| code == "form_password_matches_identifier");
        assert!(is_told, "{}", refused.reply.text);
        server.finish().await;
    })
    .await;
}
