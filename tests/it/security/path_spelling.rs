//! GHSA-x732-6j76-qmhm (better-auth: `//path` went past disabled paths and rate limits) and the route-matcher advisory of
//! Clerk's SDKs: another spelling of a path is the same route with the same rules, or no route at all.

use super::raw;
use crate::support::{Face, TestServer};
use serde_json::json;

/// Spellings of `/v1/me` that some other server would take for it, or for another path.
const SPELLINGS: [&str; 34] = [
    "//v1/me",
    "///v1/me",
    "/v1//me",
    "/v1/./me",
    "/./v1/me",
    "/v1/client/../me",
    "/v1/me/.",
    "/v1/me/..",
    "/v1/me//",
    "/v1/me/./",
    "/v1%2fme",
    "/v1%2Fme",
    "/%2fv1/me",
    "/v1/%2e/me",
    "/v1/client/%2e%2e/me",
    "/v1/client/%2E%2E%2Fme",
    "/v1/client/..%2fme",
    "/v1/client%2f..%2fme",
    "/v1/%6de",
    "/%76%31/me",
    "/v1/me%00",
    "/v1/me%20",
    "/v1/me%0a",
    "/v1/me;",
    "/v1/me;a=b",
    "/v1;a/me",
    "/v1/me%3b",
    "/V1/me",
    "/v1/Me",
    "/v1/ME",
    "/v1/me.json",
    "/v1\\me",
    "/v1/me%5c",
    "/v1/%252e%252e/me",
];

#[tokio::test]
async fn another_spelling_of_a_path_is_no_route() {
    let server = TestServer::start().await;
    let client = server.anonymous();
    Face::Rest.sign_up(&server, &client, "ada@example.com").await;
    let cookie = format!("__client={}", client.cookie("__client").unwrap());
    let headers = [("Cookie", &*cookie)];
    let plain = raw::send(&server, ("GET", "/v1/me"), &headers, "").await;
    assert_eq!(plain.json()["response"]["object"], "user", "{plain:?}");
    for target in SPELLINGS {
        for target in [target.to_owned(), format!("{target}?a=b"), format!("{target}?/v1/me")] {
            let reply = raw::send(&server, ("GET", &target), &headers, "").await;
            assert!(matches!(reply.status, 400 | 404), "{target} {reply:?}");
            assert!(
                !reply.body.contains("\"object\"") && !reply.body.contains("ada@"),
                "{target} {reply:?}"
            );
        }
    }
    let slash = raw::send(&server, ("GET", "/v1/me/"), &headers, "").await;
    assert_eq!(
        slash.json()["response"]["id"],
        plain.json()["response"]["id"],
        "one slash at the end is forgiven"
    );
    server.finish().await;
}

#[tokio::test]
async fn no_spelling_reaches_a_handler_that_changes_something() {
    let server = TestServer::start().await;
    let client = server.anonymous();
    let (_, session) = Face::Rest.sign_up(&server, &client, "ada@example.com").await;
    let cookie = format!("__client={}", client.cookie("__client").unwrap());
    let headers = [("Cookie", &*cookie)];
    for target in [
        format!("/v1/client/sessions/{session}%2fend"),
        format!("/v1/client/sessions//{session}/end"),
        format!("/v1/client/sessions/./{session}/end"),
        format!("/v1/client/sessions/{session}/end/."),
        format!("/v1/client/sessions/{session}/end;"),
        format!("/v1/client/sessions/{session}/END"),
        format!("/v1/client/sessions/{session}/x/../end"),
        format!("/v1/client/sessions/{session}/%65nd"),
        format!("/v1/client/sessions/{}/end", session.to_uppercase()),
        format!("/v1/client/sessions/{session}%00/end"),
        format!("/v1/client/sessions/{session}%20/end"),
        format!("/v1/client/sessions/..%2fsessions%2f{session}/end"),
        "//v1/client?_method=DELETE".to_owned(),
        "/v1/./client?_method=DELETE".to_owned(),
        "/v1/client/.?_method=DELETE".to_owned(),
        "/v1/client?_method=delete".to_owned(),
        "/v1/client?_method=DELETE&_method=PUT".to_owned(),
        "/v1/client?_method=GET".to_owned(),
        "/v1/client?_METHOD=DELETE/../x".to_owned(),
    ] {
        let reply = raw::send(&server, ("POST", &target), &headers, "").await;
        if target.contains("_METHOD") {
            assert_eq!(
                reply.status, 200,
                "an unknown parameter of the address means nothing: {reply:?}"
            );
            continue;
        }
        assert!(matches!(reply.status, 400 | 404 | 405), "{target} {reply:?}");
        assert_eq!(client.get("/v1/me").await.status, 200, "{target}");
    }
    server.finish().await;
}

