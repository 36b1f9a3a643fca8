//! Commit 664c1d7a9a (better-auth: one code used twice in a race) and ASVS V6.5/V6.6: a code proves once, for what it was
//! sent for, and asking for another one gives back nothing but its own attempts.

use crate::support::{Face, TestClient, TestServer, face::PASSWORD, for_each_face};
use serde_json::json;
use std::{collections::BTreeMap, time::Duration};

/// Some code that is not this one.
fn wrong(code: &str) -> &'static str {
    if code == "000000" { "000001" } else { "000000" }
}

/// A sign-in by code, begun.
async fn begun(face: Face, client: &TestClient) -> String {
    let fields = [("identifier", "ada@example.com"), ("strategy", "email_code")];
    face.sign_in_create(client, &fields).await.ok().id()
}

#[tokio::test]
async fn two_hundred_right_codes_in_parallel_make_exactly_one_user() {
    let server = TestServer::start().await;
    let client = server.anonymous();
    let fields = [
        ("email_address", "ada@example.com"),
        ("password", PASSWORD),
        ("strategy", "email_code"),
    ];
    let id = Face::Rest.sign_up_create(&client, &fields).await.ok().id();
    let code = server.last_code("ada@example.com").await;
    let attempts: Vec<_> = (0..200)
        .map(|number| {
            let (client, id, code) = (client.forked(), id.clone(), code.clone());
            let face = if number % 2 == 0 { Face::Rest } else { Face::Graphql };
            tokio::spawn(async move { face.sign_up_attempt(&client, &id, &code).await.codes.is_empty() })
        })
        .collect();
    let mut successes = 0;
    for attempt in attempts {
        successes += usize::from(attempt.await.unwrap());
    }
    assert_eq!(successes, 1);
    assert_eq!(
        server.count("SELECT COUNT(*) FROM \"user\" WHERE created_at > 0").await,
        1
    );
    assert_eq!(server.count("SELECT COUNT(*) FROM session").await, 1);
    server.finish().await;
}

#[tokio::test]
async fn two_hundred_wrong_codes_in_parallel_are_counted_exactly() {
    let server = TestServer::start().await;
    Face::Rest
        .sign_up(&server, &server.anonymous(), "ada@example.com")
        .await;
    let client = server.anonymous();
    server.advance(Duration::from_secs(1));
    let id = begun(Face::Rest, &client).await;
    let code = server.last_code("ada@example.com").await;
    let attempts: Vec<_> = (0..200)
        .map(|number| {
            let (client, id, code) = (client.forked(), id.clone(), wrong(&code));
            let face = if number % 2 == 0 { Face::Rest } else { Face::Graphql };
            tokio::spawn(async move {
                let guess = [("strategy", "email_code"), ("code", code)];
                face.sign_in_attempt(&client, &id, &guess).await.codes.join(",")
            })
        })
        .collect();
    let mut counted = BTreeMap::new();
    for attempt in attempts {
        *counted.entry(attempt.await.unwrap()).or_insert(0) += 1;
    }
    let expected = [
        ("form_code_incorrect".to_owned(), 3),
        ("verification_failed".to_owned(), 197),
    ];
    assert_eq!(counted, BTreeMap::from(expected));
    assert_eq!(
        server
            .count("SELECT failures FROM lockout WHERE subject NOT LIKE '%@%'")
            .await,
        3,
        "the lockout counts each guess once"
    );
    server.finish().await;
}

