//! OWASP's rules against cross-site requests, for GraphQL: every method with every content type and accepted answer, from every page of
//! the table in `csrf`, with and without a cookie. What changes something, and what an event stream or a socket tells, is only for pages
//! that may act.

use super::{
    csrf::{Row, TABLE, from_page, server},
    raw,
};
use crate::support::{Face, TestClient, TestServer};
use reqwest::Method;
use serde_json::{Value, json};

const MUTATION: &str = "mutation { signInCreate { signIn { id } userErrors { code } } }";
const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
const CONTENT_TYPES: [Option<&str>; 7] = [
    None,
    Some("application/json"),
    Some("application/json; charset=utf-8"),
    Some("text/plain"),
    Some("text/plain; charset=application/json"),
    Some("application/x-www-form-urlencoded"),
    Some("multipart/form-data; boundary=b"),
];
const ACCEPTS: [&str; 2] = ["*/*", "text/event-stream"];

/// A cookie of somebody who is signed in, and of nobody.
async fn browsers(server: &TestServer) -> [(&'static str, TestClient); 2] {
    let settings = json!({ "session": { "single_session_mode": false } });
    server.settings(settings).await;
    let browser = server.anonymous();
    Face::Graphql.sign_up(server, &browser, "ada@example.com").await;
    [("a cookie", browser), ("no cookie", server.anonymous())]
}

fn is_json(content_type: Option<&str>) -> bool {
    content_type.is_some_and(|content_type| content_type.starts_with("application/json"))
}

#[tokio::test]
async fn a_mutation_is_done_for_a_post_of_json_by_a_page_that_may_act_and_for_nothing_else() {
    let server = server().await;
    let body = json!({ "query": MUTATION }).to_string();
    let link = form_urlencoded::Serializer::new(String::new())
        .append_pair("query", MUTATION)
        .finish();
    let mut done = 0;
    for (shown, browser) in browsers(&server).await {
        for row in TABLE {
            for (method, content_type, accept) in requests() {
                // Each begins with the same cookie: what one is given is not for the next.
                let page = from_page(browser.forked(), &server, &row).with_header("accept", accept);
                let (path, body) = match method {
                    "POST" | "PUT" | "PATCH" | "DELETE" => ("/graphql".to_owned(), body.clone()),
                    _ => (format!("/graphql?{link}"), String::new()),
                };
                let reply = page
                    .send(method.parse().unwrap(), &path, content_type, body.into_bytes())
                    .await;
                let may_act = method == "POST" && is_json(content_type) && accept != "text/event-stream" && row.2;
                let what = format!(
                    "{method} of {content_type:?} for {accept} with {shown}, {row:?}: {}",
                    reply.text
                );
                assert_eq!(
                    reply.body["data"]["signInCreate"]["signIn"].is_object(),
                    may_act,
                    "{what}"
                );
                assert!(may_act || reply.set_cookies("__client").is_empty(), "{what}");
                let is_preflight = method == "OPTIONS";
                assert!(
                    may_act || is_preflight || (400..=415).contains(&reply.status),
                    "{} {what}",
                    reply.status
                );
                done += i64::from(may_act);
            }
        }
    }
    assert!(done > 40, "{done}");
    assert_eq!(server.count("SELECT COUNT(*) FROM sign_in").await, done);
    server.finish().await;
}

fn requests() -> impl Iterator<Item = (&'static str, Option<&'static str>, &'static str)> {
    METHODS.into_iter().flat_map(|method| {
        let of_method = move |content_type| ACCEPTS.map(|accept| (method, content_type, accept));
        CONTENT_TYPES.into_iter().flat_map(of_method)
    })
}

/// Asks for an event stream that ends by itself.
async fn streamed(page: &TestClient, method: Method, query: &str) -> Option<Value> {
    let page = page.clone().with_header("accept", "text/event-stream");
    let link = form_urlencoded::Serializer::new(String::new())
        .append_pair("query", query)
        .finish();
    let reply = match method {
        Method::GET => page.get(&format!("/graphql?{link}")).await,
        _ => page.graphql(query, json!({})).await,
    };
    let data = reply.text.lines().find_map(|line| line.strip_prefix("data:"))?;
    assert_eq!(reply.status, 200, "{}", reply.text);
    Some(serde_json::from_str(data).unwrap())
}

#[tokio::test]
async fn an_event_stream_tells_something_only_to_pages_that_may_act() {
    let server = server().await;
    for (shown, browser) in browsers(&server).await {
        for row in TABLE {
            let page = from_page(browser.forked(), &server, &row);
            for method in [Method::GET, Method::POST] {
                let what = format!("{method} with {shown}, {row:?}");
                let read = streamed(&page, method.clone(), "{ viewer { id } }").await;
                assert_eq!(read.is_some(), row.2, "{what}: {read:?}");
                if shown == "no cookie" {
                    // A subscription of nobody says so and ends.
                    let followed = streamed(&page, method, "subscription { clientUpdated { client { id } } }").await;
                    let told = followed.map(|told| told["data"].clone());
                    let nobody = json!({ "clientUpdated": { "client": null } });
                    assert_eq!(told, row.2.then_some(nobody), "{what}");
                } else {
                    assert_eq!(
                        read.is_some_and(|told| told["data"]["viewer"]["id"].is_string()),
                        row.2,
                        "{what}"
                    );
                }
            }
        }
    }
    server.finish().await;
}

/// The status of a handshake with these headers beside those that it takes.
async fn handshake(server: &TestServer, method: &str, headers: &[(&str, &str)]) -> u16 {
    let mut all = vec![
        ("Upgrade", "websocket"),
        ("Connection", "Upgrade"),
        ("Sec-WebSocket-Version", "13"),
        ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
        ("Sec-WebSocket-Protocol", "graphql-transport-ws"),
    ];
    all.extend_from_slice(headers);
    super::path_spelling::status(raw::open(server, (method, "/graphql"), &all, "").await).await
}

fn origin<'a>(server: &'a TestServer, row: &'a Row) -> Vec<(&'static str, &'a str)> {
    let origin = row
        .0
        .map(|origin| ("Origin", if origin == "own" { &*server.origin } else { origin }));
    let site = row.1.map(|site| ("Sec-Fetch-Site", site));
    origin.into_iter().chain(site).collect()
}

#[tokio::test]
async fn a_handshake_is_judged_by_its_page_whatever_method_type_and_cookie_it_has() {
    let server = server().await;
    let [(_, browser), _] = browsers(&server).await;
    let cookie = format!("__client={}", browser.cookie("__client").unwrap());
    for row in TABLE {
        for method in ["GET", "POST", "PUT"] {
            for content_type in [None, Some("application/json"), Some("text/plain")] {
                for cookie in [None, Some(cookie.as_str())] {
                    let mut headers = origin(&server, &row);
                    headers.extend(content_type.map(|content_type| ("Content-Type", content_type)));
                    headers.extend(cookie.map(|cookie| ("Cookie", cookie)));
                    headers.extend([("Sec-Fetch-Mode", "websocket"), ("Sec-Fetch-Dest", "empty")]);
                    let status = handshake(&server, method, &headers).await;
                    let what = format!("{method} {content_type:?} {cookie:?} {row:?}");
                    match (method, row.2) {
                        ("GET", true) => assert_eq!(status, 101, "{what}"),
                        ("GET", false) => assert_eq!(status, 403, "{what}"),
                        _ => assert!((400..=426).contains(&status), "{status} {what}"),
                    }
                }
            }
        }
    }
    server.finish().await;
}
