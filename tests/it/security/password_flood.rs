//! ASVS V6.2.9 and V2.4: passwords that are too large or too many cost next to nothing, and are answered clearly.

use crate::support::{Face, TestServer, for_each_face};
use futures_util::future::{BoxFuture, FutureExt as _, poll_immediate};
use serde_json::{Value, json};
use zeroize::Zeroizing;

/// One thread that takes seconds for a password, and one place to wait.
pub(super) const BUSY: [(&str, &str); 4] = [
    ("VESTIBULE_HASHER_THREADS", "1"),
    ("VESTIBULE_HASHER_QUEUE", "1"),
    ("VESTIBULE_HASHER_MEMORY_KIB", "65536"),
    ("VESTIBULE_HASHER_ITERATIONS", "400"),
];

/// Passwords that are being hashed and that wait, until this is dropped.
pub(super) struct Occupied(#[expect(dead_code, reason = "dropping them is what ends it")] Vec<BoxFuture<'static, ()>>);

/// Gives the hasher of a server that was started [`BUSY`] all that it takes.
pub(super) async fn occupy(server: &TestServer) -> Occupied {
    let mut held = Vec::new();
    while held.len() < 2 {
        let app = server.app.clone();
        let mut job = async move { drop(app.hasher().hash(Zeroizing::new("occupied".to_owned())).await) }.boxed();
        match poll_immediate(&mut job).await {
            None => held.push(job),
            // The thread has not taken the first one yet.
            Some(()) => tokio::task::yield_now().await,
        }
    }
    Occupied(held)
}

#[tokio::test]
async fn a_megabyte_of_password_is_refused_without_being_hashed() {
    let server = TestServer::start_with(&BUSY).await;
    let occupied = occupy(&server).await;
    let huge = "a".repeat(1_000_000);
    let fields = [("email_address", "ada@example.com"), ("password", &*huge)];
    let refused = Face::Rest.sign_up_create(&server.anonymous(), &fields).await;
    assert_eq!(
        (refused.reply.status, refused.fields.as_slice()),
        (422, &["password".to_owned()][..])
    );
    assert!(
        refused.codes.iter().all(|code| code.starts_with("form_password_")),
        "{:?}",
        refused.codes
    );
    assert!(refused.reply.text.len() < 2_000, "and it is not repeated");
    let refused = Face::Graphql.sign_up_create(&server.anonymous(), &fields).await;
    assert_eq!((refused.reply.status, refused.code()), (413, "request_body_too_large"));
    for face in [Face::Rest, Face::Graphql] {
        let (client, large) = (server.anonymous(), "a".repeat(100_000));
        let refused = face
            .sign_up_create(&client, &[("email_address", "ada@example.com"), ("password", &large)])
            .await;
        assert!(
            refused.codes.iter().all(|code| code.starts_with("form_password_")),
            "{:?}",
            refused.codes
        );
        assert!(!refused.codes.is_empty());
    }
    let body = json!({ "email_address": "ada@example.com", "password": "a".repeat(2_000_000) });
    let refused = server.anonymous().json("POST", "/v1/client/sign_ups", &body).await;
    assert_eq!(
        (refused.status, refused.codes()),
        (413, vec!["request_body_too_large".to_owned()])
    );
    assert_eq!(server.count("SELECT COUNT(*) FROM sign_up").await, 0);
    drop(occupied);
    server.finish().await;
}

#[tokio::test]
async fn a_megabyte_of_password_is_a_wrong_password_at_sign_in() {
    let server = TestServer::start().await;
    Face::Rest
        .sign_up(&server, &server.anonymous(), "ada@example.com")
        .await;
    for (face, length) in [(Face::Rest, 1_000_000), (Face::Rest, 4_097), (Face::Graphql, 100_000)] {
        let huge = "a".repeat(length);
        let fields = [
            ("identifier", "ada@example.com"),
            ("strategy", "password"),
            ("password", &*huge),
        ];
        let refused = face.sign_in_create(&server.anonymous(), &fields).await;
        assert_eq!(refused.code(), "form_password_incorrect");
    }
    server.finish().await;
}

#[tokio::test]
async fn when_too_many_wait_the_next_one_is_told_when_to_come_back() {
    let server = TestServer::start_with(&BUSY).await;
    let occupied = occupy(&server).await;
    let new = [
        ("email_address", "ada@example.com"),
        ("password", "correct horse battery staple"),
    ];
    for face in [Face::Rest, Face::Graphql] {
        let refused = face.sign_up_create(&server.anonymous(), &new).await;
        assert_eq!(refused.code(), "too_many_requests");
        match face {
            Face::Rest => {
                assert_eq!(refused.reply.status, 429);
                let seconds: u64 = refused.reply.header("retry-after").unwrap().parse().unwrap();
                assert!((1..=3_600).contains(&seconds));
            }
            Face::Graphql => {
                let seconds = &refused.reply.body["errors"][0]["extensions"]["retryAfterSeconds"];
                assert!(
                    seconds.as_u64().is_some_and(|seconds| seconds >= 1),
                    "{}",
                    refused.reply.text
                );
            }
        }
    }
    assert_eq!(
        server.anonymous().get("/v1/environment").await.status,
        200,
        "everything else goes on"
    );
    assert_eq!(server.count("SELECT COUNT(*) FROM sign_up").await, 0);
    drop(occupied);
    server.finish().await;
}

#[tokio::test]
async fn a_flood_of_sign_ins_is_cut_to_what_can_be_hashed_and_then_all_is_well() {
    for_each_face(async |face| {
        let server = TestServer::start_with(&[
            ("VESTIBULE_HASHER_THREADS", "1"),
            ("VESTIBULE_HASHER_QUEUE", "1"),
            ("VESTIBULE_HASHER_MEMORY_KIB", "32768"),
            ("VESTIBULE_HASHER_ITERATIONS", "4"),
        ])
        .await;
        face.sign_up(&server, &server.anonymous(), "ada@example.com").await;
        let attempts: Vec<_> = (0..30)
            .map(|_| {
                let client = server.anonymous();
                tokio::spawn(async move {
                    let fields = [
                        ("identifier", "ada@example.com"),
                        ("strategy", "password"),
                        ("password", "wrong"),
                    ];
                    face.sign_in_create(&client, &fields).await
                })
            })
            .collect();
        let (mut wrong, mut turned_away) = (0, 0);
        for attempt in attempts {
            let refused = attempt.await.unwrap();
            match refused.code() {
                "form_password_incorrect" => wrong += 1,
                "too_many_requests" => {
                    turned_away += 1;
                    let waits = refused.reply.header("retry-after").is_some()
                        || refused.reply.body["errors"][0]["extensions"]["retryAfterSeconds"] != Value::Null;
                    assert!(waits, "{}", refused.reply.text);
                }
                other => panic!("{other}"),
            }
        }
        assert!(wrong >= 1 && turned_away >= 1, "{wrong} {turned_away}");
        let counted = server
            .count("SELECT failures FROM lockout WHERE subject NOT LIKE '%@%'")
            .await;
        assert_eq!(counted, wrong, "who was turned away has not guessed");
        face.sign_in(&server.anonymous(), "ada@example.com").await;
        server.finish().await;
    })
    .await;
}
