//! CVE-2026-7507 (Keycloak: a planted session became somebody's) and ASVS V7.2.4: whoever signs in gets a new token of
//! every kind, and the one that was there before opens nothing.

use super::raw;
use crate::{
    support::{
        Authenticator, Face, TestClient, TestServer,
        face::PASSWORD,
        for_each_face,
        streaming::{TestEvents, TestSocket},
    },
    totp,
};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

const BY_PASSWORD: [(&str, &str); 3] = [
    ("identifier", "ada@example.com"),
    ("strategy", "password"),
    ("password", PASSWORD),
];

/// Finds that a token names nobody any more.
async fn is_dead(server: &TestServer, cookie: &str) {
    let attacker = server.anonymous();
    attacker.set_cookie("__client", cookie);
    let read = attacker.get("/v1/client").await;
    assert_eq!(read.body["response"], Value::Null, "{}", read.text);
    assert_eq!(attacker.get("/v1/me").await.status, 401);
    let read = attacker.graphql("{ viewer { id } client { id } }", json!({})).await;
    assert!(
        read.body["data"]["viewer"].is_null() && read.body["data"]["client"].is_null(),
        "{}",
        read.text
    );
}

/// A client of an attacker's, begun in the way named, whose cookie they plant.
async fn planted(server: &TestServer, face: Face, way: &str) -> String {
    let attacker = server.anonymous();
    match way {
        "replaced" => drop(attacker.form("PUT", "/v1/client", &[]).await),
        "signing in" => drop(
            face.sign_in_create(&attacker, &[("identifier", "ada@example.com")])
                .await
                .ok(),
        ),
        _ => drop(
            face.sign_up_create(&attacker, &[("email_address", "eve@example.com")])
                .await
                .ok(),
        ),
    }
    attacker.cookie("__client").unwrap()
}