/// Spellings of `/graphql` that some other server would take for it.
const GRAPHQL_SPELLINGS: [&str; 24] = [
    "//graphql",
    "///graphql",
    "/graphql/",
    "/graphql//",
    "/./graphql",
    "/graphql/.",
    "/graphql/..",
    "/graphql/./",
    "/v1/../graphql",
    "/v1/%2e%2e/graphql",
    "/v1/..%2fgraphql",
    "/GraphQL",
    "/GRAPHQL",
    "/graphql;a",
    "/graphql;a=b",
    "/graphql%3b",
    "/%67raphql",
    "/%2567raphql",
    "/graphql%2f",
    "/graphql%00",
    "/graphql%20",
    "/graphql%0d%0a",
    "/graphql%5c",
    "/v1/graphql",
];

/// The status of an answer whose rest may never come.
pub(super) async fn status(mut stream: tokio::net::TcpStream) -> u16 {
    use tokio::io::AsyncReadExt as _;
    let mut line = [0; "HTTP/1.1 101".len()];
    stream.read_exact(&mut line).await.unwrap();
    let line = String::from_utf8_lossy(&line);
    line.rsplit(' ').next().unwrap().parse().unwrap()
}

/// The status of each way to ask for something at this path: `POST`, `GET`, event streams by both, a socket.
async fn ways(server: &TestServer, path: &str) -> [u16; 5] {
    let (body, link) = (
        json!({ "query": "{ __typename }" }).to_string(),
        format!("{path}?query=%7B__typename%7D"),
    );
    let json = ("Content-Type", "application/json");
    let events = ("Accept", "text/event-stream");
    let socket = [
        ("Upgrade", "websocket"),
        ("Connection", "Upgrade"),
        ("Sec-WebSocket-Version", "13"),
        ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
        ("Sec-WebSocket-Protocol", "graphql-transport-ws"),
    ];
    [
        status(raw::open(server, ("POST", path), &[json], &body).await).await,
        status(raw::open(server, ("GET", &link), &[], "").await).await,
        status(raw::open(server, ("POST", path), &[json, events], &body).await).await,
        status(raw::open(server, ("GET", &link), &[events], "").await).await,
        status(raw::open(server, ("GET", path), &socket, "").await).await,
    ]
}

#[tokio::test]
async fn another_spelling_of_the_graphql_path_is_no_route_by_http_event_stream_or_socket() {
    let server = TestServer::start().await;
    assert_eq!(ways(&server, "/graphql").await, [200, 200, 200, 200, 101]);
    for path in GRAPHQL_SPELLINGS {
        for status in ways(&server, path).await {
            assert!(matches!(status, 400 | 404), "{path}: {status}");
        }
    }
    server.finish().await;
}

#[tokio::test]
async fn every_spelling_that_is_a_route_spends_the_same_budget() {
    let server = TestServer::start().await;
    server
        .settings(json!({ "limit": { "sign_in_create_per_network": 2 } }))
        .await;
    let mut statuses = Vec::new();
    for target in [
        "/v1/client/sign_ins",
        "/v1/client/sign_ins/",
        "/v1/client/sign_ins?a=b",
        "/v1/client/sign_ins/?c",
    ] {
        statuses.push(raw::send(&server, ("POST", target), &[], "").await.status);
    }
    assert_eq!(statuses, [200, 200, 429, 429]);
    server.finish().await;
}
