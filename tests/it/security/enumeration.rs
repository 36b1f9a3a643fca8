//! ASVS V6.3.8: where accounts are concealed, an answer is the same for an unknown identifier, a known one, a locked
//! account and one without a password: status, headers, shape and length, and it has cost a password check.

use super::password_flood::{BUSY, occupy};
use crate::support::{
    Face, TestServer,
    client::Reply,
    face::{Outcome, PASSWORD},
    for_each_face,
    statements::CountingNode,
};
use serde_json::{Value, json};
use std::time::Duration;

/// All of one length, since an answer may repeat what was typed.
const UNKNOWN: &str = "unknown1@example.com";
const KNOWN: &str = "knownone@example.com";
const LOCKED: &str = "lockedup@example.com";
const PASSWORDLESS: &str = "bycode12@example.com";
const ENROLLED: &str = "enrolled@example.com";

/// A digest by cheap parameters that no password of a test fits.
const DIGEST: &str = "$argon2id$v=19$m=16,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Four accounts; the one that is locked stays so for a day, and the last one has an app.
async fn prepared(environment: &[(&str, &str)], face: Face) -> TestServer {
    let server = TestServer::start_with(environment).await;
    server
        .settings(json!({ "attribute": {
            "password": { "required": false },
            "authenticator_app": { "enabled": true },
            "backup_code": { "enabled": true },
        } }))
        .await;
    for email in [KNOWN, LOCKED, PASSWORDLESS, ENROLLED] {
        let client = server.anonymous();
        let id = face
            .sign_up_create(&client, &[("email_address", email), ("strategy", "email_code")])
            .await
            .ok()
            .id();
        let code = server.last_code(email).await;
        let user = face
            .sign_up_attempt(&client, &id, &code)
            .await
            .ok()
            .text("created_user_id");
        if email != PASSWORDLESS {
            server
                .execute(&format!(
                    "UPDATE \"user\" SET password_digest = '{DIGEST}' WHERE id = '{user}'"
                ))
                .await;
        }
        if email == ENROLLED {
            server
                .execute(&format!(
                    "UPDATE \"user\" SET totp_enabled_at = 1, backup_code_enabled_at = 1, mfa_enabled_at = 1 WHERE id = '{user}'"
                ))
                .await;
        }
        if email == LOCKED {
            // As long as a lock lasts: what ends later counts as set by a clock that was wrong.
            let until = server.now() + 3_600_000;
            server
                .execute(&format!(
                    "INSERT INTO lockout (instance_id, subject, failures, window_started_at, locked_until, expire_at) \
                     SELECT instance_id, id, 100, 0, {until}, {until} FROM \"user\" WHERE id = '{user}'"
                ))
                .await;
        }
    }
    server
        .settings(json!({ "attack_protection": { "enumeration_protection": true } }))
        .await;
    server.advance(Duration::from_secs(1));
    server
}

/// What somebody who compares answers sees: status, names of headers, lengths, and the shape of the body.
pub(super) fn look(reply: &Reply) -> (u16, Vec<(String, usize)>, usize, Value) {
    let mut headers: Vec<_> = reply
        .headers
        .iter()
        .map(|(name, value)| (name.to_string(), value.len()))
        .collect();
    headers.sort();
    (reply.status, headers, reply.text.len(), shape(&reply.body))
}

/// The body with every text that may differ between any two requests replaced by its length.
fn shape(value: &Value) -> Value {
    match value {
        Value::Object(object) => object
            .iter()
            .map(|(name, value)| (name.clone(), shape(value)))
            .collect(),
        Value::Array(values) => values.iter().map(shape).collect(),
        Value::String(text) if text.contains('_') && text.chars().any(|character| character.is_ascii_digit()) => {
            json!(format!("an identifier of {}", text.len()))
        }
        Value::String(text) if text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit()) => {
            json!("a trace")
        }
        Value::String(text) if text.contains('@') => json!(format!("an address of {}", text.len())),
        other => other.clone(),
    }
}

