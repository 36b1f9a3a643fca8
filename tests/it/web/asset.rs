use super::frame::assets;
use crate::support::TestServer;

#[tokio::test]
async fn everything_that_a_page_loads_is_there_for_ever_under_its_digest() {
    let server = TestServer::start().await;
    let client = server.anonymous();
    let found = assets(&client.get("/dev/inbox").await.text);
    assert_eq!(found.len(), 3, "{found:?}");
    for path in found {
        let file = client.get(&path).await;
        assert_eq!(file.status, 200, "{path}");
        let content_type = file.header("content-type").unwrap();
        let kind = if path.ends_with("css") {
            "text/css"
        } else {
            "text/javascript"
        };
        assert!(content_type.starts_with(kind), "{path}: {content_type}");
        assert_eq!(
            file.header("cache-control"),
            Some("public, max-age=31536000, immutable"),
            "{path}"
        );
        assert_eq!(file.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(file.header("cross-origin-resource-policy"), Some("same-origin"));
    }
    server.finish().await;
}

#[tokio::test]
async fn no_other_digest_and_no_other_file_is_there() {
    let server = TestServer::start().await;
    let client = server.anonymous();
    let style = assets(&client.get("/dev/inbox").await.text).remove(0);
    let digest = style.split('/').nth(2).unwrap();
    for path in [
        "/_/0000000000000000/page.css".to_owned(),
        format!("/_/{digest}/copy.js"),
        format!("/_/{digest}/..%2fpage.css"),
        format!("/_/{digest}/"),
        format!("/_/{digest}"),
        "/_/".to_owned(),
    ] {
        let refused = client.get(&path).await;
        assert_eq!(
            (refused.status, refused.codes()),
            (404, vec!["resource_not_found".to_owned()]),
            "{path}"
        );
        assert_eq!(refused.header("cache-control"), Some("no-store"), "{path}");
    }
    server.finish().await;
}
