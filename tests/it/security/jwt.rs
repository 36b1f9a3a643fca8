//! RFC 8725, libjwt GHSA-q843-6q5f-w55g and Zitadel GHSA-wxg7-w2v3-w38g: a session token is refused unless everything
//! about it is right, over both faces, also when its signature is.

use crate::support::{Face, TestClient, TestServer};
use aws_lc_rs::{
    hmac,
    rand::SystemRandom,
    rsa::{KeyPair, KeySize},
    signature::{RSA_PKCS1_SHA256, RSA_PKCS1_SHA512, RsaEncoding},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use std::time::Duration;
use vestibule::service::{instance, signing_key};

/// A sound token and what makes others like it.
struct Forge {
    header: Value,
    claims: Value,
    key: KeyPair,
    public_pem: String,
    sound: String,
}

impl Forge {
    async fn at(server: &TestServer, host: &str, sound: String) -> Self {
        let all = instance::all(&server.app).await.unwrap();
        let instance = all.instances.iter().find(|instance| instance.host == host).unwrap();
        let keys = signing_key::key_set(&server.app, &instance.id).await.unwrap();
        let part = |index: usize| {
            let bytes = URL_SAFE_NO_PAD.decode(sound.split('.').nth(index).unwrap()).unwrap();
            serde_json::from_slice(&bytes).unwrap()
        };
        Self {
            header: part(0),
            claims: part(1),
            key: KeyPair::from_pkcs8(&keys.signer.to_pkcs8_der().unwrap()).unwrap(),
            public_pem: keys.signer.public_pem().unwrap(),
            sound,
        }
    }

    /// A token of these two JSON texts, rightly signed.
    fn signed_by(&self, padding: &'static dyn RsaEncoding, header: &str, claims: &str) -> String {
        let input = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
        let mut signature = vec![0; self.key.public_modulus_len()];
        self.key
            .sign(padding, &SystemRandom::new(), input.as_bytes(), &mut signature)
            .unwrap();
        format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    fn signed(&self, header: &Value, claims: &Value) -> String {
        self.signed_by(&RSA_PKCS1_SHA256, &header.to_string(), &claims.to_string())
    }

    /// The sound token with one member of its header or its claims set, or removed by `null`.
    fn with(&self, part: &str, name: &str, value: Value) -> String {
        let (mut header, mut claims) = (self.header.clone(), self.claims.clone());
        let changed = if part == "header" { &mut header } else { &mut claims };
        match value {
            Value::Null => drop(changed.as_object_mut().unwrap().remove(name)),
            value => changed[name] = value,
        }
        self.signed(&header, &claims)
    }

    /// Signed by HMAC with the text of the public key, as a confused verifier would check it.
    fn confused(&self, secret: &[u8]) -> String {
        let mut header = self.header.clone();
        header["alg"] = json!("HS256");
        let input = format!(
            "{}.{}",
            URL_SAFE_NO_PAD.encode(header.to_string()),
            URL_SAFE_NO_PAD.encode(self.claims.to_string())
        );
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), input.as_bytes());
        format!("{input}.{}", URL_SAFE_NO_PAD.encode(tag))
    }
}

fn holder(client: TestClient, token: &str) -> TestClient {
    client.with_header("authorization", &format!("Bearer {token}"))
}

async fn is_accepted(client: TestClient, token: &str) {
    let client = holder(client, token);
    assert_eq!(client.get("/v1/me").await.status, 200);
    let viewer = client.graphql("{ viewer { id } }", json!({})).await;
    assert!(viewer.body["data"]["viewer"]["id"].is_string(), "{}", viewer.text);
}

async fn is_refused(client: TestClient, token: &str, why: &str) {
    let client = holder(client, token);
    for reply in [
        client.get("/v1/me").await,
        client.get("/v1/client").await,
        client.graphql("{ viewer { id } }", json!({})).await,
    ] {
        let code = reply.codes().join(",");
        let refused = matches!(&*code, "authentication_invalid" | "authorization_header_format_invalid");
        assert!(refused && reply.status == 401, "{why}: {} {}", reply.status, reply.text);
        assert!(
            reply.body["data"].is_null() && reply.body["response"].is_null(),
            "{why}: {}",
            reply.text
        );
    }
}

async fn forge(server: &TestServer) -> Forge {
    let client = server.anonymous();
    let (_, session) = Face::Rest.sign_up(server, &client, "ada@example.com").await;
    let token = Face::Rest.token(&client, &session).await.unwrap();
    Forge::at(server, server.origin.trim_start_matches("http://"), token).await
}