/// A way to probe: what is asked for, step by step, once the sign-in has begun.
const PROBES: [&[&[(&str, &str)]]; 9] = [
    &[&[("strategy", "password"), ("password", "wrong wrong wrong")]],
    &[&[("strategy", "email_code"), ("code", "000000")]],
    &[
        &[("strategy", "email_code")],
        &[("strategy", "email_code"), ("code", "000000")],
    ],
    &[
        &[("strategy", "email_code")],
        &[("strategy", "password"), ("password", "wrong wrong wrong")],
    ],
    &[
        &[("strategy", "email_code")],
        &[("strategy", "email_code"), ("code", "000000")],
        &[("strategy", "email_code"), ("code", "000000")],
        &[("strategy", "email_code"), ("code", "000000")],
        &[("strategy", "email_code"), ("code", "000000")],
        &[("strategy", "password"), ("password", "wrong wrong wrong")],
    ],
    &[&[("strategy", "email_code")], &[("strategy", "email_code")]],
    &[&[("strategy", "password")]],
    &[&[("strategy", "totp"), ("code", "000000")]],
    &[&[("strategy", "backup_code"), ("code", "abcdefgh")]],
];

#[tokio::test]
async fn every_step_of_a_sign_in_looks_the_same_for_everybody() {
    for_each_face(async |face| {
        let server = prepared(&[], face).await;
        for probe in PROBES {
            let mut looks = Vec::new();
            for identifier in [UNKNOWN, KNOWN, LOCKED, PASSWORDLESS, ENROLLED] {
                let client = server.anonymous();
                let created = face.sign_in_create(&client, &[("identifier", identifier)]).await;
                let mut seen = vec![look(&created.reply)];
                let id = created.ok().id();
                for step in probe {
                    let is_attempt = step.len() == 2;
                    let outcome = match is_attempt {
                        true => face.sign_in_attempt(&client, &id, step).await,
                        false => face.sign_in_prepare(&client, &id, step).await,
                    };
                    seen.push(look(&outcome.reply));
                }
                seen.push(look(&client.get(&format!("/v1/client/sign_ins/{id}")).await));
                looks.push(seen);
            }
            for (identifier, seen) in [KNOWN, LOCKED, PASSWORDLESS, ENROLLED].iter().zip(&looks[1..]) {
                assert_eq!(seen, &looks[0], "{identifier} differs from an unknown one: {probe:?}");
            }
        }
        server.run_jobs().await;
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn a_sign_in_of_one_request_looks_the_same_for_everybody() {
    for_each_face(async |face| {
        let server = prepared(&[], face).await;
        for proof in [
            &[("strategy", "password"), ("password", "wrong wrong wrong")][..],
            &[("password", "wrong wrong wrong")],
            &[("strategy", "email_code")],
            &[],
        ] {
            let mut looks = Vec::new();
            for identifier in [UNKNOWN, KNOWN, LOCKED, PASSWORDLESS, ENROLLED] {
                let fields = [&[("identifier", identifier)], proof].concat();
                let outcome = face.sign_in_create(&server.anonymous(), &fields).await;
                looks.push((identifier, look(&outcome.reply)));
            }
            for (identifier, seen) in &looks[1..] {
                assert_eq!(seen, &looks[0].1, "{identifier} differs from an unknown one: {proof:?}");
            }
        }
        server.run_jobs().await;
        server.finish().await;
    })
    .await;
}

/// What an answer cost: its statements, in which values are places.
pub(super) async fn cost(node: &CountingNode, request: impl Future<Output = Outcome>) -> (Vec<String>, Outcome) {
    node.take();
    let outcome = request.await;
    (node.take(), outcome)
}

#[tokio::test]
async fn every_step_takes_the_same_statements_for_everybody() {
    for_each_face(async |face| {
        let server = prepared(&[], face).await;
        let node = CountingNode::start(&server).await;
        for probe in PROBES {
            let mut costs = Vec::new();
            for identifier in ["unknown0@example.com", UNKNOWN, KNOWN, LOCKED, PASSWORDLESS, ENROLLED] {
                let client = node.reached_by(&server.anonymous());
                let named = [("identifier", identifier)];
                let (statements, created) = cost(&node, face.sign_in_create(&client, &named)).await;
                let mut spent = vec![statements];
                let id = created.ok().id();
                for step in probe {
                    let (statements, _) = match step.len() {
                        2 => cost(&node, face.sign_in_attempt(&client, &id, step)).await,
                        _ => cost(&node, face.sign_in_prepare(&client, &id, step)).await,
                    };
                    spent.push(statements);
                }
                let in_one_request = [&named[..], probe[0]].concat();
                let client = node.reached_by(&server.anonymous());
                spent.push(cost(&node, face.sign_in_create(&client, &in_one_request)).await.0);
                costs.push(spent);
            }
            // The first one found instances and keys unknown to the node.
            for (identifier, spent) in [KNOWN, LOCKED, PASSWORDLESS, ENROLLED].iter().zip(&costs[2..]) {
                assert_eq!(
                    spent, &costs[1],
                    "{identifier} costs other statements than an unknown one: {probe:?}"
                );
            }
        }
        node.finish().await;
        server.run_jobs().await;
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn signing_up_takes_the_same_statements_for_a_taken_address_until_it_is_proven() {
    for_each_face(async |face| {
        let server = prepared(&[], face).await;
        let node = CountingNode::start(&server).await;
        let mut costs = Vec::new();
        for email in ["unknown0@example.com", UNKNOWN, KNOWN, LOCKED, PASSWORDLESS, ENROLLED] {
            let client = node.reached_by(&server.anonymous());
            let fields = [("email_address", email), ("strategy", "email_code")];
            let (created, outcome) = cost(&node, face.sign_up_create(&client, &fields)).await;
            let id = outcome.ok().id();
            let (attempted, _) = cost(&node, face.sign_up_attempt(&client, &id, "000000")).await;
            costs.push((email, created, attempted));
        }
        for (email, created, attempted) in &costs[2..] {
            assert_eq!((created, attempted), (&costs[1].1, &costs[1].2), "{email}");
        }
        node.finish().await;
        server.run_jobs().await;
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn a_lock_is_neither_prolonged_nor_opened_by_what_is_concealed() {
    for_each_face(async |face| {
        let server = prepared(&[], face).await;
        let lock = "SELECT MAX(locked_until) FROM lockout";
        let failures = "SELECT failures FROM lockout WHERE locked_until IS NOT NULL";
        let before = (server.count(lock).await, server.count(failures).await);
        for _ in 0..3 {
            let fields = [("identifier", LOCKED), ("strategy", "password"), ("password", "wrong")];
            assert_eq!(
                face.sign_in_create(&server.anonymous(), &fields).await.code(),
                "form_password_incorrect"
            );
        }
        let client = server.anonymous();
        let fields = [("identifier", LOCKED), ("strategy", "email_code")];
        let id = face.sign_in_create(&client, &fields).await.ok().id();
        let code = server.last_code(LOCKED).await;
        let proof = [("strategy", "email_code"), ("code", &*code)];
        assert_eq!(
            face.sign_in_attempt(&client, &id, &proof).await.code(),
            "form_code_incorrect",
            "not even the right code"
        );
        let after = (server.count(lock).await, server.count(failures).await);
        assert_eq!(before, after);
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn every_branch_waits_for_a_password_check() {
    for_each_face(async |face| {
        let server = prepared(&BUSY, face).await;
        let mut begun = Vec::new();
        for identifier in [UNKNOWN, KNOWN, LOCKED, PASSWORDLESS, ENROLLED] {
            let client = server.anonymous();
            let id = face
                .sign_in_create(&client, &[("identifier", identifier)])
                .await
                .ok()
                .id();
            begun.push((identifier, client, id));
        }
        // With the hasher full, whoever needs it is turned away, and whoever would answer without it is found out.
        let occupied = occupy(&server).await;
        let proof = [("strategy", "password"), ("password", "wrong wrong wrong")];
        for (identifier, client, id) in &begun {
            assert_eq!(
                face.sign_in_attempt(client, id, &proof).await.code(),
                "too_many_requests",
                "{identifier}"
            );
            let fields = [&[("identifier", *identifier)], &proof[..]].concat();
            assert_eq!(
                face.sign_in_create(&server.anonymous(), &fields).await.code(),
                "too_many_requests",
                "{identifier} in one request"
            );
        }
        drop(occupied);
        server.finish().await;
    })
    .await;
}

/// An account of the known address with a username.
async fn sign_up_as(face: Face, server: &TestServer, username: &str) {
    let owner = server.anonymous();
    let fields = [
        ("email_address", KNOWN),
        ("username", username),
        ("password", PASSWORD),
        ("strategy", "email_code"),
    ];
    let id = face.sign_up_create(&owner, &fields).await.ok().id();
    let code = server.last_code(KNOWN).await;
    face.sign_up_attempt(&owner, &id, &code).await.ok();
}

#[tokio::test]
async fn signing_up_looks_the_same_for_a_taken_username_until_an_address_is_proven() {
    for_each_face(async |face| {
        let server = TestServer::start().await;
        server
            .settings(json!({
                "attribute": { "username": { "enabled": true, "required": true } },
                "attack_protection": { "enumeration_protection": true },
            }))
            .await;
        sign_up_as(face, &server, "taken_name").await;
        let mut looks = Vec::new();
        let mut begun = Vec::new();
        for (username, email) in [
            ("freed_name", "stranger1@example.com"),
            ("taken_name", "stranger2@example.com"),
        ] {
            let client = server.anonymous();
            let created = face.sign_up_create(&client, &[("username", username)]).await;
            let mut seen = vec![look(&created.reply)];
            let id = created.ok().id();
            let again = face.sign_up_update(&client, &id, &[("username", username)]).await;
            seen.push(look(&again.reply));
            let more = [("email_address", email), ("password", PASSWORD)];
            seen.push(look(&face.sign_up_update(&client, &id, &more).await.reply));
            seen.push(look(&face.sign_up_prepare(&client, &id).await.reply));
            seen.push(look(&face.sign_up_attempt(&client, &id, "000000").await.reply));
            let named = face
                .sign_in_create(&server.anonymous(), &[("identifier", username)])
                .await;
            seen.push(look(&named.reply));
            looks.push(seen);
            begun.push((client, id, email));
        }
        // An answer repeats what was typed, whosever it is.
        let free = format!("{:?}", looks[0]).replace("freed_name", "taken_name");
        assert_eq!(free, format!("{:?}", looks[1]), "a taken name differs from a free one");
        // Whoever has proven to be somebody is told, and chooses another.
        let (client, id, email) = &begun[1];
        let code = server.last_code(email).await;
        let told = face.sign_up_attempt(client, id, &code).await;
        assert_eq!(
            (told.code(), told.fields.as_slice()),
            ("form_identifier_exists", &["username".to_owned()][..])
        );
        let told = face.sign_up_update(client, id, &[("username", "TAKEN_name")]).await;
        assert_eq!(told.code(), "form_identifier_exists");
        let done = face
            .sign_up_update(client, id, &[("username", "other_name")])
            .await
            .ok();
        assert_eq!(done.status(), "complete");
        server.run_jobs().await;
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn signing_up_looks_the_same_for_a_taken_address_until_it_is_proven() {
    for_each_face(async |face| {
        let server = prepared(&[], face).await;
        let mut looks = Vec::new();
        for email in [UNKNOWN, KNOWN, LOCKED, PASSWORDLESS, ENROLLED] {
            let client = server.anonymous();
            let created = face
                .sign_up_create(&client, &[("email_address", email), ("strategy", "email_code")])
                .await;
            let mut seen = vec![look(&created.reply)];
            let id = created.ok().id();
            seen.push(look(&face.sign_up_attempt(&client, &id, "000000").await.reply));
            looks.push((email, seen));
        }
        for (email, seen) in &looks[1..] {
            assert_eq!(seen, &looks[0].1, "{email} differs from an unknown one");
        }
        server.run_jobs().await;
        server.finish().await;
    })
    .await;
}