#[tokio::test]
async fn a_new_code_has_attempts_of_its_own_and_the_lockout_goes_on_counting() {
    for_each_face(async |face| {
        let server = TestServer::start().await;
        face.sign_up(&server, &server.anonymous(), "ada@example.com").await;
        server
            .settings(json!({ "attack_protection": { "user_lockout": { "max_attempts": 5 } } }))
            .await;
        let client = server.anonymous();
        server.advance(Duration::from_secs(1));
        let id = begun(face, &client).await;
        let old = server.last_code("ada@example.com").await;
        let attempt = async |code: &str| {
            let fields = [("strategy", "email_code"), ("code", code)];
            face.sign_in_attempt(&client, &id, &fields).await.codes.join(",")
        };
        for expected in [
            "form_code_incorrect",
            "form_code_incorrect",
            "form_code_incorrect",
            "verification_failed",
        ] {
            assert_eq!(attempt(wrong(&old)).await, expected);
        }
        server.advance(Duration::from_secs(1));
        face.sign_in_prepare(&client, &id, &[("strategy", "email_code")])
            .await
            .ok();
        let new = server.last_code("ada@example.com").await;
        assert_ne!(old, new);
        assert_eq!(attempt(&old).await, "form_code_incorrect", "the old code is dead");
        assert_eq!(
            attempt(wrong(&new)).await,
            "form_code_incorrect",
            "and the lockout has reached five"
        );
        assert_eq!(attempt(&new).await, "user_locked");
        face.sign_in_prepare(&client, &id, &[("strategy", "email_code")])
            .await
            .ok();
        server.run_jobs().await;
        assert_eq!(attempt(&new).await, "user_locked", "no new code opens a lock");
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn asking_again_spends_one_budget_over_sign_ins_and_sign_ups_and_a_new_sign_in_resets_nothing() {
    for_each_face(async |face| {
        let server = TestServer::start().await;
        face.sign_up(&server, &server.anonymous(), "ada@example.com").await;
        server
            .settings(json!({ "limit": { "code_send_per_identifier": 4 } }))
            .await;
        let client = server.anonymous();
        let id = begun(face, &client).await;
        let again = [("strategy", "email_code")];
        face.sign_in_prepare(&client, &id, &again).await.ok();
        let other = server.anonymous();
        begun(face, &other).await;
        let spent = "verification_code_too_many_requests";
        assert_eq!(face.sign_in_prepare(&client, &id, &again).await.code(), spent);
        let fields = [("identifier", "ada@example.com"), ("strategy", "email_code")];
        assert_eq!(face.sign_in_create(&server.anonymous(), &fields).await.code(), spent);
        server.run_jobs().await;
        server.advance(Duration::from_secs(3_600));
        face.sign_in_create(&server.anonymous(), &fields).await.ok();
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn a_code_that_was_used_is_dead() {
    for_each_face(async |face| {
        let server = TestServer::start().await;
        face.sign_up(&server, &server.anonymous(), "ada@example.com").await;
        let client = server.anonymous();
        server.advance(Duration::from_secs(1));
        let id = begun(face, &client).await;
        let code = server.last_code("ada@example.com").await;
        let proof = [("strategy", "email_code"), ("code", &*code)];
        face.sign_in_attempt(&client, &id, &proof).await.ok();
        assert!(!face.sign_in_attempt(&client, &id, &proof).await.codes.is_empty());
        let fresh = server.anonymous();
        server.advance(Duration::from_secs(1));
        let other = begun(face, &fresh).await;
        let newest = server.last_code("ada@example.com").await;
        assert_ne!(newest, code);
        assert_eq!(
            face.sign_in_attempt(&fresh, &other, &proof).await.code(),
            "form_code_incorrect"
        );
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn a_code_is_bound_to_its_sign_in_and_to_its_purpose() {
    for_each_face(async |face| {
        let server = TestServer::start().await;
        let (signing_up, first, second) = (server.anonymous(), server.anonymous(), server.anonymous());
        let fields = [
            ("email_address", "ada@example.com"),
            ("password", PASSWORD),
            ("strategy", "email_code"),
        ];
        let sign_up = face.sign_up_create(&signing_up, &fields).await.ok().id();
        let of_sign_up = server.last_code("ada@example.com").await;
        server.advance(Duration::from_secs(1));
        face.sign_up(&server, &server.anonymous(), "ada@example.com").await;
        let mut sign_ins = Vec::new();
        for client in [&first, &second] {
            server.advance(Duration::from_secs(1));
            let id = begun(face, client).await;
            sign_ins.push((client, id, server.last_code("ada@example.com").await));
        }
        assert_ne!(sign_ins[0].2, sign_ins[1].2);
        for ((client, id, own), foreign) in [
            (&sign_ins[0], [&sign_ins[1].2, &of_sign_up]),
            (&sign_ins[1], [&sign_ins[0].2, &of_sign_up]),
        ] {
            for code in foreign {
                assert_ne!(own, code);
                let guess = [("strategy", "email_code"), ("code", code.as_str())];
                assert_eq!(
                    face.sign_in_attempt(client, id, &guess).await.code(),
                    "form_code_incorrect"
                );
            }
        }
        let of_sign_in = &sign_ins[0].2;
        assert_eq!(
            face.sign_up_attempt(&signing_up, &sign_up, of_sign_in).await.code(),
            "form_code_incorrect"
        );
        let proof = [("strategy", "email_code"), ("code", sign_ins[0].2.as_str())];
        assert_eq!(
            face.sign_in_attempt(&second, &sign_ins[0].1, &proof).await.code(),
            "resource_not_found",
            "another client's sign-in"
        );
        face.sign_in_attempt(&first, &sign_ins[0].1, &proof).await.ok();
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn a_code_is_bound_to_its_instance() {
    for_each_face(async |face| {
        let server = TestServer::start().await;
        let (host, secret_key) = server.second_instance().await;
        let fields = [
            ("email_address", "ada@example.com"),
            ("password", PASSWORD),
            ("strategy", "email_code"),
        ];
        let (here, there) = (server.anonymous(), server.anonymous().at_host(&host));
        let at_home = face.sign_up_create(&here, &fields).await.ok().id();
        let abroad = face.sign_up_create(&there, &fields).await.ok().id();
        let code = server.last_code("ada@example.com").await;
        let inbox = "{ devInbox(first: 1) { nodes { code } } }";
        let reply = server
            .anonymous()
            .with_secret_key(&secret_key)
            .graphql(inbox, json!({}))
            .await;
        let code_abroad = reply.body["data"]["devInbox"]["nodes"][0]["code"].as_str().unwrap();
        assert_ne!(code, code_abroad);
        assert_eq!(
            face.sign_up_attempt(&there, &abroad, &code).await.code(),
            "form_code_incorrect"
        );
        assert_eq!(
            face.sign_up_attempt(&here, &at_home, code_abroad).await.code(),
            "form_code_incorrect"
        );
        for client in [&there, &here.forked().at_host(&host)] {
            let refused = face.sign_up_attempt(client, &at_home, &code).await;
            assert_eq!(refused.codes.len(), 1, "{}", refused.reply.text);
            assert_ne!(refused.code(), "form_code_incorrect", "it is not even counted");
        }
        face.sign_up_attempt(&here, &at_home, &code).await.ok();
        assert_eq!(
            server.count("SELECT COUNT(*) FROM \"user\" WHERE created_at > 0").await,
            1
        );
        server.finish().await;
    })
    .await;
}