#[tokio::test]
async fn a_planted_client_is_given_up_by_whoever_signs_in() {
    for_each_face(async |face| {
        let server = TestServer::start().await;
        face.sign_up(&server, &server.anonymous(), "ada@example.com").await;
        for way in ["replaced", "signing in", "signing up"] {
            let cookie = planted(&server, face, way).await;
            let victim = server.anonymous();
            victim.set_cookie("__client", &cookie);
            face.sign_in_create(&victim, &BY_PASSWORD).await.ok();
            let own = victim.cookie("__client").unwrap();
            assert_ne!(own, cookie, "{way}");
            assert_eq!(victim.get("/v1/me").await.status, 200);
            is_dead(&server, &cookie).await;
        }
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn a_planted_sign_in_is_of_no_use_after_the_code() {
    for_each_face(async |face| {
        let server = TestServer::start().await;
        face.sign_up(&server, &server.anonymous(), "ada@example.com").await;
        let attacker = server.anonymous();
        let fields = [("identifier", "ada@example.com"), ("strategy", "email_code")];
        server.advance(std::time::Duration::from_secs(1));
        let id = face.sign_in_create(&attacker, &fields).await.ok().id();
        let code = server.last_code("ada@example.com").await;
        let victim = attacker.forked();
        let proof = [("strategy", "email_code"), ("code", &*code)];
        face.sign_in_attempt(&victim, &id, &proof).await.ok();
        let old = attacker.cookie("__client").unwrap();
        assert_ne!(victim.cookie("__client").unwrap(), old);
        is_dead(&server, &old).await;
        assert!(!face.sign_in_attempt(&attacker, &id, &proof).await.codes.is_empty());
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn the_token_changes_at_sign_up_and_at_each_sign_in_of_one_browser() {
    for_each_face(async |face| {
        let server = TestServer::start().await;
        let client = server.anonymous();
        let mut seen = vec![planted(&server, face, "signing up").await];
        client.set_cookie("__client", &seen[0]);
        let (_, mut session) = face.sign_up(&server, &client, "ada@example.com").await;
        for _ in 0..3 {
            let token = client.cookie("__client").unwrap();
            assert!(!seen.contains(&token));
            for old in &seen {
                is_dead(&server, old).await;
            }
            seen.push(token);
            face.session(&client, "end", &session).await.ok();
            session = face.sign_in(&client, "ada@example.com").await;
        }
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn a_made_up_token_is_never_adopted() {
    for_each_face(async |face| {
        let server = TestServer::start().await;
        face.sign_up(&server, &server.anonymous(), "ada@example.com").await;
        let real = planted(&server, face, "signing in").await;
        for made_up in [
            "chosen",
            "a.b.c",
            &format!("{real}x"),
            &real[1..],
            "client_2abcdefghijklmnopqrstuvwxyz0",
        ] {
            let victim = server.anonymous();
            victim.set_cookie("__client", made_up);
            face.sign_in_create(&victim, &BY_PASSWORD).await.ok();
            assert_ne!(victim.cookie("__client").as_deref(), Some(made_up));
            is_dead(&server, made_up).await;
        }
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn a_planted_development_browser_is_given_up_too() {
    for_each_face(async |face| {
        let server = TestServer::start().await;
        face.sign_up(&server, &server.anonymous(), "ada@example.com").await;
        let created = server.anonymous().post("/v1/dev_browser", &[]).await;
        let old = created.body["token"].as_str().unwrap();
        let by = |token: &str| server.anonymous().with_query("__clerk_db_jwt", token);
        let done = face.sign_in_create(&by(old), &BY_PASSWORD).await.ok();
        let new = done.reply.header("clerk-db-jwt").unwrap();
        assert_ne!(new, old);
        assert!(
            done.reply.set_cookies("__client").is_empty(),
            "one way to carry a token is enough"
        );
        assert_eq!(by(old).get("/v1/client").await.codes(), ["dev_browser_unauthenticated"]);
        assert_eq!(by(new).get("/v1/me").await.status, 200);
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn a_planted_token_of_a_device_is_given_up_too() {
    for_each_face(async |face| {
        let server = TestServer::start().await;
        face.sign_up(&server, &server.anonymous(), "ada@example.com").await;
        let native = |token: &str| -> TestClient {
            server
                .anonymous()
                .with_header("vestibule-native", "1")
                .with_header("authorization", token)
        };
        let begun = face
            .sign_in_create(&native(""), &[("identifier", "ada@example.com")])
            .await
            .ok();
        let old = begun.reply.header("authorization").unwrap();
        let proof = [("strategy", "password"), ("password", PASSWORD)];
        let done = face.sign_in_attempt(&native(old), &begun.id(), &proof).await.ok();
        let new = done.reply.header("authorization").unwrap();
        assert_ne!(new, old);
        assert!(done.reply.set_cookies("__client").is_empty());
        assert_eq!(native(old).get("/v1/client").await.body["response"], Value::Null);
        assert_eq!(native(new).get("/v1/me").await.status, 200);
        server.finish().await;
    })
    .await;
}

/// A socket and a stream of events that follow the client as its planter, and what they are told at first.
async fn followed(attacker: &TestClient) -> (TestSocket, TestEvents) {
    const CLIENT: &str = "subscription { clientUpdated { client { id signIn { id identifier } signUp { id emailAddress } \
                          sessions { id user { id } lastActiveToken { jwt } } } } }";
    let mut socket = TestSocket::connect(attacker, json!({})).await;
    socket.subscribe("1", CLIENT, json!({})).await;
    assert_eq!(socket.next().await["type"], "next");
    let mut events = TestEvents::open(attacker, CLIENT, &json!({})).await;
    assert_eq!(events.next().await.unwrap().0, "next");
    (socket, events)
}

/// All that is still told before a connection is closed.
async fn told_until_closed(mut socket: TestSocket, mut events: TestEvents) -> String {
    let mut told = json!(events.rest().await).to_string();
    while let Ok(message) = socket.said().await {
        told.push_str(&message.to_string());
    }
    told
}

#[tokio::test]
async fn a_connection_opened_with_a_planted_token_shows_nothing_of_what_its_victim_does() {
    let server = TestServer::start().await;
    Face::Rest
        .sign_up(&server, &server.anonymous(), "ada@example.com")
        .await;
    for way in ["begins to sign in", "begins to sign up", "signs in at once"] {
        let attacker = server.anonymous();
        attacker.set_cookie("__client", &planted(&server, Face::Rest, "replaced").await);
        let victim = attacker.forked();
        let (socket, events) = followed(&attacker).await;
        match way {
            "begins to sign in" => drop(Face::Rest.sign_in_create(&victim, &BY_PASSWORD[..1]).await.ok()),
            "begins to sign up" => {
                let fields = [("email_address", "grace@example.com")];
                drop(Face::Rest.sign_up_create(&victim, &fields).await.ok());
            }
            _ => drop(Face::Rest.sign_in_create(&victim, &BY_PASSWORD).await.ok()),
        }
        let told = told_until_closed(socket, events).await;
        for secret in ["ada", "grace", "sess_", "user_", "jwt\":\""] {
            assert!(!told.contains(secret), "{way}: {told}");
        }
        // By the old token another one can be opened while that is good for something, and shows nothing either.
        if way != "signs in at once" {
            let mut again = TestSocket::connect(&attacker, json!({})).await;
            let query = "{ client { id signIn { id } signUp { id } } viewer { id } }";
            again.subscribe("1", query, json!({})).await;
            let shown = again.next().await["payload"]["data"].clone();
            assert!(shown["client"]["id"].is_string(), "{way}: {shown}");
            for nothing in [&shown["client"]["signIn"], &shown["client"]["signUp"], &shown["viewer"]] {
                assert_eq!(*nothing, Value::Null, "{way}: {shown}");
            }
        }
    }
    server.finish().await;
}

/// Sends the head of a request by the token, lets `meanwhile` pass once the server asks for the body, and returns the answer.
async fn sent_slowly(
    server: &TestServer,
    (method, target): (&str, &str),
    token: &str,
    body: &str,
    meanwhile: impl AsyncFnOnce(),
) -> String {
    let (cookie, length) = (format!("__client={token}"), body.len().to_string());
    let headers = [
        ("Cookie", &*cookie),
        ("Origin", &server.origin),
        ("Host", server.origin.trim_start_matches("http://")),
        ("Content-Type", "application/json"),
        ("Content-Length", &length),
        ("Expect", "100-continue"),
    ];
    let mut stream = raw::open(server, (method, target), &headers, "").await;
    let mut asked = [0; 25];
    stream.read_exact(&mut asked).await.unwrap();
    assert_eq!(asked, *b"HTTP/1.1 100 Continue\r\n\r\n");
    meanwhile().await;
    stream.write_all(body.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

/// A server that takes apps and codes, with an account, and a client of the attacker's whose cookie its owner has.
async fn ended_late(line: (&str, &str), body: &str, has_app: bool) -> (TestServer, TestClient, String) {
    let (server, owner) = totp::signed_up(Face::Rest).await;
    server
        .settings(json!({ "attribute": { "backup_code": { "enabled": true } } }))
        .await;
    let authenticator = match has_app {
        true => Some(Authenticator::set_up(Face::Rest, &server, &owner).await),
        false => None,
    };
    let token = planted(&server, Face::Rest, "signing in").await;
    let victim = server.anonymous();
    victim.set_cookie("__client", &token);
    server.advance(std::time::Duration::from_secs(60));
    let answer = sent_slowly(&server, line, &token, body, async || {
        let begun = Face::Rest.sign_in_create(&victim, &BY_PASSWORD).await.ok();
        if let Some(authenticator) = authenticator {
            let code = authenticator.code(&server, 0);
            Face::Rest
                .sign_in_attempt_second(&victim, &begun.id(), "totp", &code)
                .await
                .ok();
        }
    })
    .await;
    (server, victim, answer)
}

#[tokio::test]
async fn a_request_begun_with_a_planted_token_and_ended_after_the_sign_in_does_nothing() {
    let in_graphql = |text: &str| json!({ "query": text }).to_string();
    let enrolment = in_graphql("mutation { totpCreate(input: {}) { totp { secret } } }");
    let removal = in_graphql("mutation { totpDelete(input: {}) { deletedTotpId } }");
    let codes = in_graphql("mutation { backupCodesCreate(input: {}) { backupCodes { codes } } }");
    let reading = in_graphql("{ viewer { id } client { sessions { id lastActiveToken { jwt } } } }");
    // What the owner of the session gets for the same, and whether an app is there first.
    for (line, body, has_app, own) in [
        (("POST", "/v1/me/totp"), "{}", false, "otpauth"),
        (("POST", "/v1/me/backup_codes"), "{}", true, "bcode_"),
        (("DELETE", "/v1/me/totp"), "{}", true, "totp_"),
        (("DELETE", "/v1/client/sessions"), "{}", false, "\"sessions\":[]"),
        (("POST", "/graphql"), &*enrolment, false, "secret\":\""),
        (("POST", "/graphql"), &*removal, true, "totp_"),
        (("POST", "/graphql"), &*codes, true, "\"codes\":["),
        (("POST", "/graphql"), &*reading, false, "jwt\":\""),
    ] {
        let (server, victim, answer) = ended_late(line, body, has_app).await;
        let me = victim.get("/v1/me").await;
        assert_eq!(
            (me.status, &me.body["response"]["totp_enabled"]),
            (200, &json!(has_app)),
            "{line:?}: {answer}"
        );
        for secret in [own, "sess_", "user_"] {
            assert!(!answer.contains(secret), "{line:?}: {answer}");
        }
        let token = victim.cookie("__client").unwrap();
        let of_owner = sent_slowly(&server, line, &token, body, async || {}).await;
        assert!(of_owner.contains(own), "{line:?} {body}: {of_owner}");
        server.finish().await;
    }
}
