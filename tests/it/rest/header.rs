use crate::support::{
    Reply, TestClient, TestServer,
    route::{self, Owner},
};
use reqwest::Method;
use vestibule::rest::route::ROUTES;

const APP: &str = "http://localhost:3000";

fn list(reply: &Reply, name: &str) -> Vec<String> {
    let text = reply.header(name).unwrap_or_default().to_lowercase();
    text.split(',')
        .map(|word| word.trim().to_owned())
        .filter(|word| !word.is_empty())
        .collect()
}

/// What is the same for everybody, so that caches may keep it.
const KEPT: [&str; 4] = [
    "avatar::read",
    "well_known::jwks",
    "well_known::openid_configuration",
    "npm::script",
];

#[tokio::test]
async fn json_is_exactly_json_and_kept_by_nobody() {
    let server = TestServer::start().await;
    let client = server.anonymous();
    let owner = Owner::at(&server).await;
    let mut replies = vec![
        client.get("/v1/nothing").await,
        client.post("/v1/client/sign_ups", &[("nonsense", "")]).await,
    ];
    for route in ROUTES {
        let path = owner.path(route);
        if KEPT.contains(&&*route::name(route)) {
            continue;
        }
        // What nobody may do is refused; what the owner may do, on a copy that is none of their business, is done.
        replies.push(route::ask(&client.forked(), route, &path).await);
        replies.push(route::ask(&owner.client.forked(), route, &path).await);
    }
    for reply in replies {
        assert_eq!(reply.header("content-type"), Some("application/json"), "{}", reply.text);
        assert_eq!(reply.header("cache-control"), Some("no-store"), "{}", reply.text);
        assert_eq!(reply.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(reply.header("x-frame-options"), Some("DENY"));
        assert_eq!(reply.header("referrer-policy"), Some("no-referrer"));
    }
    for route in ROUTES.iter().filter(|route| KEPT.contains(&&*route::name(route))) {
        let kept = client.get(&owner.path(route)).await;
        let is_kept = kept
            .header("cache-control")
            .is_some_and(|value| value.starts_with("public"));
        assert!(is_kept || kept.status == 404, "{} {}", route.path, kept.text);
    }
    let avatar = client.get(&format!("/v1/avatars/{}", owner.id("user_id"))).await;
    assert_eq!(avatar.header("content-type"), Some("image/svg+xml"));
    assert!(avatar.text.starts_with("<svg") && avatar.header("content-security-policy").unwrap().contains("sandbox"));
    server.finish().await;
}

#[tokio::test]
async fn every_refusal_names_its_trace_which_no_caller_chooses() {
    let server = TestServer::start().await;
    let client = server.anonymous();
    let one = client.get("/v1/nothing").await;
    let chosen = "chosen-by-the-caller";
    let named = client
        .with_header("vestibule-trace-id", chosen)
        .with_header("x-request-id", chosen);
    let other = named.get("/v1/nothing").await;
    for reply in [&one, &other] {
        let trace = reply.header("clerk-trace-id").unwrap();
        assert_eq!(reply.body["clerk_trace_id"], trace);
        assert_eq!(trace.len(), 32, "{trace}");
    }
    assert_ne!(one.body["clerk_trace_id"], other.body["clerk_trace_id"]);
    server.finish().await;
}

#[tokio::test]
async fn allowed_pages_read_answers_and_refusals_alike() {
    let server = TestServer::start().await;
    let page = server.anonymous().with_header("origin", APP);
    let replies = [
        page.get("/v1/client").await,
        page.get("/v1/nothing").await,
        page.get("/v1/me").await,
        page.post("/v1/client/sign_ups", &[("nonsense", "1")]).await,
        page.post("/v1/client?_method=nonsense", &[]).await,
        page.send(Method::POST, "/v1/client/sign_ups", Some("text/plain"), b"x".to_vec())
            .await,
    ];
    for reply in replies {
        assert_eq!(
            reply.header("access-control-allow-origin"),
            Some(APP),
            "{} {}",
            reply.status,
            reply.text
        );
        assert_eq!(
            reply.header("access-control-allow-credentials"),
            Some("true"),
            "{}",
            reply.text
        );
        assert!(list(&reply, "vary").contains(&"origin".to_owned()), "{}", reply.text);
        let exposed = list(&reply, "access-control-expose-headers");
        for name in [
            "authorization",
            "retry-after",
            "clerk-db-jwt",
            "clerk-cookie",
            "clerk-trace-id",
        ] {
            assert!(exposed.contains(&name.to_owned()), "{name} in {exposed:?}");
        }
    }
    server.finish().await;
}

#[tokio::test]
async fn other_pages_read_nothing() {
    let server = TestServer::start().await;
    for origin in ["https://evil.example", "null", "http://localhost.evil.example"] {
        let page = server.anonymous().with_header("origin", origin);
        for reply in [
            page.get("/v1/client").await,
            preflight(&page, "/v1/client", "authorization").await,
            preflight(&page, "/graphql", "traceparent").await,
        ] {
            let said: Vec<_> = reply.headers.keys().map(ToString::to_string).collect();
            assert!(!said.iter().any(|name| name.starts_with("access-control-")), "{said:?}");
        }
    }
    server.finish().await;
}

#[tokio::test]
async fn a_preflight_of_an_allowed_page_allows_whatever_headers_it_asks_for() {
    let server = TestServer::start().await;
    let page = server.anonymous().with_header("origin", APP);
    for asked in [
        "apollographql-client-name,apollographql-client-version",
        "traceparent",
        "baggage,sentry-trace",
        "x-of-the-application",
    ] {
        for path in ["/graphql", "/v1/client/sign_ins"] {
            let reply = preflight(&page, path, asked).await;
            let allowed = list(&reply, "access-control-allow-headers");
            let asked: Vec<_> = asked.split(',').collect();
            assert_eq!(allowed, asked, "{path}");
            let varies = list(&reply, "vary");
            assert!(
                varies.contains(&"access-control-request-headers".to_owned()),
                "{varies:?}"
            );
        }
    }
    let many = vec!["a"; 200].join(",");
    for asked in ["a b", "a;q=1", "(x)", &many, &"a".repeat(5_000)] {
        let reply = preflight(&page, "/graphql", asked).await;
        assert_eq!(reply.header("access-control-allow-headers"), None, "{asked}");
    }
    server.finish().await;
}

async fn preflight(page: &TestClient, path: &str, headers: &str) -> Reply {
    let asking = page
        .clone()
        // No operation of the API, so nothing that recorded exchanges should hold.
        .with_header("x-unrecorded", "1")
        .with_header("access-control-request-method", "PATCH")
        .with_header("access-control-request-headers", headers);
    asking.send(Method::OPTIONS, path, None, Vec::new()).await
}

#[tokio::test]
async fn a_preflight_allows_what_sdks_send() {
    let server = TestServer::start().await;
    let page = server.anonymous().with_header("origin", APP);
    let sent = "accept,authorization,clerk-api-version,content-type,vestibule-native,vestibule-session,x-mobile";
    for path in ["/v1/client", "/v1/client/sign_ups/sua_x", "/graphql"] {
        let reply = preflight(&page, path, sent).await;
        assert!(reply.status == 200 || reply.status == 204, "{path}: {}", reply.status);
        assert_eq!(reply.header("access-control-allow-origin"), Some(APP), "{path}");
        assert_eq!(reply.header("access-control-allow-credentials"), Some("true"), "{path}");
        let methods = list(&reply, "access-control-allow-methods");
        for method in ["get", "post", "put", "patch", "delete"] {
            assert!(methods.contains(&method.to_owned()), "{method} in {methods:?}");
        }
        let headers = list(&reply, "access-control-allow-headers");
        for header in ["authorization", "content-type", "clerk-api-version", "x-mobile"] {
            assert!(headers.contains(&header.to_owned()), "{header} in {headers:?}");
        }
    }
    server.finish().await;
}
