//! CVE-2026-7571 (Keycloak: a disabled flow was coerced through the parameters of a restart) and rule 23: a disabled flow
//! stays disabled whatever is added or replayed, also for whoever began it while it was allowed.

use crate::support::{Face, TestClient, TestServer, face::PASSWORD, for_each_face};
use serde_json::{Value, json};

const ADA: &str = "ada@example.com";

/// A server with settings in force.
async fn server(settings: Value) -> TestServer {
    let server = TestServer::start().await;
    server.settings(settings).await;
    server
}

fn with_usernames() -> Value {
    json!({ "attribute": { "username": { "enabled": true } } })
}

/// A server with settings in force, and a sign-up there with further fields that lacks nothing but its code.
async fn begun(
    face: Face,
    settings: Value,
    email: &str,
    further: &[(&str, &str)],
) -> (TestServer, TestClient, String, String) {
    let server = server(settings).await;
    let client = server.anonymous();
    let mut fields = vec![
        ("email_address", email),
        ("password", PASSWORD),
        ("strategy", "email_code"),
    ];
    fields.extend_from_slice(further);
    let id = face.sign_up_create(&client, &fields).await.ok().id();
    let code = server.last_code(email).await;
    (server, client, id, code)
}

async fn users(server: &TestServer) -> i64 {
    server.count("SELECT COUNT(*) FROM \"user\" WHERE created_at > 0").await
}

