use crate::support::{TestServer, face::PASSWORD, for_each_face};
use serde_json::json;

#[tokio::test]
async fn a_person_signs_up_by_code_and_password_and_is_signed_in() {
    for_each_face(async |face| {
        let server = TestServer::start().await;
        let client = server.anonymous();
        let fields = [
            ("email_address", "Ada@Example.com"),
            ("password", PASSWORD),
            ("first_name", "Ada"),
        ];
        let created = face.sign_up_create(&client, &fields).await.ok();
        assert_eq!(created.status(), "missing_requirements");
        assert_eq!(created.resource["unverified_fields"], json!(["email_address"]));
        assert_eq!(created.resource["missing_fields"], json!([]));
        assert!(client.cookie("__client").is_some(), "the client is kept by cookie");

        let prepared = face.sign_up_prepare(&client, &created.id()).await.ok();
        let code = server.last_code("Ada@Example.com").await;
        let done = face.sign_up_attempt(&client, &prepared.id(), &code).await.ok();
        assert_eq!(done.status(), "complete");
        assert_eq!(done.sessions, [(done.text("created_session_id"), "active".to_owned())]);
        let me = client.get("/v1/me").await;
        assert_eq!(me.body["response"]["id"], done.text("created_user_id"));
        assert_eq!(me.body["response"]["first_name"], "Ada");
        assert_eq!(
            me.body["response"]["email_addresses"][0]["email_address"],
            "Ada@Example.com"
        );
        assert_eq!(
            me.body["response"]["email_addresses"][0]["verification"]["status"],
            "verified"
        );
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn a_sign_up_can_begin_with_nothing_and_names_what_is_missing() {
    for_each_face(async |face| {
        let server = TestServer::start().await;
        let created = face.sign_up_create(&server.anonymous(), &[]).await.ok();
        assert_eq!(created.resource["missing_fields"], json!(["email_address", "password"]));
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn the_client_token_changes_when_the_sign_up_completes() {
    for_each_face(async |face| {
        let server = TestServer::start().await;
        let client = server.anonymous();
        face.sign_up_create(&client, &[]).await.ok();
        let before = client.forked();
        face.sign_up(&server, &client, "ada@example.com").await;
        assert_ne!(before.cookie("__client"), client.cookie("__client"));
        let stale = before.get("/v1/client").await;
        assert!(
            stale.body["response"].is_null(),
            "the old token is dead: {}",
            stale.body
        );
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn every_wrong_field_is_named_at_once() {
    for_each_face(async |face| {
        let server = TestServer::start().await;
        let fields = [
            ("email_address", "nonsense"),
            ("password", "short"),
            ("first_name", "a\u{7}b"),
        ];
        let refused = face.sign_up_create(&server.anonymous(), &fields).await;
        let mut found: Vec<_> = refused.codes.iter().zip(&refused.fields).collect();
        found.sort();
        assert_eq!(
            found
                .iter()
                .map(|(code, field)| (code.as_str(), field.as_str()))
                .collect::<Vec<_>>(),
            [
                ("form_param_format_invalid", "email_address"),
                ("form_param_format_invalid", "first_name"),
                ("form_password_length_too_short", "password"),
            ],
            "{}",
            refused.reply.body
        );
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn a_taken_address_is_refused_in_any_spelling() {
    for_each_face(async |face| {
        let server = TestServer::start().await;
        face.sign_up(&server, &server.anonymous(), "ada@example.com").await;
        for spelling in ["ada@example.com", "ADA@Example.COM", "  ada@example.com "] {
            let refused = face
                .sign_up_create(&server.anonymous(), &[("email_address", spelling)])
                .await;
            assert_eq!(refused.code(), "form_identifier_exists", "{spelling}");
            assert_eq!(refused.fields, ["email_address"]);
        }
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn the_spellings_of_a_domain_in_other_letters_are_one_address() {
    for_each_face(async |face| {
        let server = TestServer::start().await;
        face.sign_up(&server, &server.anonymous(), "ada@b\u{fc}cher.example")
            .await;
        for spelling in [
            "ada@xn--bcher-kva.example",
            "Ada@B\u{dc}CHER.example",
            "ada@bu\u{308}cher.example",
        ] {
            let taken = face
                .sign_up_create(&server.anonymous(), &[("email_address", spelling)])
                .await;
            assert_eq!(taken.code(), "form_identifier_exists", "{spelling}");
            let fields = [
                ("identifier", spelling),
                ("strategy", "password"),
                ("password", PASSWORD),
            ];
            face.sign_in_create(&server.anonymous(), &fields).await.ok();
        }
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn an_address_that_no_mail_can_reach_is_refused() {
    for_each_face(async |face| {
        let server = TestServer::start().await;
        let long = format!("{}@example.com", "a".repeat(65));
        for address in [
            "\u{fc}ber@example.com",
            "ada@127.0.0.1",
            "ada@[127.0.0.1]",
            "ada@localhost",
            "ada@example.com.",
            "ada@exa_mple.com",
            "ada@xn--zzzzzzzz9999.example",
            &long,
        ] {
            let refused = face
                .sign_up_create(&server.anonymous(), &[("email_address", address)])
                .await;
            assert_eq!(refused.code(), "form_param_format_invalid", "{address}");
            assert_eq!(refused.fields, ["email_address"], "{address}");
        }
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn usernames_follow_the_rules_of_the_instance() {
    for_each_face(async |face| {
        let server = TestServer::start().await;
        let unknown = face.sign_up_create(&server.anonymous(), &[("username", "ada_l")]).await;
        assert_eq!(unknown.code(), "form_param_unknown", "usernames are off by default");
        server
            .settings(json!({ "attribute": { "username": { "enabled": true } } }))
            .await;
        for (username, code) in [
            ("ada", "form_username_invalid_length"),
            ("ada lovelace", "form_username_invalid_character"),
            ("12345", "form_username_needs_non_number_char"),
        ] {
            let refused = face
                .sign_up_create(&server.anonymous(), &[("username", username)])
                .await;
            assert_eq!(refused.code(), code, "{username}");
            assert_eq!(refused.fields, ["username"]);
        }
        let client = server.anonymous();
        let fields = [
            ("username", "Ada_L"),
            ("email_address", "ada@example.com"),
            ("password", PASSWORD),
            ("strategy", "email_code"),
        ];
        let created = face.sign_up_create(&client, &fields).await.ok();
        let code = server.last_code("ada@example.com").await;
        face.sign_up_attempt(&client, &created.id(), &code).await.ok();
        let taken = face.sign_up_create(&server.anonymous(), &[("username", "ADA_l")]).await;
        assert_eq!(taken.code(), "form_identifier_exists");
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn passwords_follow_the_rules_of_the_instance() {
    for_each_face(async |face| {
        let server = TestServer::start().await;
        server
            .settings(json!({ "password": {
                "max_length": 40, "require_uppercase": true, "require_lowercase": true, "require_numbers": true,
                "require_special_char": true, "min_zxcvbn_strength": 3,
            } }))
            .await;
        for (password, expected) in [
            (
                "aaaaaaaa",
                &[
                    "no_number",
                    "no_special_char",
                    "no_uppercase",
                    "not_strong_enough",
                    "pwned",
                ][..],
            ),
            ("AAAAAAA1!", &["no_lowercase", "not_strong_enough", "pwned"]),
            ("Aa1!", &["length_too_short", "not_strong_enough"]),
            ("Xk7$mQ2vL9pRz4TnYw8Jc3Hb6Gd5Fs1Ua0EoIiOoUu", &["length_too_long"]),
        ] {
            let refused = face
                .sign_up_create(&server.anonymous(), &[("password", password)])
                .await;
            let mut codes: Vec<_> = refused
                .codes
                .iter()
                .map(|code| code.trim_start_matches("form_password_"))
                .collect();
            codes.sort_unstable();
            assert_eq!(codes, expected, "{password}: {}", refused.reply.body);
        }
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn each_password_problem_has_its_code() {
    // The whole words, so that a search for a code finds its test.
    let codes = [
        "form_password_no_uppercase",
        "form_password_no_lowercase",
        "form_password_no_number",
        "form_password_no_special_char",
        "form_password_not_strong_enough",
        "form_password_length_too_short",
        "form_password_length_too_long",
        "form_password_pwned",
    ];
    for_each_face(async |face| {
        let server = TestServer::start().await;
        server
            .settings(json!({ "password": {
                "max_length": 20, "require_uppercase": true, "require_lowercase": true, "require_numbers": true,
                "require_special_char": true, "min_zxcvbn_strength": 4,
            } }))
            .await;
        let mut seen = Vec::new();
        for password in ["", "a", "AAAAAAAAAAAAAAAAAAAAAAAA"] {
            if !password.is_empty() {
                seen.extend(
                    face.sign_up_create(&server.anonymous(), &[("password", password)])
                        .await
                        .codes,
                );
            }
        }
        for code in codes {
            assert!(seen.iter().any(|seen| seen == code), "{code} in {seen:?}");
        }
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn a_password_equal_to_the_address_is_refused() {
    for_each_face(async |face| {
        let server = TestServer::start().await;
        let fields = [("email_address", "ada@example.com"), ("password", "Ada@example.com")];
        let refused = face.sign_up_create(&server.anonymous(), &fields).await;
        assert_eq!(refused.code(), "form_password_matches_identifier");
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn metadata_must_be_an_object_of_bounded_size() {
    for_each_face(async |face| {
        let server = TestServer::start().await;
        let large = format!("{{\"a\":\"{}\"}}", "x".repeat(9_000));
        let refused = face
            .sign_up_create(&server.anonymous(), &[("unsafe_metadata", &large)])
            .await;
        assert_eq!(refused.code(), "form_param_exceeds_allowed_size");
        assert_eq!(refused.fields, ["unsafe_metadata"]);
        let refused = face
            .sign_up_create(&server.anonymous(), &[("unsafe_metadata", "[1]")])
            .await;
        assert_eq!(refused.code(), "form_param_type_invalid");
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn a_closed_instance_takes_nobody() {
    for_each_face(async |face| {
        let server = TestServer::start().await;
        server.settings(json!({ "sign_up": { "mode": "restricted" } })).await;
        let refused = face.sign_up_create(&server.anonymous(), &[]).await;
        assert_eq!(refused.code(), "sign_up_mode_restricted");
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn subaddresses_can_be_blocked() {
    for_each_face(async |face| {
        let server = TestServer::start().await;
        server
            .settings(json!({ "restriction": { "block_email_subaddresses": true } }))
            .await;
        let refused = face
            .sign_up_create(&server.anonymous(), &[("email_address", "ada+x@example.com")])
            .await;
        assert_eq!(refused.code(), "not_allowed_access");
        face.sign_up_create(&server.anonymous(), &[("email_address", "ada@example.com")])
            .await
            .ok();
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn somebody_who_is_signed_in_does_not_sign_up_again() {
    for_each_face(async |face| {
        let server = TestServer::start().await;
        let client = server.anonymous();
        face.sign_up(&server, &client, "ada@example.com").await;
        let refused = face
            .sign_up_create(&client, &[("email_address", "grace@example.com")])
            .await;
        assert_eq!(refused.code(), "session_exists");
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn an_instance_without_verification_completes_in_one_request() {
    for_each_face(async |face| {
        let server = TestServer::start().await;
        server
            .settings(json!({ "attribute": { "email_address": { "verify_at_sign_up": false } } }))
            .await;
        let client = server.anonymous();
        let fields = [("email_address", "ada@example.com"), ("password", PASSWORD)];
        let done = face.sign_up_create(&client, &fields).await.ok();
        assert_eq!(done.status(), "complete");
        assert_eq!(done.sessions.len(), 1);
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn a_client_remembers_how_its_person_came_in_if_by_anything() {
    for_each_face(async |face| {
        let server = TestServer::start().await;
        let lenient = json!({ "email_address": { "verify_at_sign_up": false }, "password": { "required": false } });
        server.settings(json!({ "attribute": lenient })).await;
        for (address, other, strategy) in [
            ("ada@example.com", ("first_name", "Ada"), json!(null)),
            ("eve@example.com", ("password", PASSWORD), json!("password")),
        ] {
            let client = server.anonymous();
            let fields = [("email_address", address), other];
            let done = face.sign_up_create(&client, &fields).await.ok();
            assert_eq!(done.status(), "complete");
            let read = client.get("/v1/client").await.body["response"].clone();
            assert_eq!(read["last_authentication_strategy"], strategy, "{fields:?}");
        }
        server
            .settings(json!({ "attribute": { "email_address": { "verify_at_sign_up": true } } }))
            .await;
        let client = server.anonymous();
        face.sign_up(&server, &client, "kim@example.com").await;
        let read = client.get("/v1/client").await.body["response"].clone();
        assert_eq!(read["last_authentication_strategy"], "email_code");
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn sign_ups_of_one_network_are_limited_and_told_when_to_come_back() {
    for_each_face(async |face| {
        let server = TestServer::start().await;
        server
            .settings(json!({ "limit": { "sign_up_create_per_network": 2 } }))
            .await;
        for _ in 0..2 {
            face.sign_up_create(&server.anonymous(), &[]).await.ok();
        }
        let refused = face.sign_up_create(&server.anonymous(), &[]).await;
        assert_eq!(refused.code(), "too_many_requests");
        assert!(
            refused
                .reply
                .header("retry-after")
                .is_some_and(|seconds| seconds.parse::<u64>().unwrap() <= 10)
        );
        server.advance(std::time::Duration::from_secs(10));
        face.sign_up_create(&server.anonymous(), &[]).await.ok();
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn what_is_too_short_or_too_long_is_told_in_a_sentence_with_its_numbers_beside_it() {
    for_each_face(async |face| {
        let server = TestServer::start().await;
        server
            .settings(json!({ "attribute": { "username": { "enabled": true } } }))
            .await;
        let (long, metadata) = ("x".repeat(257), json!({ "a": "x".repeat(9_000) }).to_string());
        for (field, value, sentence, facts) in [
            (
                "password",
                "short",
                "The password must have at least 8 characters.",
                json!({ "minimum": 8 }),
            ),
            (
                "username",
                "a",
                "The username must have between 4 and 64 characters.",
                json!({ "minimum": 4, "maximum": 64 }),
            ),
            (
                "first_name",
                &long,
                "A name must have at most 256 characters.",
                json!({ "maximum": 256 }),
            ),
            (
                "unsafe_metadata",
                &metadata,
                "The metadata must have at most 8192 bytes as JSON.",
                json!({ "maximum": 8192 }),
            ),
        ] {
            let refused = face.sign_up_create(&server.anonymous(), &[(field, value)]).await;
            assert_eq!(refused.fields, [field], "{}", refused.reply.text);
            let body = &refused.reply.body;
            let payload = &body["data"]["signUpCreate"]["userErrors"][0];
            let error = if body["data"].is_null() {
                &body["errors"][0]
            } else {
                payload
            };
            let said = error["long_message"].as_str().or(error["longMessage"].as_str());
            assert_eq!(said, Some(sentence));
            for (fact, number) in facts.as_object().unwrap() {
                let told = error.get(fact).unwrap_or(&error["meta"][fact]);
                assert_eq!(told, number, "{field} {fact}");
            }
        }
        server.finish().await;
    })
    .await;
}
