//! ASVS V6.2.4 and V6.2.11, NIST SP 800-63B-4 section 3.1.1.2: a password that is guessed first is refused wherever one is
//! set, and judging one costs next to nothing.

use crate::support::{TestServer, face::PASSWORD, for_each_face};
use serde_json::json;

#[tokio::test]
async fn what_everybody_uses_is_refused_at_every_step_that_sets_a_password() {
    for_each_face(async |face| {
        let server = TestServer::start().await;
        let client = server.anonymous();
        let id = face.sign_up_create(&client, &[]).await.ok().id();
        for password in [
            "password",
            "12345678",
            "iloveyou1",
            "P@ssw0rd!",
            "baseball2023",
            "qwertyuiop",
        ] {
            let fields = [("password", password)];
            for refused in [
                face.sign_up_create(&server.anonymous(), &fields).await,
                face.sign_up_update(&client, &id, &fields).await,
            ] {
                assert_eq!(refused.code(), "form_password_pwned", "{password}");
                assert_eq!(refused.fields, ["password"]);
                let is_repeated = password != "password" && refused.reply.text.contains(password);
                assert!(!is_repeated, "{}", refused.reply.text);
            }
        }
        face.sign_up_update(&client, &id, &[("password", PASSWORD)]).await.ok();
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn what_is_known_about_somebody_or_the_service_makes_no_password() {
    for_each_face(async |face| {
        let server = TestServer::start().await;
        server
            .settings(json!({
                "application_name": "Analytical Engines", "attribute": { "username": { "enabled": true } },
            }))
            .await;
        let person = [
            ("email_address", "countess@babbage.example"),
            ("username", "enchantress"),
            ("first_name", "Augusta"),
            ("last_name", "Byron-King"),
        ];
        let client = server.anonymous();
        let id = face.sign_up_create(&client, &person).await.ok().id();
        for password in [
            "countess1",
            "Countess2026",
            "babbage99",
            "enchantress!",
            "Augusta1815",
            "augustabyronking",
            "Analytical1",
            "AnalyticalEngines",
            "vestibule1",
            "localhost2026",
        ] {
            let at_once: Vec<_> = person.into_iter().chain([("password", password)]).collect();
            for refused in [
                face.sign_up_create(&server.anonymous(), &at_once).await,
                face.sign_up_update(&client, &id, &[("password", password)]).await,
            ] {
                let codes: Vec<_> = refused
                    .codes
                    .iter()
                    .filter(|code| *code != "form_password_pwned")
                    .collect();
                assert_eq!(
                    codes,
                    ["form_password_not_strong_enough"],
                    "{password} {}",
                    refused.reply.text
                );
                assert!(refused.reply.text.contains("suggestions"), "{}", refused.reply.text);
                assert!(
                    refused.reply.text.contains("must not be made of"),
                    "{}",
                    refused.reply.text
                );
            }
        }
        let sentence = [("password", "augusta weaves algebra")];
        face.sign_up_update(&client, &id, &sentence).await.ok();
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn an_instance_can_take_what_is_guessed() {
    for_each_face(async |face| {
        let server = TestServer::start().await;
        server
            .settings(json!({ "password": { "refuse_guessable": false } }))
            .await;
        let fields = [("email_address", "ada@example.com"), ("password", "password")];
        face.sign_up_create(&server.anonymous(), &fields).await.ok();
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn a_password_that_is_made_to_take_long_is_judged_like_any_other() {
    let server = TestServer::start().await;
    server
        .settings(json!({ "password": { "max_length": 4096, "min_zxcvbn_strength": 4 } }))
        .await;
    let hostile = "4@8({[<369|!1/|7$5+7%2".repeat(180);
    let fields = [("email_address", "ada@example.com"), ("password", &*hostile)];
    crate::support::Face::Rest
        .sign_up_create(&server.anonymous(), &fields)
        .await
        .ok();
    server.finish().await;
}
