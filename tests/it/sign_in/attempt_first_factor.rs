use crate::support::{Face, TestServer, face::PASSWORD, for_each_face};
use serde_json::json;
use std::time::Duration;

#[tokio::test]
async fn a_right_password_completes_a_sign_in() {
    for_each_face(async |face| {
        let server = TestServer::start().await;
        face.sign_up(&server, &server.anonymous(), "ada@example.com").await;
        let client = server.anonymous();
        let id = face
            .sign_in_create(&client, &[("identifier", "ada@example.com")])
            .await
            .ok()
            .id();
        let before = client.cookie("__client");
        let done = face
            .sign_in_attempt(&client, &id, &[("strategy", "password"), ("password", PASSWORD)])
            .await
            .ok();
        assert_eq!(done.status(), "complete");
        assert_eq!(done.sessions, [(done.text("created_session_id"), "active".to_owned())]);
        assert_ne!(client.cookie("__client"), before, "a new token against fixation");
        let again = face
            .sign_in_attempt(&client, &id, &[("strategy", "password"), ("password", PASSWORD)])
            .await;
        assert_eq!(again.code(), "client_state_invalid");
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn too_many_wrong_passwords_lock_the_account_everywhere_for_a_time() {
    for_each_face(async |face| {
        let server = TestServer::start().await;
        face.sign_up(&server, &server.anonymous(), "ada@example.com").await;
        server
            .settings(
                json!({ "attack_protection": { "user_lockout": { "max_attempts": 3, "duration_in_minutes": 5 } } }),
            )
            .await;
        let client = server.anonymous();
        let id = face
            .sign_in_create(&client, &[("identifier", "ada@example.com")])
            .await
            .ok()
            .id();
        for _ in 0..3 {
            let refused = face
                .sign_in_attempt(&client, &id, &[("strategy", "password"), ("password", "wrong")])
                .await;
            assert_eq!(refused.code(), "form_password_incorrect");
        }
        let right = [("strategy", "password"), ("password", PASSWORD)];
        let locked = face.sign_in_attempt(&client, &id, &right).await;
        assert_eq!(locked.code(), "user_locked");
        assert!(
            locked.reply.text.contains("\"lockout_expires_in_seconds\":300"),
            "{}",
            locked.reply.text
        );
        if face == Face::Rest {
            assert_eq!(locked.reply.header("retry-after"), Some("300"));
        }
        let elsewhere = server.anonymous();
        let other = face
            .sign_in_create(&elsewhere, &[("identifier", "ada@example.com")])
            .await
            .ok()
            .id();
        face.sign_in_prepare(&elsewhere, &other, &[("strategy", "email_code")])
            .await
            .ok();
        let code = server.last_code("ada@example.com").await;
        let by_code = [("strategy", "email_code"), ("code", &*code)];
        assert_eq!(
            face.sign_in_attempt(&elsewhere, &other, &by_code).await.code(),
            "user_locked",
            "on every path"
        );
        server.advance(Duration::from_secs(300));
        face.sign_in_attempt(&client, &id, &right).await.ok();
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn wrong_codes_are_counted_and_an_expired_one_is_told_apart() {
    for_each_face(async |face| {
        let server = TestServer::start().await;
        face.sign_up(&server, &server.anonymous(), "ada@example.com").await;
        let client = server.anonymous();
        let id = face
            .sign_in_create(&client, &[("identifier", "ada@example.com")])
            .await
            .ok()
            .id();
        let guess = |code: &str| {
            [
                ("strategy".to_owned(), "email_code".to_owned()),
                ("code".to_owned(), code.to_owned()),
            ]
        };
        let attempt = async |code: &str| {
            let fields = guess(code);
            let fields: Vec<_> = fields
                .iter()
                .map(|(name, value)| (name.as_str(), value.as_str()))
                .collect();
            face.sign_in_attempt(&client, &id, &fields).await
        };
        assert_eq!(attempt("000000").await.code(), "verification_missing");
        server.advance(Duration::from_secs(1));
        face.sign_in_prepare(&client, &id, &[("strategy", "email_code")])
            .await
            .ok();
        let code = server.last_code("ada@example.com").await;
        let wrong = if code == "000000" { "000001" } else { "000000" };
        for _ in 0..3 {
            assert_eq!(attempt(wrong).await.code(), "form_code_incorrect");
        }
        assert_eq!(attempt(&code).await.code(), "verification_failed");
        server.advance(Duration::from_secs(1));
        face.sign_in_prepare(&client, &id, &[("strategy", "email_code")])
            .await
            .ok();
        let code = server.last_code("ada@example.com").await;
        server.advance(Duration::from_secs(600));
        assert_eq!(attempt(&code).await.code(), "verification_expired");
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn a_strategy_that_the_account_does_not_have_is_refused() {
    for_each_face(async |face| {
        let server = TestServer::start().await;
        server
            .settings(json!({ "attribute": { "password": { "required": false } } }))
            .await;
        let client = server.anonymous();
        let fields = [("email_address", "ada@example.com"), ("strategy", "email_code")];
        let id = face.sign_up_create(&client, &fields).await.ok().id();
        let code = server.last_code("ada@example.com").await;
        face.sign_up_attempt(&client, &id, &code).await.ok();
        let fields = [
            ("identifier", "ada@example.com"),
            ("strategy", "password"),
            ("password", PASSWORD),
        ];
        let refused = face.sign_in_create(&server.anonymous(), &fields).await;
        assert_eq!(refused.code(), "strategy_for_user_invalid");
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn a_banned_person_does_not_get_in() {
    for_each_face(async |face| {
        let server = TestServer::start().await;
        let (user, _) = face.sign_up(&server, &server.anonymous(), "ada@example.com").await;
        server
            .execute(&format!("UPDATE \"user\" SET banned = TRUE WHERE id = '{user}'"))
            .await;
        let fields = [
            ("identifier", "ada@example.com"),
            ("strategy", "password"),
            ("password", PASSWORD),
        ];
        let refused = face.sign_in_create(&server.anonymous(), &fields).await;
        assert_eq!(refused.code(), "user_banned");
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn two_hundred_right_codes_in_parallel_begin_exactly_one_session() {
    let server = TestServer::start().await;
    let face = Face::Rest;
    let (user, _) = face.sign_up(&server, &server.anonymous(), "ada@example.com").await;
    let client = server.anonymous();
    let id = face
        .sign_in_create(&client, &[("identifier", "ada@example.com")])
        .await
        .ok()
        .id();
    server.advance(Duration::from_secs(1));
    face.sign_in_prepare(&client, &id, &[("strategy", "email_code")])
        .await
        .ok();
    let code = server.last_code("ada@example.com").await;
    let attempts: Vec<_> = (0..200)
        .map(|number| {
            let (client, id, code) = (client.forked(), id.clone(), code.clone());
            let face = if number % 2 == 0 { Face::Rest } else { Face::Graphql };
            tokio::spawn(async move {
                let fields = [("strategy", "email_code"), ("code", &*code)];
                face.sign_in_attempt(&client, &id, &fields).await.codes.is_empty()
            })
        })
        .collect();
    let mut successes = 0;
    for attempt in attempts {
        successes += usize::from(attempt.await.unwrap());
    }
    assert_eq!(successes, 1);
    assert_eq!(
        server
            .count(&format!("SELECT COUNT(*) FROM session WHERE user_id = '{user}'"))
            .await,
        2
    );
    server.finish().await;
}

#[tokio::test]
async fn two_hundred_wrong_passwords_in_parallel_count_exactly_up_to_the_lock() {
    let server = TestServer::start().await;
    let face = Face::Rest;
    let (user, _) = face.sign_up(&server, &server.anonymous(), "ada@example.com").await;
    server
        .settings(json!({ "attack_protection": { "user_lockout": { "max_attempts": 7 } } }))
        .await;
    let attempts: Vec<_> = (0..200)
        .map(|number| {
            let client = server.anonymous();
            let face = if number % 2 == 0 { Face::Rest } else { Face::Graphql };
            tokio::spawn(async move {
                let fields = [
                    ("identifier", "ada@example.com"),
                    ("strategy", "password"),
                    ("password", "wrong"),
                ];
                face.sign_in_create(&client, &fields).await.codes.join(",")
            })
        })
        .collect();
    let mut counted = std::collections::BTreeMap::new();
    for attempt in attempts {
        *counted.entry(attempt.await.unwrap()).or_insert(0) += 1;
    }
    assert_eq!(counted.get("form_password_incorrect"), Some(&7), "{counted:?}");
    assert_eq!(counted.get("user_locked"), Some(&193), "{counted:?}");
    assert_eq!(
        server
            .count(&format!("SELECT failures FROM lockout WHERE subject = '{user}'"))
            .await,
        7
    );
    server.finish().await;
}
