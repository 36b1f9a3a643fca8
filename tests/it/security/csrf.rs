//! OWASP's rules against cross-site requests and ASVS V3.5: what a browser sends of its own accord changes something only
//! when it comes from an allowed origin; what somebody must hold is judged by what they hold.

use crate::support::{TestClient, TestServer, server::SECRET_KEY};
use reqwest::Method;
use serde_json::json;

const APPLICATION: &str = "https://app.example";
/// Stands for the instance's own origin, whose port is the test's.
const OWN: &str = "own";

/// `Origin`, `Sec-Fetch-Site`; whether the browser's cookies may act, and whether a secret key may.
type Row = (Option<&'static str>, Option<&'static str>, bool, bool);

const TABLE: [Row; 27] = [
    (None, None, true, true),
    (None, Some("same-origin"), true, true),
    (None, Some("same-site"), true, true),
    (None, Some("none"), true, true),
    (None, Some("cross-site"), false, true),
    (Some(OWN), None, true, true),
    (Some(OWN), Some("same-origin"), true, true),
    (Some(OWN), Some("cross-site"), true, true),
    (Some(APPLICATION), None, true, false),
    (Some(APPLICATION), Some("cross-site"), true, false),
    (Some("http://localhost:3000"), Some("same-site"), true, false),
    (Some("http://127.0.0.1:5173"), None, true, false),
    (Some("https://evil.example"), None, false, false),
    (Some("https://evil.example"), Some("same-origin"), false, false),
    (Some("https://evil.example"), Some("none"), false, false),
    (Some("https://evil.example"), Some("cross-site"), false, false),
    (Some("http://app.example"), None, false, false),
    (Some("https://app.example:8443"), None, false, false),
    (Some("https://app.example.evil.example"), None, false, false),
    (Some("https://sub.app.example"), None, false, false),
    (Some("https://app.example/"), None, false, false),
    (Some("https://app.example@evil.example"), None, false, false),
    (Some("http://localhost.evil.example"), None, false, false),
    (Some("null"), None, false, false),
    (Some("null"), Some("same-origin"), false, false),
    (Some("nonsense"), None, false, false),
    (Some(""), Some("same-origin"), false, false),
];

fn from_page(mut client: TestClient, server: &TestServer, (origin, site, ..): &Row) -> TestClient {
    if let Some(origin) = origin {
        client = client.with_header("origin", if *origin == OWN { &server.origin } else { origin });
    }
    match site {
        Some(site) => client.with_header("sec-fetch-site", site),
        None => client,
    }
}

async fn server() -> TestServer {
    let server = TestServer::start().await;
    server.settings(json!({ "allowed_origins": [APPLICATION] })).await;
    server
}

/// Begins a sign-in over either face in every encoding. Returns whether the origin was let through, which the database
/// must confirm.
async fn acts(server: &TestServer, client: &TestClient, way: &str) -> bool {
    let mutation = "mutation { signInCreate(input: {}) { signIn { id } userErrors { code } } }";
    let before = server.count("SELECT COUNT(*) FROM sign_in").await;
    let reply = match way {
        "form" => client.post("/v1/client/sign_ins", &[]).await,
        "json" => client.json("POST", "/v1/client/sign_ins", &json!({})).await,
        "nothing" => client.send(Method::POST, "/v1/client/sign_ins", None, Vec::new()).await,
        _ => client.graphql(mutation, json!({})).await,
    };
    let is_let_through = reply.codes() != ["origin_invalid"];
    if !is_let_through {
        assert_eq!(reply.status, 400, "{way} {}", reply.text);
        assert!(reply.set_cookies("__client").is_empty());
    }
    let made = server.count("SELECT COUNT(*) FROM sign_in").await - before;
    let can_sign_in = !client.headers.contains_key("authorization") || client.headers.contains_key("vestibule-native");
    assert_eq!(made, i64::from(is_let_through && can_sign_in), "{way} {}", reply.text);
    is_let_through
}

const WAYS: [&str; 4] = ["form", "json", "nothing", "graphql"];