#[tokio::test]
async fn a_sign_up_that_was_begun_in_time_is_not_completed_where_sign_ups_are_closed() {
    for_each_face(async |face| {
        let (server, client, id, code) = begun(face, json!({}), ADA, &[]).await;
        server.settings(json!({ "sign_up": { "mode": "restricted" } })).await;
        let closed = "sign_up_mode_restricted";
        assert_eq!(face.sign_up_attempt(&client, &id, "000000").await.code(), closed);
        assert_eq!(face.sign_up_attempt(&client, &id, &code).await.code(), closed);
        assert_eq!(face.sign_up_prepare(&client, &id).await.code(), closed);
        let fields = [("first_name", "Ada")];
        assert_eq!(face.sign_up_update(&client, &id, &fields).await.code(), closed);
        assert_eq!(face.sign_up_create(&client, &[]).await.code(), closed);
        assert_eq!((users(&server).await, server.run_jobs().await), (0, 0));
        // What was asked for in vain was no attempt.
        server.settings(json!({ "sign_up": { "mode": "public" } })).await;
        let done = face.sign_up_attempt(&client, &id, &code).await.ok();
        assert_eq!(done.status(), "complete");
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn an_address_that_was_blocked_meanwhile_becomes_nobodys_account() {
    for_each_face(async |face| {
        for restriction in [
            json!({ "block_email_subaddresses": true }),
            json!({ "allowlist_only": true }),
        ] {
            let (server, client, id, code) = begun(face, json!({}), "ada+new@example.com", &[]).await;
            server.settings(json!({ "restriction": restriction })).await;
            for refused in [
                face.sign_up_attempt(&client, &id, &code).await,
                face.sign_up_prepare(&client, &id).await,
            ] {
                assert_eq!(refused.code(), "not_allowed_access", "{restriction}");
                assert_eq!(refused.fields, ["email_address"]);
            }
            assert_eq!((users(&server).await, server.run_jobs().await), (0, 0));
            // Verified in time, it waited for a password.
            server.settings(json!({ "restriction": null })).await;
            let client = server.anonymous();
            let (id, code) = face.prepared_sign_up(&server, &client, "bob+new@example.com").await;
            face.sign_up_attempt(&client, &id, &code).await.ok();
            server.settings(json!({ "restriction": restriction })).await;
            let refused = face.sign_up_update(&client, &id, &[("password", PASSWORD)]).await;
            assert_eq!(refused.code(), "not_allowed_access", "{restriction}");
            assert_eq!(users(&server).await, 0);
            server.finish().await;
        }
    })
    .await;
}

#[tokio::test]
async fn what_is_demanded_since_a_sign_up_began_is_still_missing_when_its_code_is_right() {
    for_each_face(async |face| {
        let (server, client, id, code) = begun(face, json!({}), ADA, &[]).await;
        server
            .settings(json!({ "attribute": { "first_name": { "required": true } } }))
            .await;
        let waiting = face.sign_up_attempt(&client, &id, &code).await.ok();
        assert_eq!(waiting.status(), "missing_requirements");
        assert_eq!(waiting.resource["missing_fields"], json!(["first_name"]));
        let done = face.sign_up_update(&client, &id, &[("first_name", "Ada")]).await.ok();
        assert_eq!(done.status(), "complete");
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn what_was_switched_off_since_a_sign_up_began_is_no_part_of_the_account() {
    for_each_face(async |face| {
        let names = [("username", "ada_l"), ("first_name", "Ada")];
        let (server, client, id, code) = begun(face, with_usernames(), ADA, &names).await;
        server
            .settings(json!({ "attribute": {
                "username": { "enabled": false }, "first_name": { "enabled": false },
                "password": { "enabled": false, "required": false },
            } }))
            .await;
        let done = face.sign_up_attempt(&client, &id, &code).await.ok();
        assert_eq!(done.status(), "complete");
        let kept = "SELECT COUNT(*) FROM \"user\" WHERE password_digest IS NOT NULL OR first_name IS NOT NULL";
        assert_eq!((users(&server).await, server.count(kept).await), (1, 0));
        let names = "SELECT COUNT(*) FROM identification WHERE kind = 'username'";
        assert_eq!(server.count(names).await, 0);
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn an_address_is_not_verified_where_addresses_are_switched_off() {
    for_each_face(async |face| {
        let (server, client, id, code) = begun(face, with_usernames(), ADA, &[]).await;
        server
            .settings(json!({ "attribute": {
                "email_address": { "enabled": false, "required": false }, "username": { "required": true },
            } }))
            .await;
        let place_of_a_proof = match face {
            Face::Graphql => "code",
            Face::Rest => "strategy",
        };
        for (refused, place) in [
            (face.sign_up_attempt(&client, &id, &code).await, place_of_a_proof),
            (face.sign_up_prepare(&client, &id).await, "strategy"),
        ] {
            assert_eq!(refused.code(), "form_param_value_invalid");
            assert_eq!(refused.fields, [place]);
        }
        let done = face.sign_up_update(&client, &id, &[("username", "ada_l")]).await.ok();
        assert_eq!(done.status(), "complete");
        let addresses = "SELECT COUNT(*) FROM identification WHERE kind = 'email_address' AND value <> ''";
        assert_eq!(server.count(addresses).await, 0);
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn a_username_and_a_password_that_new_rules_refuse_become_no_account() {
    for_each_face(async |face| {
        let name = [("username", "ada_l")];
        let (server, client, id, code) = begun(face, with_usernames(), ADA, &name).await;
        server
            .settings(
                json!({ "username": { "min_length": 8 }, "password": { "min_length": 12, "require_numbers": true } }),
            )
            .await;
        let refused = face.sign_up_attempt(&client, &id, &code).await;
        assert_eq!(refused.code(), "form_username_invalid_length");
        assert_eq!(refused.fields, ["username"]);
        // The proof of the address was taken all the same; only the rest is to be mended.
        let refused = face.sign_up_update(&client, &id, &[("username", "ada_lovelace")]).await;
        assert_eq!(refused.code(), "form_param_missing");
        assert_eq!(refused.fields, ["password"]);
        let both = [("username", "ada_lovelace"), ("password", PASSWORD)];
        let refused = face.sign_up_update(&client, &id, &both).await;
        assert_eq!(refused.code(), "form_password_no_number");
        assert_eq!(users(&server).await, 0);
        let both = [
            ("username", "ada_lovelace"),
            ("password", "correct horse 7 battery staple"),
        ];
        let done = face.sign_up_update(&client, &id, &both).await.ok();
        assert_eq!(done.status(), "complete");
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn a_username_of_characters_that_new_rules_refuse_becomes_no_account() {
    for_each_face(async |face| {
        for (rule, username, code) in [
            (
                "allow_extended_special_characters",
                "ada.l",
                "form_username_invalid_character",
            ),
            (
                "allow_numeric_usernames",
                "12345",
                "form_username_needs_non_number_char",
            ),
        ] {
            let mut settings = with_usernames();
            settings["username"] = json!({ rule: true });
            let (server, client, id, proof) = begun(face, settings, ADA, &[("username", username)]).await;
            server.settings(json!({ "username": { rule: false } })).await;
            let refused = face.sign_up_attempt(&client, &id, &proof).await;
            assert_eq!(refused.code(), code, "{username}");
            assert_eq!(refused.fields, ["username"]);
            assert_eq!(users(&server).await, 0);
            let done = face.sign_up_update(&client, &id, &[("username", "ada_l")]).await.ok();
            assert_eq!(done.status(), "complete");
            server.finish().await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_password_that_new_rules_have_not_judged_is_asked_for_again_when_the_code_is_right() {
    for_each_face(async |face| {
        let (server, client, id, code) = begun(face, json!({}), ADA, &[]).await;
        server
            .settings(json!({ "password": { "require_numbers": true } }))
            .await;
        let refused = face.sign_up_attempt(&client, &id, &code).await;
        assert_eq!(refused.code(), "form_param_missing");
        assert_eq!(refused.fields, ["password"]);
        assert_eq!(users(&server).await, 0);
        let password = [("password", "correct horse 7 battery staple")];
        let done = face.sign_up_update(&client, &id, &password).await.ok();
        assert_eq!(done.status(), "complete");
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn rules_for_passwords_that_became_more_lenient_ask_nobody_again() {
    for_each_face(async |face| {
        let long = json!({ "password": { "min_length": 20 } });
        let (server, client, id, code) = begun(face, long, ADA, &[]).await;
        server
            .settings(json!({ "password": { "min_length": 8, "show_zxcvbn": true } }))
            .await;
        let done = face.sign_up_attempt(&client, &id, &code).await.ok();
        assert_eq!(done.status(), "complete");
        server.finish().await;
    })
    .await;
}

/// A server with settings in force, and a sign-in there of somebody who has an account, with a code asked for.
async fn signing_in(face: Face, settings: Value) -> (TestServer, TestClient, String, String) {
    let server = server(settings).await;
    face.sign_up(&server, &server.anonymous(), ADA).await;
    let client = server.anonymous();
    let fields = [("identifier", ADA), ("strategy", "email_code")];
    let id = face.sign_in_create(&client, &fields).await.ok().id();
    let code = server.last_code(ADA).await;
    (server, client, id, code)
}

async fn sessions(server: &TestServer) -> i64 {
    server
        .count("SELECT COUNT(*) FROM session WHERE status = 'active'")
        .await
}

#[tokio::test]
async fn a_strategy_that_was_switched_off_signs_nobody_in_whatever_was_prepared() {
    for_each_face(async |face| {
        for concealed in [false, true] {
            let (server, client, id, code) = signing_in(face, json!({})).await;
            let protect = |attribute: Value| {
                json!({ "attribute": attribute, "attack_protection": { "enumeration_protection": concealed } })
            };
            server
                .settings(protect(json!({ "email_address": { "first_factors": [] } })))
                .await;
            let not_offered = "strategy_for_user_invalid";
            let by_code = [("strategy", "email_code"), ("code", &*code)];
            assert_eq!(face.sign_in_attempt(&client, &id, &by_code).await.code(), not_offered);
            let again = face.sign_in_prepare(&client, &id, &[("strategy", "email_code")]).await;
            assert_eq!(again.code(), not_offered);
            server
                .settings(protect(json!({
                    "email_address": { "first_factors": ["email_code"] },
                    "password": { "enabled": false, "required": false },
                })))
                .await;
            let by_password = [("strategy", "password"), ("password", PASSWORD)];
            assert_eq!(face.sign_in_attempt(&client, &id, &by_password).await.code(), not_offered);
            assert_eq!(sessions(&server).await, 1, "that of the sign-up");
            let done = face.sign_in_attempt(&client, &id, &by_code).await.ok();
            assert_eq!(done.status(), "complete", "what is on again is on");
            server.finish().await;
        }
    })
    .await;
}

#[tokio::test]
async fn an_identifier_that_nobody_signs_in_with_any_more_leads_no_further() {
    for_each_face(async |face| {
        for concealed in [false, true] {
            let (server, client, id, code) = signing_in(face, with_usernames()).await;
            server
                .settings(json!({
                    "attribute": {
                        "email_address": { "used_for_first_factor": false }, "username": { "required": true },
                    },
                    "attack_protection": { "enumeration_protection": concealed },
                }))
                .await;
            for fields in [
                [("strategy", "password"), ("password", PASSWORD)],
                [("strategy", "email_code"), ("code", &*code)],
            ] {
                let refused = face.sign_in_attempt(&client, &id, &fields).await;
                assert_eq!(refused.code(), "strategy_for_user_invalid", "{fields:?} {concealed}");
            }
            assert_eq!(sessions(&server).await, 1, "that of the sign-up");
            server.finish().await;
        }
    })
    .await;
}

#[tokio::test]
async fn somebody_who_was_banned_meanwhile_gets_no_session_by_any_proof() {
    for_each_face(async |face| {
        let (server, client, id, code) = signing_in(face, json!({})).await;
        server.execute("UPDATE \"user\" SET banned = true").await;
        for fields in [
            [("strategy", "password"), ("password", PASSWORD)],
            [("strategy", "email_code"), ("code", &*code)],
        ] {
            let refused = face.sign_in_attempt(&client, &id, &fields).await;
            assert_eq!(refused.code(), "user_banned", "{fields:?}");
        }
        assert_eq!(sessions(&server).await, 1, "that of the sign-up");
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn no_parameter_opens_what_is_closed() {
    let (server, _, id, code) = begun(Face::Rest, json!({}), ADA, &[]).await;
    server
        .settings(
            json!({ "sign_up": { "mode": "restricted" }, "attribute": { "email_address": { "first_factors": [] } } }),
        )
        .await;
    // Those that are always known, and those that SDKs send and others ignore.
    for (name, value) in [
        ("ticket", "dvb_ticket"),
        ("transfer", "true"),
        ("token", "a.b.c"),
        ("mode", "public"),
        ("invitation", "1"),
        ("intent", "reverification"),
        ("captcha_token", "token"),
        ("action_complete_redirect_url", "https://app.example"),
        ("strategy", "ticket"),
        ("strategy", "admin"),
    ] {
        for client in [
            server.anonymous(),
            server.anonymous().with_query("_clerk_js_version", "5.0.0"),
            server.anonymous().with_query(name, value),
        ] {
            let fields = [
                ("email_address", "eve@example.com"),
                ("password", PASSWORD),
                (name, value),
            ];
            let refused = client.post("/v1/client/sign_ups", &fields).await;
            assert!(refused.status >= 400, "{name}={value} {}", refused.text);
            let path = format!("/v1/client/sign_ups/{id}/attempt_verification");
            let fields = [("strategy", "email_code"), ("code", &*code), (name, value)];
            assert!(client.post(&path, &fields).await.status >= 400, "{name}={value}");
        }
    }
    assert_eq!(users(&server).await, 0);
    server.finish().await;
}
