use super::frame::{BROWSER, assert_strict};
use crate::support::{TestServer, server::SECRET_KEY};
use reqwest::Method;
use serde_json::json;

#[tokio::test]
async fn a_browser_is_told_what_to_do_next() {
    let server = TestServer::start().await;
    server.settings(json!({ "application_name": "A & <b>B</b>" })).await;
    let browser = server.anonymous().with_header("accept", BROWSER);
    let page = browser.get("/").await;
    assert_eq!(page.status, 200, "{}", page.text);
    assert_strict(&page);
    assert!(page.header("vary").unwrap().to_lowercase().contains("accept"));
    let key = browser.graphql("{ environment { publishableKey } }", json!({})).await;
    let key = key.body["data"]["environment"]["publishableKey"].as_str().unwrap();
    for told in [
        key,
        &server.origin,
        "CLERK_SECRET_KEY",
        "ada+clerk_test@example.com",
        "A &#38; &#60;b&#62;B&#60;/b&#62;",
    ] {
        assert!(page.text.contains(told), "{told}: {}", page.text);
    }
    for link in [
        "/graphql",
        "/dev/inbox",
        "/v1/environment",
        "/.well-known/jwks.json",
        "/readyz",
    ] {
        assert!(page.text.contains(&format!("href=\"{link}\"")), "{link}: {}", page.text);
        assert_eq!(browser.get(link).await.status, 200, "{link}");
    }
    server.finish().await;
}

#[tokio::test]
async fn it_tells_no_secret_and_where_the_application_was_last_seen() {
    let server = TestServer::start().await;
    let browser = server.anonymous().with_header("accept", BROWSER);
    let before = browser.get("/").await;
    assert!(
        !before.text.contains(SECRET_KEY) && !before.text.contains("sk_test"),
        "{}",
        before.text
    );
    assert!(!before.text.contains("last seen"), "{}", before.text);
    let application = server.anonymous().with_header("origin", "http://localhost:3000");
    assert_eq!(application.form("PATCH", "/v1/environment", &[]).await.status, 200);
    let after = browser.get("/").await;
    assert!(
        after.text.contains("<a href=\"http://localhost:3000\">"),
        "{}",
        after.text
    );
    assert_strict(&after);
    server.finish().await;
}

#[tokio::test]
async fn whoever_asks_for_anything_but_a_page_is_told_that_nothing_is_here() {
    let server = TestServer::start().await;
    for accept in [
        "*/*",
        "application/json",
        "application/json, text/html;q=0.9",
        "image/png",
        "text/html;q=0, */*",
    ] {
        let reply = server.anonymous().with_header("accept", accept).get("/").await;
        assert_eq!(
            (reply.status, reply.codes()),
            (404, vec!["resource_not_found".to_owned()]),
            "{accept}"
        );
        assert_eq!(reply.header("content-type"), Some("application/json"), "{accept}");
        assert!(
            reply.header("vary").unwrap().to_lowercase().contains("accept"),
            "{accept}"
        );
    }
    let browser = server.anonymous().with_header("accept", BROWSER);
    for method in [Method::POST, Method::PUT, Method::DELETE] {
        let reply = browser.send(method.clone(), "/", None, Vec::new()).await;
        assert_eq!(
            (reply.status, reply.codes()),
            (404, vec!["resource_not_found".to_owned()]),
            "{method}"
        );
    }
    let head = browser.send(Method::HEAD, "/", None, Vec::new()).await;
    assert_eq!((head.status, head.text.as_str()), (200, ""));
    server.finish().await;
}

#[tokio::test]
async fn in_production_nothing_is_here_for_anybody() {
    let server = TestServer::start().await;
    server.make_production().await;
    let elsewhere = server.anonymous().get("/nothing").await;
    for accept in [BROWSER, "*/*"] {
        let reply = server.anonymous().with_header("accept", accept).get("/").await;
        assert_eq!(
            (reply.status, reply.codes()),
            (404, vec!["resource_not_found".to_owned()])
        );
        assert_eq!(reply.header("content-type"), Some("application/json"));
        assert_eq!(reply.header("vary"), elsewhere.header("vary"));
    }
    server.finish().await;
}
