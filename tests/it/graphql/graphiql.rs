use crate::support::{Reply, TestClient, TestServer};
use std::collections::BTreeSet;

async fn page(client: TestClient) -> Reply {
    client
        .with_header("accept", "text/html,application/xhtml+xml,*/*;q=0.8")
        .get("/graphql")
        .await
}

/// Every value of `attribute="…"` in the page.
fn attributes<'a>(html: &'a str, name: &str) -> Vec<&'a str> {
    html.split(&format!(" {name}=\""))
        .skip(1)
        .map(|rest| rest.split_once('"').unwrap().0)
        // What stands in the page itself is fetched from nowhere.
        .filter(|value| !value.starts_with("data:"))
        .collect()
}

/// What the page loads.
fn loaded(html: &str) -> Vec<&str> {
    let mut urls = attributes(html, "src");
    urls.extend(attributes(html, "href"));
    urls
}

#[tokio::test]
async fn a_development_instance_serves_a_page_that_runs_only_what_it_names() {
    let server = TestServer::start().await;
    let reply = page(server.anonymous()).await;
    assert_eq!(reply.status, 200);
    assert_eq!(reply.header("content-type"), Some("text/html; charset=utf-8"));
    let policy = reply.header("content-security-policy").unwrap();
    let nonces: BTreeSet<_> = attributes(&reply.text, "nonce").into_iter().collect();
    assert_eq!(nonces.len(), 1, "{nonces:?}");
    let nonce = nonces.first().unwrap();
    assert!(policy.contains("default-src 'none'"), "{policy}");
    assert!(policy.contains(&format!("script-src 'nonce-{nonce}'")), "{policy}");
    assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
    let scripts: Vec<_> = reply.text.split("<script").skip(1).collect();
    assert!(
        scripts.len() >= 3 && scripts.iter().all(|script| script.contains("nonce=\"")),
        "{}",
        reply.text
    );
    assert_eq!(
        attributes(&reply.text, "integrity").len(),
        loaded(&reply.text).len(),
        "each file is pinned by its hash"
    );
    let again = page(server.anonymous()).await;
    assert!(!again.text.contains(*nonce), "a nonce is used once");
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    server.finish().await;
}

#[tokio::test]
async fn everything_that_the_page_loads_is_in_the_program_and_kept_for_ever() {
    let server = TestServer::start().await;
    let anonymous = server.anonymous();
    let reply = page(anonymous.clone()).await;
    let urls = loaded(&reply.text);
    assert_eq!(urls.len(), 4, "{urls:?}");
    for url in urls {
        let (_, version) = url.split_once('@').unwrap();
        assert!(version.starts_with(|digit: char| digit.is_ascii_digit()), "{url}");
        let file = anonymous.get(url).await;
        assert_eq!(file.status, 200, "{url}");
        let kind = if url.ends_with("css") {
            "text/css"
        } else {
            "text/javascript"
        };
        for (name, value) in [
            ("content-type", format!("{kind}; charset=utf-8")),
            ("content-encoding", "gzip".to_owned()),
            ("cache-control", "public, max-age=31536000, immutable".to_owned()),
            ("cross-origin-resource-policy", "same-origin".to_owned()),
            ("x-content-type-options", "nosniff".to_owned()),
        ] {
            assert_eq!(file.header(name), Some(value.as_str()), "{name} {url}");
        }
        let length: usize = file.header("content-length").unwrap().parse().unwrap();
        assert!(length > 1_000, "{url}: {length}");
    }
    server.finish().await;
}

#[tokio::test]
async fn no_other_file_and_no_other_version_is_there() {
    let server = TestServer::start().await;
    let anonymous = server.anonymous();
    let reply = page(anonymous.clone()).await;
    let script = *attributes(&reply.text, "src").last().unwrap();
    for path in [
        "/graphql/assets/graphiql/graphiql.min.js",
        "/graphql/assets/graphiql@0.0.0/graphiql.min.js",
        "/graphql/assets/graphiql@4.1.2/package.json",
        "/graphql/assets/..%2fmod.rs",
        "/graphql/assets/graphiql",
        "/graphql/assets/",
        &format!("{script}/"),
        &format!("{script}.gz"),
    ] {
        let refused = anonymous.get(path).await;
        let told = (refused.status, refused.codes());
        assert_eq!(told, (404, vec!["resource_not_found".to_owned()]), "{path}");
    }
    server.finish().await;
}

#[tokio::test]
async fn a_production_instance_has_neither_the_page_nor_what_it_loads() {
    let server = TestServer::start().await;
    let development = page(server.anonymous()).await;
    server.make_production().await;
    let reply = page(server.anonymous()).await;
    assert_eq!(reply.status, 404, "{}", reply.text);
    let scripts = attributes(&reply.text, "src");
    assert!(
        scripts.iter().all(|url| url.starts_with("/_/")),
        "nothing of GraphiQL is loaded: {scripts:?}"
    );
    for url in loaded(&development.text) {
        assert_eq!(server.anonymous().get(url).await.status, 404, "{url}");
    }
    server.finish().await;
}

#[tokio::test]
async fn a_production_instance_shows_its_page_to_nobody_else() {
    let server = TestServer::start().await;
    server.make_production().await;
    let at = |accept: &str| server.anonymous().with_header("accept", accept);
    for accept in ["application/json", "*/*", "application/graphql-response+json"] {
        let reply = at(accept).get("/graphql").await;
        assert_eq!(reply.status, 400, "{accept}: {}", reply.text);
        assert!(reply.header("content-type").unwrap().contains("json"), "{accept}");
    }
    // A link that brings a query is answered, in a browser too.
    let browser = at("text/html,application/xhtml+xml,*/*;q=0.8");
    let reply = browser.get("/graphql?query=%7B__typename%7D").await;
    assert_eq!(reply.body["data"]["__typename"], "Query", "{}", reply.text);
    let reply = browser.graphql("{ __typename }", serde_json::json!({})).await;
    assert_eq!(reply.body["data"]["__typename"], "Query", "{}", reply.text);
    server.finish().await;
}

#[tokio::test]
async fn whoever_asks_for_json_gets_no_page() {
    let server = TestServer::start().await;
    for accept in [
        "application/json",
        "*/*",
        "application/graphql-response+json, text/html;q=0.5",
    ] {
        let client = server.anonymous().with_header("accept", accept);
        let reply = client.get("/graphql?query=%7B__typename%7D").await;
        assert_eq!(reply.body["data"]["__typename"], "Query", "{accept}: {}", reply.text);
    }
    server.finish().await;
}
