//! OWASP's rules against cross-site requests and ASVS V3.5: whatever a request carries, it is answered only when the
//! `Origin` that it names is allowed, and changes nothing when the browser says that another site caused it.

use super::{dump, raw};
use crate::support::{
    Face, SchemaView, TestClient, TestServer,
    route::{self, Owner},
    server::SECRET_KEY,
};
use reqwest::{
    Method,
    header::{HeaderName, HeaderValue},
};
use serde_json::json;
use tokio::io::AsyncReadExt as _;

const APPLICATION: &str = "https://app.example";
/// Stands for the instance's own origin, whose port is the test's.
const OWN: &str = "own";

/// `Origin`, `Sec-Fetch-Site`; whether a page may act by what it shows, and whether a secret key may.
pub(super) type Row = (Option<&'static str>, Option<&'static str>, bool, bool);

pub(super) const TABLE: [Row; 27] = [
    (None, None, true, true),
    (None, Some("same-origin"), true, true),
    (None, Some("same-site"), true, true),
    (None, Some("none"), true, true),
    (None, Some("cross-site"), false, false),
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

pub(super) fn from_page(mut client: TestClient, server: &TestServer, (origin, site, ..): &Row) -> TestClient {
    if let Some(origin) = origin {
        client = client.with_header("origin", if *origin == OWN { &server.origin } else { origin });
    }
    match site {
        Some(site) => client.with_header("sec-fetch-site", site),
        None => client,
    }
}

pub(super) async fn server() -> TestServer {
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
async fn what_a_browser_does_not_send_by_itself_is_judged_by_its_origin_too() {
    let server = server().await;
    let created = server.anonymous().post("/v1/dev_browser", &[]).await;
    let dev_browser = created.body["token"].as_str().unwrap();
    for row in TABLE {
        for way in WAYS {
            let native = server.anonymous().with_header("vestibule-native", "1");
            let native = from_page(native, &server, &row);
            assert_eq!(acts(&server, &native, way).await, row.2, "native, {way}, {row:?}");
            let by_token = from_page(
                server.anonymous().with_query("__clerk_db_jwt", dev_browser),
                &server,
                &row,
            );
            assert_eq!(
                acts(&server, &by_token, way).await,
                row.2,
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
    Face::Rest.sign_up(&server, &browser, "ada@example.com").await;
    let forged = browser.forked().with_header("origin", "https://evil.example");
    for forged in [
        forged.clone().with_header("vestibule-native", "1"),
        forged.clone().with_query("_is_native", "1"),
    ] {
        let deleted = forged.form("DELETE", "/v1/client", &[]).await;
        assert!(deleted.set_cookies("__client").is_empty(), "{}", deleted.text);
        assert_eq!(forged.get("/v1/me").await.codes(), ["origin_invalid"]);
    }
    assert_eq!(browser.get("/v1/me").await.status, 200, "nobody was signed out");
    server.finish().await;
}

#[tokio::test]
async fn a_secret_key_does_not_act_in_a_browser() {
    let server = server().await;
    let update = "mutation { instanceSettingsUpdate(input: {}) { userErrors { code } } }";
    for row in TABLE {
        let client = from_page(server.anonymous().with_secret_key(SECRET_KEY), &server, &row);
        let written = client.graphql(update, json!({})).await;
        let read = client.graphql("{ instance { settings { version } } }", json!({})).await;
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
async fn every_method_is_judged_by_its_origin_and_what_changes_something_by_the_browsers_word_too() {
    let server = server().await;
    let browser = server.anonymous();
    let (_, session) = Face::Rest.sign_up(&server, &browser, "ada@example.com").await;
    for row in TABLE {
        let page = from_page(browser.forked(), &server, &row);
        // A link names no origin, whoever wrote it.
        let expected = if row.0.is_none() || row.2 { 200 } else { 400 };
        for path in ["/v1/client", "/v1/me", "/v1/environment", "/dev/inbox"] {
            let read = page.get(path).await;
            assert_eq!(read.status, expected, "{path} {row:?} {}", read.text);
        }
        if row.1 != Some("cross-site") {
            let read = page
                .send(Method::GET, "/graphql?query=%7B__typename%7D", None, Vec::new())
                .await;
            assert_eq!(read.status, expected, "{row:?} {}", read.text);
        }
        let by_link = "/graphql?query=mutation%7BclientDelete(input%3A%7B%7D)%7BdeletedClientId%7D%7D";
        let written = page.send(Method::GET, by_link, None, Vec::new()).await;
        assert!((400..=405).contains(&written.status), "{row:?} {}", written.text);
        if row.2 {
            continue;
        }
        for route in route::writes() {
            let path = route::path(route, &|place| match place {
                "session_id" => session.clone(),
                other => route::nobodys(other),
            });
            for (method, path) in [
                (route.method.as_str(), path.clone()),
                ("POST", route::tunnelled(route, &path)),
                ("POST", route::tunnelled(route, &format!("{path}/"))),
            ] {
                if route.method == "POST" && path.contains('?') {
                    continue;
                }
                let refused = page.form(method, &path, route::fields(route)).await;
                let told = (refused.status, refused.codes());
                assert_eq!(
                    told,
                    (400, vec!["origin_invalid".to_owned()]),
                    "{method} {path} {row:?}"
                );
            }
        }
        // Which mutation it is makes no difference to a row of the table; each is tried for itself below.
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
async fn no_mutation_of_the_schema_is_done_for_a_page_that_is_not_allowed() {
    let server = server().await;
    let browser = server.anonymous();
    Face::Graphql.sign_up(&server, &browser, "ada@example.com").await;
    let schema = SchemaView::read(&server.backend()).await;
    let before = dump::everything(&server).await;
    for mutation in schema.fields("Mutation") {
        let name = mutation["name"].as_str().unwrap();
        let (document, variables) = schema.request(("mutation", name), None, &|_| "x".to_owned(), None);
        for client in [browser.forked(), server.backend()] {
            let page = client.with_header("origin", "https://evil.example");
            let refused = page.graphql(&document, variables.clone()).await;
            let told = (refused.status, refused.codes());
            assert_eq!(told, (400, vec!["origin_invalid".to_owned()]), "{name}");
        }
        // By a link, whatever the browser says of where it was.
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("query", &document)
            .append_pair("variables", &variables.to_string())
            .finish();
        let path = format!("/graphql?{query}");
        let followed = browser.forked().send(Method::GET, &path, None, Vec::new()).await;
        assert!((400..=405).contains(&followed.status), "{name} {}", followed.text);
    }
    assert_eq!(dump::everything(&server).await, before);
    server.finish().await;
}

/// The status of opening a socket. What is refused is told in the answer to the handshake.
async fn handshake(server: &TestServer, headers: &[(&str, &str)]) -> u16 {
    let mut all = vec![
        ("Upgrade", "websocket"),
        ("Sec-WebSocket-Version", "13"),
        ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
        ("Sec-WebSocket-Protocol", "graphql-transport-ws"),
        ("Connection", "Upgrade"),
    ];
    all.extend_from_slice(headers);
    let mut stream = raw::open(server, ("GET", "/graphql"), &all, "").await;
    let mut line = [0; "HTTP/1.1 101".len()];
    stream.read_exact(&mut line).await.unwrap();
    String::from_utf8_lossy(&line)
        .rsplit(' ')
        .next()
        .unwrap()
        .parse()
        .unwrap()
}

#[tokio::test]
async fn sockets_open_only_for_allowed_pages_whatever_is_shown() {
    let server = server().await;
    let browser = server.anonymous();
    browser.post("/v1/client/sign_ins", &[]).await;
    let cookie = format!("__client={}", browser.cookie("__client").unwrap());
    for row in TABLE {
        for (name, value) in [
            ("X-Nothing", ""),
            ("Cookie", &*cookie),
            ("Vestibule-Native", "1"),
            ("Authorization", &*format!("Bearer {SECRET_KEY}")),
        ] {
            let mut headers = vec![(name, value)];
            headers.extend(
                row.0
                    .map(|origin| ("Origin", if origin == OWN { &*server.origin } else { origin })),
            );
            headers.extend(row.1.map(|site| ("Sec-Fetch-Site", site)));
            let expected = if row.2 { 101 } else { 403 };
            assert_eq!(handshake(&server, &headers).await, expected, "{name} {row:?}");
        }
    }
    let twice = [("Origin", APPLICATION), ("Origin", APPLICATION)];
    assert_eq!(handshake(&server, &twice).await, 403);
    server.finish().await;
}

#[tokio::test]
async fn a_link_never_changes_anything() {
    let server = server().await;
    let owner = Owner::at(&server).await;
    let before = dump::everything(&server).await;
    for route in route::writes() {
        let path = owner.path(route);
        for path in [path.clone(), route::tunnelled(route, &path)] {
            for method in [Method::GET, Method::HEAD, Method::OPTIONS] {
                let reply = owner.client.send(method.clone(), &path, None, Vec::new()).await;
                assert!(
                    reply.set_cookies("__client").is_empty(),
                    "{method} {path} {}",
                    reply.text
                );
            }
        }
    }
    assert_eq!(dump::everything(&server).await, before);
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

/// Headers that are there and say nothing that could be allowed.
const UNREADABLE: [&[(&str, &[u8])]; 6] = [
    &[("origin", b"http://localhost:3000\xff")],
    &[("origin", b"\x80\x81")],
    &[("origin", b"https://app.example"), ("origin", b"https://app.example")],
    &[("origin", b"https://app.example"), ("origin", b"https://evil.example")],
    &[("origin", b"https://evil.example"), ("origin", b"https://app.example")],
    &[("origin", b"https://app.example, https://evil.example")],
];

fn carrying(mut client: TestClient, headers: &[(&str, &[u8])]) -> TestClient {
    for (name, value) in headers {
        let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
        client.headers.append(name, HeaderValue::from_bytes(value).unwrap());
    }
    client
}

#[tokio::test]
async fn an_origin_that_cannot_be_read_or_is_there_twice_is_foreign_to_every_credential() {
    let server = server().await;
    let browser = server.anonymous();
    let (_, session) = Face::Rest.sign_up(&server, &browser, "ada@example.com").await;
    let jwt = Face::Rest.token(&browser, &session).await.unwrap();
    let made = server.anonymous().post("/v1/dev_browser", &[]).await;
    let dev_browser = made.body["token"].as_str().unwrap();
    let settings = "{ instance { settings { version } } }";
    for headers in UNREADABLE {
        for (caller, client) in [
            ("nobody", server.anonymous()),
            ("a cookie", browser.forked()),
            ("native", server.anonymous().with_header("vestibule-native", "1")),
            (
                "a development browser",
                server.anonymous().with_query("__clerk_db_jwt", dev_browser),
            ),
            (
                "a session token",
                server
                    .anonymous()
                    .with_header("authorization", &format!("Bearer {jwt}")),
            ),
            ("a secret key", server.backend()),
        ] {
            let client = carrying(client, headers);
            for reply in [
                client.get("/v1/environment").await,
                client.get("/v1/me").await,
                client.post("/v1/client/sign_ins", &[]).await,
                client.form("PATCH", "/v1/environment", &[]).await,
                client.graphql(settings, json!({})).await,
            ] {
                let told = (reply.status, reply.codes());
                assert_eq!(
                    told,
                    (400, vec!["origin_invalid".to_owned()]),
                    "{caller} {headers:?} {}",
                    reply.text
                );
                assert_eq!(
                    reply.header("access-control-allow-origin"),
                    None,
                    "{caller} {headers:?}"
                );
            }
        }
    }
    for site in [&b"cross-site"[..], b"Cross-Site", b"same-origin, cross-site", b"\xff"] {
        let client = carrying(browser.forked(), &[("sec-fetch-site", site)]);
        let reply = client.post("/v1/client/sign_ins", &[]).await;
        assert_eq!(reply.codes(), ["origin_invalid"], "{site:?}");
    }
    server.finish().await;
}

async fn home_origins(server: &TestServer) -> (i64, i64) {
    let with = |condition: &str| format!("SELECT COUNT(*) FROM instance WHERE home_origin {condition}");
    (
        server.count(&with("IS NOT NULL")).await,
        server.count(&with("= 'https://evil.example'")).await,
    )
}

#[tokio::test]
async fn no_strangers_page_rewrites_where_a_development_instance_sends_people() {
    let server = server().await;
    let path = "/v1/environment?_method=PATCH";
    let made = server.anonymous().post("/v1/dev_browser", &[]).await;
    let dev_browser = made.body["token"].as_str().unwrap();
    let page = server.anonymous().with_header("origin", "https://evil.example");
    for client in [
        page.clone(),
        page.clone().with_query("_is_native", "1"),
        page.clone().with_header("vestibule-native", "1"),
        page.clone().with_query("__clerk_db_jwt", dev_browser),
        page.clone().with_query("__dev_session", dev_browser),
    ] {
        let refused = client.post(path, &[]).await;
        assert_eq!(refused.codes(), ["origin_invalid"], "{}", refused.text);
    }
    assert_eq!(home_origins(&server).await, (0, 0));
    // SDKs outside of browsers name the origins that the instance allows them, or none.
    server
        .settings(json!({ "allowed_origins": ["chrome-extension://abcdefghijklmnop", APPLICATION] }))
        .await;
    let native = server.anonymous().with_query("_is_native", "1");
    for (origin, known) in [
        (None, 0),
        (Some("chrome-extension://abcdefghijklmnop"), 0),
        (Some(APPLICATION), 1),
        (Some("http://localhost:8081"), 1),
    ] {
        let client = match origin {
            Some(origin) => native.clone().with_header("origin", origin),
            None => native.clone(),
        };
        assert_eq!(client.post(path, &[]).await.status, 200, "{origin:?}");
        assert_eq!(home_origins(&server).await, (known, 0), "{origin:?}");
    }
    server.finish().await;
}

#[tokio::test]
async fn telling_where_the_application_runs_has_a_budget_that_repeating_it_does_not_spend() {
    let server = server().await;
    server
        .settings(json!({ "limit": { "environment_update_per_network": 2 } }))
        .await;
    let tell = async |port: u16| {
        let page = server
            .anonymous()
            .with_header("origin", &format!("http://localhost:{port}"));
        page.form("PATCH", "/v1/environment", &[]).await
    };
    for port in [3_000, 3_000, 3_000, 3_001, 3_001] {
        assert_eq!(tell(port).await.status, 200, "{port}");
    }
    let refused = tell(3_002).await;
    assert_eq!(
        (refused.status, refused.codes()),
        (429, vec!["too_many_requests".to_owned()])
    );
    assert!(refused.header("retry-after").is_some());
    assert_eq!(tell(3_001).await.status, 200, "what is known already costs nothing");
    server.advance(std::time::Duration::from_secs(10));
    assert_eq!(tell(3_002).await.status, 200);
    server.finish().await;
}