#[tokio::test]
async fn cookies_act_only_for_allowed_pages_and_so_does_nobody() {
    let server = server().await;
    let browser = server.anonymous();
    browser.post("/v1/client/sign_ins", &[]).await;
    assert!(browser.cookie("__client").is_some());
    for row in TABLE {
        for way in WAYS {
            let with_cookie = from_page(browser.forked(), &server, &row);
            assert_eq!(
                acts(&server, &with_cookie, way).await,
                row.2,
                "with a cookie, {way}, {row:?}"
            );
            // A request without a cookie may bring one: signing somebody in is an act too.
            let without = from_page(server.anonymous(), &server, &row);
            assert_eq!(
                acts(&server, &without, way).await,
                row.2,
                "without a cookie, {way}, {row:?}"
            );
        }
    }
    server.finish().await;
}

#[tokio::test]
async fn what_a_browser_does_not_send_by_itself_acts_from_anywhere() {
    let server = server().await;
    let created = server.anonymous().post("/v1/dev_browser", &[]).await;
    let dev_browser = created.body["token"].as_str().unwrap();
    for row in TABLE {
        for way in WAYS {
            let native = server.anonymous().with_header("vestibule-native", "1");
            let native = from_page(native, &server, &row);
            assert!(acts(&server, &native, way).await, "native, {way}, {row:?}");
            let by_token = from_page(
                server.anonymous().with_query("__clerk_db_jwt", dev_browser),
                &server,
                &row,
            );
            assert!(
                acts(&server, &by_token, way).await,
                "development browser, {way}, {row:?}"
            );
        }
    }
    server.finish().await;
}

#[tokio::test]
async fn a_native_request_reads_no_cookie_so_the_header_is_no_way_around() {
    let server = server().await;
    let browser = server.anonymous();
    crate::support::Face::Rest
        .sign_up(&server, &browser, "ada@example.com")
        .await;
    let forged = browser.forked().with_header("origin", "https://evil.example");
    for forged in [
        forged.clone().with_header("vestibule-native", "1"),
        forged.clone().with_query("_is_native", "1"),
    ] {
        let deleted = forged.form("DELETE", "/v1/client", &[]).await;
        assert!(deleted.set_cookies("__client").is_empty(), "{}", deleted.text);
        assert_eq!(forged.get("/v1/me").await.status, 401);
    }
    assert_eq!(browser.get("/v1/me").await.status, 200, "nobody was signed out");
    server.finish().await;
}

#[tokio::test]
async fn a_secret_key_does_not_act_in_a_browser() {
    let server = server().await;
    let update = "mutation { instanceSettingsUpdate(input: { patch: {} }) { userErrors { code } } }";
    for row in TABLE {
        let client = from_page(server.anonymous().with_secret_key(SECRET_KEY), &server, &row);
        let written = client.graphql(update, json!({})).await;
        let read = client.graphql("{ instanceSettings { version } }", json!({})).await;
        for reply in [&written, &read] {
            let refused = reply.codes() == ["origin_invalid"];
            assert_eq!(!refused, row.3, "{row:?} {}", reply.text);
            assert_eq!(reply.status, if row.3 { 200 } else { 400 }, "{row:?} {}", reply.text);
        }
        for way in WAYS {
            assert_eq!(acts(&server, &client, way).await, row.3, "{way} {row:?}");
        }
    }
    server.finish().await;
}

#[tokio::test]
async fn every_method_that_changes_something_is_judged_and_none_that_reads() {
    let server = server().await;
    let browser = server.anonymous();
    let (_, session) = crate::support::Face::Rest
        .sign_up(&server, &browser, "ada@example.com")
        .await;
    for row in TABLE {
        let page = from_page(browser.forked(), &server, &row);
        for path in ["/v1/client", "/v1/me", "/v1/environment"] {
            assert_eq!(page.get(path).await.status, 200, "{path} {row:?}");
        }
        let read = page
            .send(Method::GET, "/graphql?query=%7B__typename%7D", None, Vec::new())
            .await;
        assert_eq!(read.status, 200, "{row:?} {}", read.text);
        let by_link = "/graphql?query=mutation%7BclientDelete(input%3A%7B%7D)%7BdeletedClientId%7D%7D";
        let written = page.send(Method::GET, by_link, None, Vec::new()).await;
        assert_eq!(written.status, 405, "{row:?} {}", written.text);
        if row.2 {
            continue;
        }
        for (method, path) in [
            ("PUT", "/v1/client"),
            ("POST", "/v1/client"),
            ("DELETE", "/v1/client"),
            ("POST", "/v1/client?_method=DELETE"),
            ("POST", "/v1/client/?_method=DELETE"),
            ("DELETE", "/v1/client/sessions"),
            ("PATCH", "/v1/environment"),
            ("POST", &format!("/v1/client/sessions/{session}/end")),
            ("POST", &format!("/v1/client/sessions/{session}/remove")),
            ("POST", &format!("/v1/client/sessions/{session}/touch")),
            ("POST", &format!("/v1/client/sessions/{session}/tokens")),
            ("POST", "/v1/dev_browser"),
        ] {
            let refused = page.form(method, path, &[]).await;
            let told = (refused.status, refused.codes());
            assert_eq!(
                told,
                (400, vec!["origin_invalid".to_owned()]),
                "{method} {path} {row:?}"
            );
        }
        let delete = "mutation { clientDelete(input: {}) { deletedClientId userErrors { code } } }";
        assert_eq!(
            page.graphql(delete, json!({})).await.codes(),
            ["origin_invalid"],
            "{row:?}"
        );
    }
    assert_eq!(browser.get("/v1/me").await.status, 200, "nobody was signed out");
    server.finish().await;
}

