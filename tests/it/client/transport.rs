use super::{delete, held};
use crate::support::{Face, TestClient, TestServer, face::PASSWORD, for_each_face};

const PUBLIC_URL: (&str, &str) = ("VESTIBULE_PUBLIC_URL", "https://auth.example.com");

/// The attributes of a cookie, without name and value, in lower case and sorted.
fn attributes(cookie: &str) -> Vec<String> {
    let mut found: Vec<_> = cookie
        .split(';')
        .skip(1)
        .map(|part| part.trim().to_lowercase())
        .collect();
    found.sort();
    found
}

async fn sign_in_by_password(face: Face, client: &TestClient) -> crate::support::Reply {
    let fields = [
        ("identifier", "ada@example.com"),
        ("strategy", "password"),
        ("password", PASSWORD),
    ];
    face.sign_in_create(client, &fields).await.ok().reply
}

#[tokio::test]
async fn native_callers_get_and_send_the_token_in_the_authorization_header() {
    for_each_face(async |face| {
        let server = TestServer::start().await;
        face.sign_up(&server, &server.anonymous(), "ada@example.com").await;
        for is_query in [true, false] {
            let native = || match is_query {
                true => server.anonymous().with_query("_is_native", "1"),
                false => server.anonymous().with_header("vestibule-native", "1"),
            };
            // Native SDKs send an empty header before they have a token.
            let reply = sign_in_by_password(face, &native().with_header("authorization", "")).await;
            let token = reply
                .header("authorization")
                .expect("the token comes in the header")
                .to_owned();
            assert_eq!(reply.header("set-cookie"), None);
            for value in [token.clone(), format!("Bearer {token}")] {
                let me = native().with_header("authorization", &value).get("/v1/me").await;
                assert_eq!(me.status, 200, "{}", me.text);
            }
            let with_cookie = native();
            with_cookie.set_cookie("__client", &token);
            assert_eq!(
                held(&with_cookie).await,
                None,
                "a cookie means nothing to a native caller"
            );
            let deleted = delete(face, &native().with_header("authorization", &token)).await.0;
            assert_eq!((deleted.codes(), deleted.header("set-cookie")), (Vec::new(), None));
        }
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn signing_in_gives_a_new_token_and_the_old_one_dies() {
    for_each_face(async |face| {
        let server = TestServer::start().await;
        face.sign_up(&server, &server.anonymous(), "ada@example.com").await;
        let client = server.anonymous();
        super::replace(face, &client).await;
        let (before, id) = (client.forked(), held(&client).await);
        sign_in_by_password(face, &client).await;
        assert_eq!(held(&client).await, id, "it is the same client");
        assert_ne!(client.cookie("__client"), before.cookie("__client"));
        assert_eq!(held(&before).await, None, "whoever fixed the old token has nothing");
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn over_http_the_cookie_is_lax_and_for_this_host_alone() {
    for_each_face(async |face| {
        let server = TestServer::start().await;
        face.sign_up(&server, &server.anonymous(), "ada@example.com").await;
        let reply = sign_in_by_password(face, &server.anonymous()).await;
        let cookies = reply.set_cookies("__client");
        assert_eq!(cookies.len(), 1, "{cookies:?}");
        assert_eq!(
            attributes(cookies[0]),
            ["httponly", "max-age=31536000", "path=/", "samesite=lax"]
        );
        assert_eq!(
            reply.set_cookies("__client_uat"),
            [""; 0],
            "in development the SDK writes that one"
        );
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn over_https_the_cookie_is_secure_and_crosses_sites() {
    for_each_face(async |face| {
        let server = TestServer::start_with(&[PUBLIC_URL]).await;
        face.sign_up(&server, &server.anonymous(), "ada@example.com").await;
        let client = server.anonymous();
        let reply = sign_in_by_password(face, &client).await;
        let cookies = reply.set_cookies("__client");
        assert_eq!(cookies.len(), 1, "{cookies:?}");
        let expected = ["httponly", "max-age=31536000", "path=/", "samesite=none", "secure"];
        assert_eq!(attributes(cookies[0]), expected);
        let cleared = delete(face, &client).await.0;
        let cleared = attributes(cleared.set_cookies("__client")[0]);
        assert_eq!(
            cleared,
            ["httponly", "max-age=0", "path=/", "samesite=none", "secure"],
            "as it was set"
        );
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn backends_are_not_told_of_new_sessions_when_a_sign_in_begins() {
    for_each_face(async |face| {
        let server = TestServer::start_with(&[PUBLIC_URL]).await;
        server
            .settings(serde_json::json!({ "session": { "single_session_mode": false } }))
            .await;
        face.sign_up(&server, &server.anonymous(), "ada@example.com").await;
        server.make_production().await;
        let client = server.anonymous();
        sign_in_by_password(face, &client).await;
        server.advance(std::time::Duration::from_secs(2));
        let begun = face.sign_in_create(&client, &[]).await.ok();
        assert_eq!(begun.reply.set_cookies("__client").len(), 1);
        assert!(
            begun.reply.set_cookies("__client_uat").is_empty(),
            "{}",
            begun.reply.text
        );
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn in_production_backends_are_told_since_when_somebody_is_signed_in() {
    for_each_face(async |face| {
        let server = TestServer::start_with(&[PUBLIC_URL]).await;
        face.sign_up(&server, &server.anonymous(), "ada@example.com").await;
        server.make_production().await;
        let client = server.anonymous();
        let reply = sign_in_by_password(face, &client).await;
        let now = (server.now() / 1_000).to_string();
        assert_eq!(client.cookie("__client_uat"), Some(now.clone()));
        // Pages of the whole site read it, so it is not HttpOnly.
        let for_the_site = [
            "domain=example.com",
            "max-age=31536000",
            "path=/",
            "samesite=none",
            "secure",
        ];
        let cookies = reply.set_cookies("__client_uat");
        assert_eq!(cookies.len(), 2, "{cookies:?}");
        assert!(cookies[0].starts_with("__client_uat=;"), "{cookies:?}");
        assert_eq!(
            attributes(cookies[0]),
            ["max-age=0", "path=/", "samesite=none", "secure"],
            "what earlier versions left for this host alone goes"
        );
        assert_eq!(attributes(cookies[1]), for_the_site);
        let copy = format!("__client_uat_{}", suffix(&server).await);
        let cookies = reply.set_cookies(&copy);
        assert_eq!(cookies.len(), 1, "{copy} {:?}", reply.headers);
        assert_eq!(attributes(cookies[0]), for_the_site);
        assert_eq!(client.cookie(&copy), Some(now));
        assert_eq!(
            client.get("/v1/client").await.header("set-cookie"),
            None,
            "reading changes nothing"
        );
        delete(face, &client).await;
        for name in ["__client_uat", &copy] {
            assert_eq!(client.cookie(name).unwrap(), "0", "nobody is signed in any more");
        }
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn where_a_host_has_no_site_backends_are_told_on_that_host_alone() {
    for_each_face(async |face| {
        for url in [
            "https://localhost:4443",
            "https://127.0.0.1",
            "https://[::1]",
            "https://github.io",
        ] {
            let server = TestServer::start_with(&[("VESTIBULE_PUBLIC_URL", url)]).await;
            face.sign_up(&server, &server.anonymous(), "ada@example.com").await;
            server.make_production().await;
            let client = server.anonymous();
            let reply = sign_in_by_password(face, &client).await;
            for name in ["__client_uat", &format!("__client_uat_{}", suffix(&server).await)] {
                let cookies = reply.set_cookies(name);
                assert_eq!(cookies.len(), 1, "{url} {cookies:?}");
                assert_eq!(
                    attributes(cookies[0]),
                    ["max-age=31536000", "path=/", "samesite=none", "secure"]
                );
            }
            server.finish().await;
        }
    })
    .await;
}

#[tokio::test]
async fn at_an_allowed_host_of_another_site_backends_are_told_on_that_host_alone() {
    for_each_face(async |face| {
        let server = TestServer::start_with(&[
            PUBLIC_URL,
            ("VESTIBULE_HTTP_ALLOWED_HOSTS", "auth.elsewhere.test, login.example.com"),
        ])
        .await;
        face.sign_up(&server, &server.anonymous(), "ada@example.com").await;
        server.make_production().await;
        for (host, is_on_site) in [("auth.elsewhere.test", false), ("login.example.com", true)] {
            let client = server.anonymous().with_header("host", host);
            let reply = sign_in_by_password(face, &client).await;
            for name in ["__client_uat", &format!("__client_uat_{}", suffix(&server).await)] {
                let cookies = reply.set_cookies(name);
                let domains: Vec<_> = cookies.iter().filter(|cookie| cookie.contains("Domain=")).collect();
                assert_eq!(domains.len(), usize::from(is_on_site), "{host} {cookies:?}");
                assert!(cookies.len() == 1 || is_on_site, "{host} {cookies:?}");
            }
        }
        server.finish().await;
    })
    .await;
}

/// What SDKs put behind the names of the first instance's cookies.
async fn suffix(server: &TestServer) -> String {
    let first = vestibule::service::instance::all(&server.app).await.unwrap().instances[0].clone();
    first.cookie_suffix.clone()
}

#[tokio::test]
async fn with_cookies_only_pages_that_are_allowed_may_change_something() {
    for_each_face(async |face| {
        let server = TestServer::start().await;
        server
            .settings(serde_json::json!({ "allowed_origins": ["https://app.example.com"] }))
            .await;
        let client = server.anonymous();
        face.sign_up(&server, &client, "ada@example.com").await;
        let touch = async |name: &str, value: &str| {
            let client = client.forked().with_header(name, value);
            super::remove_sessions(face, &client).await.0.codes()
        };
        for (name, value) in [
            ("origin", "https://evil.example"),
            ("origin", "null"),
            ("origin", "http://localhost.evil.example"),
            ("sec-fetch-site", "cross-site"),
        ] {
            assert_eq!(touch(name, value).await, ["origin_invalid"], "{name}: {value}");
        }
        assert_eq!(client.get("/v1/me").await.status, 200, "nothing was done");
        for (name, value) in [
            ("origin", server.origin.as_str()),
            ("origin", "https://app.example.com"),
            ("origin", "http://localhost:3000"),
            ("origin", "http://127.0.0.1:5173"),
            ("sec-fetch-site", "same-site"),
        ] {
            assert_eq!(touch(name, value).await, [""; 0], "{name}: {value}");
        }
        server.make_production().await;
        assert_eq!(
            touch("origin", "http://localhost:3000").await,
            ["origin_invalid"],
            "in production no machine is local"
        );
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn of_several_mutations_in_one_document_a_native_caller_keeps_the_last_token() {
    let server = TestServer::start().await;
    let native = |token: &str| {
        server
            .anonymous()
            .with_header("vestibule-native", "1")
            .with_header("authorization", token)
    };
    let begun = Face::Rest.sign_in_create(&native(""), &[]).await.ok();
    let token = begun.reply.header("authorization").unwrap();
    let document =
        "mutation { a: signUpCreate(input: {}) { signUp { id } } b: signInCreate(input: {}) { signIn { id } } }";
    let reply = native(token).graphql(document, serde_json::json!({})).await;
    let tokens: Vec<_> = reply.headers.get_all("authorization").iter().collect();
    assert_eq!(tokens.len(), 1, "{tokens:?}");
    let shown = native(tokens[0].to_str().unwrap()).get("/v1/client").await.body["response"].clone();
    assert_eq!(shown["sign_in"]["id"], reply.body["data"]["b"]["signIn"]["id"]);
    assert_eq!(shown["sign_up"]["id"], reply.body["data"]["a"]["signUp"]["id"]);
    server.finish().await;
}

#[tokio::test]
async fn ending_what_has_ended_tells_backends_nothing() {
    for_each_face(async |face| {
        let server = TestServer::start_with(&[PUBLIC_URL]).await;
        server
            .settings(serde_json::json!({ "session": { "single_session_mode": false } }))
            .await;
        face.sign_up(&server, &server.anonymous(), "ada@example.com").await;
        let client = server.anonymous();
        server.make_production().await;
        let session = face.sign_in(&client, "ada@example.com").await;
        let first = face.session(&client, "end", &session).await.ok();
        assert!(!first.reply.set_cookies("__client_uat").is_empty());
        let again = face.session(&client, "end", &session).await.ok();
        assert!(
            again.reply.set_cookies("__client_uat").is_empty(),
            "{}",
            again.reply.text
        );
        server.finish().await;
    })
    .await;
}
