//! NIST SP 800-63B-4 section 3.1.1.2: a password is the same one however a keyboard spells its characters, and whoever set
//! one before that was so is not locked out.

use crate::support::{Face, TestClient, TestServer, for_each_face};
use zeroize::Zeroizing;

/// One password as two keyboards send it, and in letters of full width.
const COMPOSED: &str = "Gr\u{fc}\u{df}e aus dem Caf\u{e9}haus";
const DECOMPOSED: &str = "Gru\u{308}\u{df}e aus dem Cafe\u{301}haus";
const WIDE: &str = "\u{ff27}r\u{fc}\u{df}e aus dem Caf\u{e9}haus";
const OTHER: &str = "Gruße aus dem Cafehaus";

async fn signed_up(face: Face, server: &TestServer, email: &str, password: &str) {
    let client = server.anonymous();
    let fields = [
        ("email_address", email),
        ("password", password),
        ("strategy", "email_code"),
    ];
    let id = face.sign_up_create(&client, &fields).await.ok().id();
    let code = server.last_code(email).await;
    let done = face.sign_up_attempt(&client, &id, &code).await.ok();
    assert_eq!(done.status(), "complete");
}

/// The codes of signing in; none when it went well.
async fn sign_in(face: Face, client: &TestClient, email: &str, password: &str) -> Vec<String> {
    let fields = [("identifier", email), ("strategy", "password"), ("password", password)];
    face.sign_in_create(client, &fields).await.codes
}

#[tokio::test]
async fn a_password_is_the_same_however_its_letters_are_spelt() {
    for_each_face(async |face| {
        let server = TestServer::start().await;
        for (email, set) in [("ada@example.com", COMPOSED), ("eve@example.com", DECOMPOSED)] {
            signed_up(face, &server, email, set).await;
            for typed in [COMPOSED, DECOMPOSED, WIDE] {
                let codes = sign_in(face, &server.anonymous(), email, typed).await;
                assert_eq!(codes, [""; 0], "{set} {typed}");
            }
            let codes = sign_in(face, &server.anonymous(), email, OTHER).await;
            assert_eq!(codes, ["form_password_incorrect"]);
        }
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn a_digest_of_the_spelling_that_was_typed_matches_and_is_replaced_by_that_of_the_normal_form() {
    for_each_face(async |face| {
        let server = TestServer::start().await;
        let email = "ada@example.com";
        signed_up(face, &server, email, COMPOSED).await;
        let old = server
            .app
            .hasher()
            .hash(Zeroizing::new(DECOMPOSED.to_owned()))
            .await
            .unwrap();
        server
            .execute(&format!(
                "UPDATE \"user\" SET password_digest = '{old}' WHERE password_digest IS NOT NULL"
            ))
            .await;
        let is_old = format!("SELECT COUNT(*) FROM \"user\" WHERE password_digest = '{old}'");
        for wrong in [COMPOSED, WIDE, OTHER] {
            let codes = sign_in(face, &server.anonymous(), email, wrong).await;
            assert_eq!(codes, ["form_password_incorrect"], "{wrong}");
        }
        assert_eq!(server.count(&is_old).await, 1);
        assert_eq!(sign_in(face, &server.anonymous(), email, DECOMPOSED).await, [""; 0]);
        assert_eq!(server.count(&is_old).await, 0, "the digest is of the normal form now");
        for typed in [COMPOSED, DECOMPOSED, WIDE] {
            assert_eq!(
                sign_in(face, &server.anonymous(), email, typed).await,
                [""; 0],
                "{typed}"
            );
        }
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn what_looks_like_an_identifier_or_a_common_password_is_one_in_any_spelling() {
    for_each_face(async |face| {
        let server = TestServer::start().await;
        for password in [
            "\u{ff50}\u{ff41}\u{ff53}\u{ff53}\u{ff57}\u{ff4f}\u{ff52}\u{ff44}1",
            "ada@\u{ff45}xample.com",
        ] {
            let fields = [("email_address", "ada@example.com"), ("password", password)];
            let refused = face.sign_up_create(&server.anonymous(), &fields).await;
            assert!(!refused.codes.is_empty(), "{password}");
            assert!(
                refused.fields.iter().all(|field| field == "password"),
                "{:?}",
                refused.fields
            );
        }
        server.finish().await;
    })
    .await;
}
