//! Rule 30: where accounts are concealed, what is counted is concealed too.

use super::super::enumeration::{cost, look};
use super::{
    ADA, WRONG, by_password, failures, guess, in_and_out, lockout_settings, network, retry_after, rows, scene, server,
    stranger,
};
use crate::support::{Face, TestServer, face::PASSWORD as RIGHT, for_each_face, statements::CountingNode};
use entity::id::UserId;
use futures_util::poll;
use sea_orm::{ConnectionTrait as _, DbBackend};
use serde_json::json;
use std::{pin::pin, time::Duration};
use vestibule::{
    service::instance,
    store::{
        stand_in,
        user::{lock_account_or_stand_in, update_totp},
    },
};

async fn conceal(server: &TestServer) {
    server
        .settings(json!({ "attack_protection": { "enumeration_protection": true } }))
        .await;
}

#[tokio::test]
async fn a_lock_and_a_network_that_is_out_are_silent_and_the_known_client_gets_in() {
    for_each_face(async |face| {
        let (server, known, user) = scene(face, json!({})).await;
        conceal(&server).await;
        lockout_settings(&server, json!({ "max_attempts": 6, "max_attempts_per_network": 4 })).await;
        for _ in 0..4 {
            assert_eq!(guess(face, &server, "192.0.2.1").await, "form_password_incorrect");
            server.advance(Duration::from_secs(61));
        }
        assert_eq!(guess(face, &server, "192.0.2.1").await, "too_many_requests");
        // A node that has not seen those guesses finds the network out in what is stored.
        let node = CountingNode::start(&server).await;
        for password in [WRONG, RIGHT] {
            let client = node.reached_by(&stranger(&server, "192.0.2.1"));
            let refused = by_password(face, &client, ADA, password).await;
            assert_eq!(refused.code(), "form_password_incorrect", "out, in silence");
        }
        node.finish().await;
        assert_eq!(failures(&server, &user).await, 4, "who is out is not counted");
        for _ in 0..2 {
            guess(face, &server, "192.0.2.2").await;
        }
        let right = by_password(face, &stranger(&server, "192.0.2.3"), ADA, RIGHT).await;
        assert_eq!(right.code(), "form_password_incorrect", "locked, in silence");
        assert_eq!(failures(&server, &user).await, 6, "no lock is prolonged");
        in_and_out(face, &known).await;
        assert_eq!(failures(&server, &user).await, 6, "nor opened");
        server.advance(Duration::from_secs(3_600));
        in_and_out(face, &stranger(&server, "192.0.2.3")).await;
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn guesses_at_nobody_at_somebody_and_at_a_locked_account_look_and_cost_the_same_until_after_the_network_is_out() {
    for_each_face(async |face| {
        let server = server().await;
        // All of one length, since an answer may repeat what was typed.
        let [known, locked, passwordless, first, nobody] = [
            "knownone@example.com",
            "lockedup@example.com",
            "passless@example.com",
            "unknown0@example.com",
            "unknown1@example.com",
        ];
        for email in [known, locked, passwordless] {
            let (user, _) = face.sign_up(&server, &server.anonymous(), email).await;
            if email == passwordless {
                let sql = format!("UPDATE \"user\" SET password_digest = NULL WHERE id = '{user}'");
                server.execute(&sql).await;
            }
        }
        lockout_settings(&server, json!({ "max_attempts": 20, "max_attempts_per_network": 20 })).await;
        for number in 0..20 {
            by_password(face, &stranger(&server, &network(number)), locked, WRONG).await;
        }
        conceal(&server).await;
        lockout_settings(&server, json!({ "max_attempts_per_network": 4 })).await;
        let node = CountingNode::start(&server).await;
        let mut all = Vec::new();
        for identifier in [first, nobody, known, locked, passwordless] {
            let mut seen = Vec::new();
            // Twenty guesses, every other one at a sign-in that was begun.
            for number in 0..10 {
                let client = node.reached_by(&stranger(&server, "192.0.2.1"));
                let (statements, outcome) = cost(&node, by_password(face, &client, identifier, WRONG)).await;
                let waits = (outcome.code() == "too_many_requests").then(|| retry_after(&outcome));
                seen.push((number, statements, waits, look(&outcome.reply)));
                let client = node.reached_by(&stranger(&server, "192.0.2.1"));
                let begun = face
                    .sign_in_create(&client, &[("identifier", identifier)])
                    .await
                    .ok()
                    .id();
                // The right one too, once the network is out.
                let password = if number < 5 { WRONG } else { RIGHT };
                let proof = [("strategy", "password"), ("password", password)];
                let (statements, outcome) = cost(&node, face.sign_in_attempt(&client, &begun, &proof)).await;
                let waits = (outcome.code() == "too_many_requests").then(|| retry_after(&outcome));
                seen.push((number, statements, waits, look(&outcome.reply)));
                server.advance(Duration::from_secs(if number % 2 == 0 { 10 } else { 61 }));
            }
            assert!(seen.iter().any(|(_, _, waits, _)| waits.is_some()), "they had to wait");
            all.push((identifier, seen));
        }
        // The first one found instances and keys unknown to the node.
        for (identifier, seen) in &all[2..] {
            for (one, other) in seen.iter().zip(&all[1].1) {
                assert_eq!(one, other, "{identifier} differs from nobody");
            }
        }
        node.finish().await;
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn an_attacker_with_many_networks_and_many_names_leaves_few_rows() {
    let face = crate::support::Face::Rest;
    let (server, _, user) = scene(face, json!({ "max_attempts": 20 })).await;
    for number in 0..60 {
        guess(face, &server, &format!("2001:db8:{number:x}::1")).await;
    }
    assert_eq!(
        rows(&server, &format!("{user}@%")).await,
        20,
        "who comes after the lock leaves none"
    );
    conceal(&server).await;
    for number in 100..160 {
        guess(face, &server, &format!("2001:db8:{number:x}::1")).await;
    }
    assert_eq!(
        rows(&server, &format!("{user}@%")).await,
        20,
        "nor does who is not told of the lock"
    );
    let client = stranger(&server, "192.0.2.1");
    for number in 0..60 {
        by_password(face, &client, &format!("nobody{number}@example.com"), WRONG).await;
    }
    assert_eq!(
        rows(&server, "%").await,
        21 + rows(&server, "nobody_%").await,
        "nobody has a fixed number of rows: nobody_0 to nobody_65535"
    );
    let highest = "SELECT MAX(CAST(SUBSTR(subject, 8) AS INTEGER)) FROM lockout WHERE subject LIKE 'nobody%'";
    assert!(server.count(highest).await <= 65_535);
    assert_eq!(
        server.count("SELECT COUNT(*) FROM budget WHERE spent > 0").await,
        2,
        "the code of the sign-up, by its address and by its mailbox"
    );
    server.finish().await;
}

#[tokio::test]
async fn one_statement_locks_somebody_and_reads_nobody() {
    let server = TestServer::start().await;
    let (user, _) = Face::Rest
        .sign_up(&server, &server.anonymous(), "ada@example.com")
        .await;
    let user: UserId = user.parse().unwrap();
    let instance = instance::all(&server.app).await.unwrap().instances[0].id;
    let begin = async || server.app.begin(&instance).await.unwrap();
    let mut first = begin().await;
    let nobody = lock_account_or_stand_in(&first, &stand_in::USER)
        .await
        .unwrap()
        .unwrap();
    assert_eq!((&nobody.user.id, nobody.identifications.len()), (&*stand_in::USER, 1));
    let unknown = server.app.entropy().id(server.now());
    assert!(lock_account_or_stand_in(&first, &unknown).await.unwrap().is_none());
    let before = lock_account_or_stand_in(&first, &user).await.unwrap().unwrap();
    assert_eq!((before.user.totp_enabled_at, before.identifications.len()), (None, 1));
    // SQLite has one writer, who has been waited for already.
    if server.app.pool().get_database_backend() == DbBackend::Postgres {
        let second = begin().await;
        let read = lock_account_or_stand_in(&second, &stand_in::USER).await.unwrap();
        assert!(read.is_some(), "nobody waits for nobody");
        let mut waiting = pin!(lock_account_or_stand_in(&second, &user));
        let waits =
            "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
        while server.count(waits).await == 0 {
            assert!(poll!(waiting.as_mut()).is_pending());
        }
        update_totp(&mut first, &user, true).await.unwrap();
        first.commit().await.unwrap();
        let after = waiting.await.unwrap().unwrap();
        assert!(
            after.user.totp_enabled_at.is_some(),
            "who waited sees what was done meanwhile"
        );
    } else {
        drop(first);
    }
    server.finish().await;
}
