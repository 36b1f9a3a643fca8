use crate::support::{Reply, TestClient, TestServer};
use std::{collections::BTreeSet, fs, path::Path};

/// The files of an npm install, as far as the page wants them.
const FILES: [&str; 4] = [
    "react/umd/react.production.min.js",
    "react-dom/umd/react-dom.production.min.js",
    "graphiql/graphiql.min.js",
    "graphiql/graphiql.min.css",
];

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

fn stand_ins(directory: &Path) {
    for file in FILES {
        let path = directory.join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, format!("/* {file} */")).unwrap();
    }
    fs::write(directory.join("secret.txt"), "secret").unwrap();
    fs::write(directory.join("graphiql/package.json"), "{}").unwrap();
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
    for url in attributes(&reply.text, "src") {
        assert!(
            url.starts_with("https://cdn.jsdelivr.net/npm/") && url.contains('@'),
            "{url}"
        );
    }
    let sources = attributes(&reply.text, "src").len() + attributes(&reply.text, "href").len();
    assert_eq!(
        attributes(&reply.text, "integrity").len(),
        sources,
        "each file is pinned by its hash"
    );
    let again = page(server.anonymous()).await;
    assert!(!again.text.contains(*nonce), "a nonce is used once");
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    server.finish().await;
}

#[tokio::test]
async fn with_a_directory_everything_is_local_and_nothing_else_of_it_is_served() {
    let directory = tempfile::tempdir().unwrap();
    stand_ins(directory.path());
    let server = TestServer::start_with(&[("VESTIBULE_GRAPHIQL_DIR", directory.path().to_str().unwrap())]).await;
    let anonymous = server.anonymous();
    let reply = page(anonymous.clone()).await;
    let mut urls = attributes(&reply.text, "src");
    urls.extend(attributes(&reply.text, "href"));
    assert_eq!(urls.len(), FILES.len());
    assert!(!reply.text.contains("https://cdn"), "{}", reply.text);
    for (url, kind) in urls.iter().map(|url| {
        (
            url,
            if url.ends_with("css") {
                "text/css"
            } else {
                "text/javascript"
            },
        )
    }) {
        let file = anonymous.get(url).await;
        assert_eq!(file.status, 200, "{url}");
        assert!(file.header("content-type").unwrap().starts_with(kind), "{url}");
        let name = url.strip_prefix("/graphql/assets/").unwrap();
        assert_eq!(file.text, format!("/* {name} */"));
    }
    for path in [
        "secret.txt",
        "graphiql/package.json",
        "graphiql/../secret.txt",
        "graphiql/%2e%2e/secret.txt",
        "..%2fsecret.txt",
        "graphiql",
    ] {
        let refused = anonymous.get(&format!("/graphql/assets/{path}")).await;
        assert_eq!(refused.status, 404, "{path}");
        assert!(!refused.text.contains("secret\n") && refused.text != "secret", "{path}");
    }
    fs::remove_file(directory.path().join(FILES[0])).unwrap();
    assert_eq!(
        anonymous.get(&format!("/graphql/assets/{}", FILES[0])).await.status,
        404
    );
    server.finish().await;
}

#[tokio::test]
async fn without_a_directory_there_are_no_files() {
    let server = TestServer::start().await;
    for file in FILES {
        assert_eq!(
            server.anonymous().get(&format!("/graphql/assets/{file}")).await.status,
            404
        );
    }
    server.finish().await;
}

#[tokio::test]
async fn a_production_instance_has_no_such_page() {
    let server = TestServer::start().await;
    server.make_production().await;
    let reply = page(server.anonymous()).await;
    assert_eq!(reply.status, 400, "{}", reply.text);
    assert!(!reply.text.contains("<html") && !reply.header("content-type").unwrap().contains("html"));
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