#[tokio::test]
async fn a_token_with_a_header_of_another_kind_is_refused() {
    let server = TestServer::start().await;
    let forge = forge(&server).await;
    is_accepted(server.anonymous(), &forge.sound).await;
    is_accepted(server.anonymous(), &forge.signed(&forge.header, &forge.claims)).await;
    for (name, value) in [
        ("alg", json!("none")),
        ("alg", json!("RS512")),
        ("alg", json!("PS256")),
        ("alg", Value::Null),
        ("kid", Value::Null),
        ("kid", json!("")),
        ("kid", json!("ins_2abcdefghijklmnopqrstuvwxyz0")),
        ("kid", json!("../../dev/null")),
        ("kid", json!("x' OR '1'='1")),
        ("kid", json!("k".repeat(65))),
        ("kid", json!(["a"])),
        ("typ", json!("at+jwt")),
        ("typ", json!("client+jwt")),
        ("typ", json!("dev_browser+jwt")),
        ("typ", Value::Null),
        ("cat", json!("cl_B7d4PD222AAA")),
        ("cat", Value::Null),
        ("crit", json!(["exp"])),
        ("crit", json!([])),
        ("b64", json!(false)),
        ("zip", json!("DEF")),
        ("jku", json!("https://evil.example/jwks.json")),
        ("x5u", json!("https://evil.example/key.pem")),
        ("jwk", json!({ "kty": "RSA", "n": "AQAB", "e": "AQAB" })),
        ("x5c", json!(["AAAA"])),
    ] {
        let why = format!("header {name} {value}");
        is_refused(server.anonymous(), &forge.with("header", name, value), &why).await;
    }
    let mut header = forge.header.clone();
    header["alg"] = json!("RS512");
    let strong = forge.signed_by(&RSA_PKCS1_SHA512, &header.to_string(), &forge.claims.to_string());
    is_refused(server.anonymous(), &strong, "another algorithm, rightly signed").await;
    server.finish().await;
}

#[tokio::test]
async fn a_token_with_claims_that_are_missing_or_not_ours_is_refused() {
    let server = TestServer::start().await;
    let forge = forge(&server).await;
    let now = server.now() / 1_000;
    for (name, value) in [
        ("exp", Value::Null),
        ("iat", Value::Null),
        ("nbf", Value::Null),
        ("sub", Value::Null),
        ("sid", Value::Null),
        ("iss", Value::Null),
        ("exp", json!(now - 6)),
        ("exp", json!("9999999999")),
        ("exp", json!(1e300)),
        ("exp", json!(-1)),
        ("nbf", json!(now + 60)),
        ("nbf", json!("0")),
        ("iss", json!("https://evil.example")),
        ("iss", json!(format!("{}/", server.origin))),
        ("iss", json!(server.origin.to_uppercase())),
        ("iss", json!([server.origin])),
        ("sub", json!("user_2abcdefghijklmnopqrstuvwxyz0")),
        ("sub", json!("")),
        ("sid", json!("sess_2abcdefghijklmnopqrstuvwxyz0")),
        ("sid", json!(["a"])),
    ] {
        let why = format!("claim {name} {value}");
        let token = forge.with("claims", name, value);
        let client = holder(server.anonymous(), &token);
        // A token of nobody's session is well made, so GraphQL lets it ask, and it has no viewer.
        assert_eq!(client.get("/v1/me").await.status, 401, "{why}");
        let read = client.graphql("{ viewer { id } }", json!({})).await;
        assert!(read.body["data"]["viewer"].is_null(), "{why} {}", read.text);
    }
    let twice = forge.claims.to_string().replacen('{', "{\"exp\":1,", 1);
    let twice = forge.signed_by(&RSA_PKCS1_SHA256, &forge.header.to_string(), &twice);
    is_refused(server.anonymous(), &twice, "a claim given twice").await;
    is_refused(
        server.anonymous(),
        &forge.with("claims", "pad", json!("x".repeat(9_000))),
        "a huge one",
    )
    .await;
    let nested = format!("{}{}", "[".repeat(3_000), "]".repeat(3_000));
    let nested = format!("{{\"exp\":{nested}}}");
    let nested = forge.signed_by(&RSA_PKCS1_SHA256, &forge.header.to_string(), &nested);
    is_refused(server.anonymous(), &nested, "a deep one").await;
    server.finish().await;
}

