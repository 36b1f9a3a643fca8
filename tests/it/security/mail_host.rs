//! GHSA-3529-5m8x-rpv3 (Supabase Auth): forwarded headers decided where the link in a mail led. Here nothing that a
//! request says about the host gets into origin, issuer, mail or cookies; what `Host` itself may say is in `host`.

use super::raw;
use crate::support::{TestClient, TestServer, for_each_face};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

/// What a request may claim about the host that it was sent to.
const CLAIMS: [(&str, &str); 12] = [
    // Another name of this machine, which the only instance answers to.
    ("host", "evil.example.localhost:6666"),
    ("x-forwarded-host", "evil.example"),
    ("x-forwarded-proto", "https"),
    ("x-forwarded-port", "6666"),
    ("x-forwarded-server", "evil.example"),
    ("x-forwarded-prefix", "//evil.example"),
    ("forwarded", "for=192.0.2.1;host=evil.example;proto=https"),
    ("x-original-host", "evil.example"),
    ("x-host", "evil.example"),
    ("x-http-host-override", "evil.example"),
    ("x-original-url", "http://evil.example/"),
    ("x-rewrite-url", "http://evil.example/"),
];

/// A client for each claim, and one that makes them all.
fn claimants(server: &TestServer) -> Vec<TestClient> {
    let claim = |client: TestClient, (name, value): (&str, &str)| client.with_header(name, value);
    let mut clients: Vec<_> = CLAIMS.map(|one| claim(server.anonymous(), one)).into();
    clients.push(CLAIMS.into_iter().fold(server.anonymous(), claim));
    clients
}

fn is_clean(text: &str) -> bool {
    !text.contains("evil.example") && !text.contains(":6666")
}

async fn nothing_believes_the_claims(environment: &[(&str, &str)]) {
    for_each_face(async |face| {
        let server = TestServer::start_with(environment).await;
        for (number, (client, fresh)) in claimants(&server).into_iter().zip(claimants(&server)).enumerate() {
            let email = format!("ada{number}@example.com");
            let (_, session) = face.sign_up(&server, &client, &email).await;
            let jwt = face.token(&client, &session).await.unwrap();
            let payload = URL_SAFE_NO_PAD.decode(jwt.split('.').nth(1).unwrap()).unwrap();
            let claims: Value = serde_json::from_slice(&payload).unwrap();
            assert_eq!(claims["iss"], server.origin, "{:?}", client.headers);
            let begun = face.sign_in_create(&fresh, &[("identifier", &email)]).await.ok();
            let cookies = begun.reply.set_cookies("__client").join(" ");
            assert!(cookies.contains("HttpOnly") && is_clean(&cookies), "{cookies}");
            assert!(!cookies.contains("Domain") && !cookies.contains("Secure"), "{cookies}");
            let discovered = client.get("/.well-known/openid-configuration").await;
            assert_eq!(discovered.body["issuer"], server.origin);
            for path in [
                "/v1/environment",
                "/v1/client",
                "/v1/me",
                "/.well-known/openid-configuration",
            ] {
                let read = client.get(path).await;
                assert_eq!(read.status, 200, "{path} {}", read.text);
                assert!(
                    is_clean(&read.text) && is_clean(&format!("{:?}", read.headers)),
                    "{}",
                    read.text
                );
            }
        }
        let inbox = "{ devInbox(first: 100) { nodes { subject text to } } }";
        let mails = server.backend().graphql(inbox, json!({})).await;
        assert_eq!(
            mails.body["data"]["devInbox"]["nodes"].as_array().unwrap().len(),
            CLAIMS.len() + 1
        );
        assert!(is_clean(&mails.text), "{}", mails.text);
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn nothing_that_a_request_says_about_the_host_gets_into_mail_tokens_or_cookies() {
    nothing_believes_the_claims(&[]).await;
}

#[tokio::test]
async fn not_even_a_trusted_proxy_decides_about_the_host() {
    nothing_believes_the_claims(&[("VESTIBULE_HTTP_TRUSTED_PROXIES", "127.0.0.0/8")]).await;
}

#[tokio::test]
async fn with_two_instances_an_unknown_host_is_refused_whatever_else_is_claimed() {
    let server = TestServer::start_with(&[("VESTIBULE_HTTP_TRUSTED_PROXIES", "127.0.0.0/8")]).await;
    let (other, _) = server.second_instance().await;
    let right = format!("localhost:{}", raw::port(&server));
    for host in [
        "evil.example",
        "localhost",
        "localhost:1",
        &format!("127.0.0.1:{}", raw::port(&server)),
        &format!("{other}.evil.example"),
        &format!("evil-{other}"),
        &format!("evil.{other}"),
    ] {
        for name in ["x-forwarded-host", "x-original-host", "x-host"] {
            let client = server.anonymous().at_host(host).with_header(name, &right);
            for reply in [
                client.get("/v1/client").await,
                client.get("/.well-known/jwks.json").await,
                client.post("/v1/client/sign_ins", &[]).await,
                client.graphql("{ environment { publishableKey } }", json!({})).await,
            ] {
                assert_eq!(
                    (reply.status, reply.codes()),
                    (400, vec!["host_invalid".to_owned()]),
                    "{host}"
                );
            }
        }
    }
    let absolute = raw::send(
        &server,
        ("GET", "http://evil.example/v1/client"),
        &[("Host", &right)],
        "",
    )
    .await;
    assert_eq!(absolute.status, 400, "{absolute:?}");
    assert_eq!(absolute.json()["errors"][0]["code"], "host_invalid");
    for host in [&right, &other] {
        let client = server.anonymous().at_host(host);
        assert_eq!(client.get("/v1/client").await.status, 200, "{host}");
    }
    server.finish().await;
}