#[tokio::test]
async fn a_link_never_changes_anything() {
    let server = server().await;
    let browser = server.anonymous();
    let (_, session) = crate::support::Face::Rest
        .sign_up(&server, &browser, "ada@example.com")
        .await;
    for path in [
        "/v1/client?_method=DELETE",
        "/v1/client?_method=PUT",
        "/v1/client/sign_ins?_method=POST",
        &format!("/v1/client/sessions/{session}/end"),
        &format!("/v1/client/sessions/{session}/end?_method=POST"),
        &format!("/v1/client/sessions/{session}?_method=DELETE"),
    ] {
        for method in [Method::GET, Method::HEAD, Method::OPTIONS] {
            let reply = browser.send(method.clone(), path, None, Vec::new()).await;
            assert!(
                reply.set_cookies("__client").is_empty(),
                "{method} {path} {}",
                reply.text
            );
        }
        assert_eq!(browser.get("/v1/me").await.status, 200, "{path}");
    }
    assert_eq!(server.count("SELECT COUNT(*) FROM sign_in").await, 0);
    server.finish().await;
}

#[tokio::test]
async fn an_encoding_that_any_page_can_send_is_refused() {
    let server = server().await;
    let query = json!({ "query": "mutation { signInCreate(input: {}) { signIn { id } } }" }).to_string();
    for content_type in [
        None,
        Some("text/plain"),
        Some("text/plain;charset=application/json"),
        Some("multipart/form-data; boundary=b"),
        Some("application/x-www-form-urlencoded"),
        Some("application/jsonp"),
        Some("application/graphql"),
        Some("text/json"),
    ] {
        let client = server.anonymous();
        let reply = client
            .send(Method::POST, "/graphql", content_type, query.clone().into_bytes())
            .await;
        assert_eq!(reply.status, 415, "{content_type:?} {}", reply.text);
        if content_type.is_some_and(|content_type| content_type != "application/x-www-form-urlencoded") {
            let body = b"{\"identifier\":\"ada@example.com\"}".to_vec();
            let reply = client
                .send(Method::POST, "/v1/client/sign_ins", content_type, body)
                .await;
            assert_eq!(
                (reply.status, reply.codes()),
                (415, vec!["unsupported_content_type".to_owned()])
            );
        }
    }
    assert_eq!(server.count("SELECT COUNT(*) FROM sign_in").await, 0);
    server.finish().await;
}

#[tokio::test]
async fn only_allowed_pages_read_answers_across_origins() {
    let server = server().await;
    for row in TABLE {
        let Some(origin) = row.0 else { continue };
        let page = from_page(server.anonymous(), &server, &row);
        let own = if origin == OWN { server.origin.as_str() } else { origin };
        for reply in [
            page.get("/v1/client").await,
            page.get("/v1/nowhere").await,
            page.send(Method::OPTIONS, "/v1/client", None, Vec::new()).await,
        ] {
            let expected = row.2.then_some(own);
            assert_eq!(
                reply.header("access-control-allow-origin"),
                expected,
                "{row:?} {:?}",
                reply.headers
            );
        }
    }
    server.finish().await;
}