#[tokio::test]
async fn a_token_without_a_right_signature_is_refused() {
    let server = TestServer::start().await;
    let forge = forge(&server).await;
    let modulus = URL_SAFE_NO_PAD.encode(forge.public_pem.as_bytes());
    for secret in [
        forge.public_pem.as_bytes(),
        forge.public_pem.trim_end().as_bytes(),
        modulus.as_bytes(),
        b"",
    ] {
        is_refused(server.anonymous(), &forge.confused(secret), "HMAC by the public key").await;
    }
    let (input, signature) = forge.sound.rsplit_once('.').unwrap();
    let unsigned = URL_SAFE_NO_PAD.encode(json!({ "alg": "none", "typ": "JWT" }).to_string());
    let payload = forge.sound.split('.').nth(1).unwrap();
    let foreign = Forge {
        header: forge.header.clone(),
        claims: forge.claims.clone(),
        key: KeyPair::generate(KeySize::Rsa2048).unwrap(),
        public_pem: String::new(),
        sound: String::new(),
    };
    for token in [
        format!("{input}."),
        format!("{unsigned}.{payload}."),
        format!("{unsigned}.{payload}.{signature}"),
        format!("{input}.{}", &signature[..signature.len() - 4]),
        format!("{input}.{signature}="),
        format!("{input}.{signature}AAAA"),
        format!("{input}.{}", "A".repeat(signature.len())),
        format!("{}.{signature}", input.replacen('.', "..", 1)),
        foreign.signed(&foreign.header, &foreign.claims),
        "..".to_owned(),
        "a.b.c".to_owned(),
    ] {
        is_refused(server.anonymous(), &token, &token).await;
    }
    server.finish().await;
}

#[tokio::test]
async fn one_flipped_bit_anywhere_makes_a_token_worthless() {
    let server = TestServer::start().await;
    let forge = forge(&server).await;
    let parts: Vec<_> = forge
        .sound
        .split('.')
        .map(|part| URL_SAFE_NO_PAD.decode(part).unwrap())
        .collect();
    for index in 0..parts.len() {
        // Every seventh byte, one bit of it, walking through the bits.
        for position in (0..parts[index].len()).step_by(7) {
            let mut flipped = parts.clone();
            flipped[index][position] ^= 1 << (position % 8);
            let token = flipped
                .iter()
                .map(|part| URL_SAFE_NO_PAD.encode(part))
                .collect::<Vec<_>>()
                .join(".");
            is_refused(server.anonymous(), &token, &format!("part {index} byte {position}")).await;
        }
    }
    is_accepted(server.anonymous(), &forge.sound).await;
    server.finish().await;
}

#[tokio::test]
async fn a_token_of_another_instance_is_refused_in_each() {
    let server = TestServer::start().await;
    let (host, _) = server.second_instance().await;
    let own = forge(&server).await;
    let abroad = server.anonymous().at_host(&host);
    let fields = [
        ("email_address", "ada+clerk_test@example.com"),
        ("password", crate::support::face::PASSWORD),
    ];
    let id = Face::Rest.sign_up_create(&abroad, &fields).await.ok().id();
    Face::Rest.sign_up_prepare(&abroad, &id).await.ok();
    let done = Face::Rest.sign_up_attempt(&abroad, &id, "424242").await.ok();
    let token = Face::Rest
        .token(&abroad, &done.text("created_session_id"))
        .await
        .unwrap();
    let other = Forge::at(&server, &host, token).await;
    is_accepted(server.anonymous(), &own.sound).await;
    is_accepted(server.anonymous().at_host(&host), &other.sound).await;
    is_refused(server.anonymous(), &other.sound, "the other's at home").await;
    is_refused(server.anonymous().at_host(&host), &own.sound, "ours at the other's").await;
    // The other instance's key under our names.
    let mixed = other.signed(&own.header, &own.claims);
    is_refused(server.anonymous(), &mixed, "signed by the other instance's key").await;
    let mixed = other.signed(&other.header, &own.claims);
    is_refused(server.anonymous(), &mixed, "with the other instance's key identifier").await;
    server.finish().await;
}

#[tokio::test]
async fn a_token_is_refused_before_its_time_and_after_it() {
    let server = TestServer::start().await;
    let forge = forge(&server).await;
    let early = forge.with("claims", "nbf", json!(server.now() / 1_000 + 6));
    is_refused(server.anonymous(), &early, "not yet valid").await;
    server.advance(Duration::from_secs(2));
    is_accepted(server.anonymous(), &early).await;
    server.advance(Duration::from_secs(62));
    is_accepted(server.anonymous(), &forge.sound).await;
    server.advance(Duration::from_secs(1));
    is_refused(server.anonymous(), &forge.sound, "expired").await;
    server.finish().await;
}

#[tokio::test]
async fn a_token_that_was_good_is_refused_once_its_issuer_is_no_longer_ours() {
    let server = TestServer::start().await;
    let forge = forge(&server).await;
    is_accepted(server.anonymous(), &forge.sound).await;
    is_accepted(server.anonymous(), &forge.sound).await;
    server.settings(json!({ "issuer": "https://issuer.example" })).await;
    is_refused(server.anonymous(), &forge.sound, "of an issuer that was ours").await;
    server.finish().await;
}
