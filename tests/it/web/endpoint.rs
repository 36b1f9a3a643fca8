use super::frame::{BROWSER, assert_strict, assets};
use crate::support::{TestServer, server::SECRET_KEY};
use serde_json::json;

#[tokio::test]
async fn a_browser_at_the_endpoint_of_a_production_instance_is_told_where_graphiql_is() {
    let server = TestServer::start().await;
    server.settings(json!({ "application_name": "A & <b>B</b>" })).await;
    server.make_production().await;
    let browser = server.anonymous().with_header("accept", BROWSER);
    let page = browser.get("/graphql").await;
    assert_eq!(page.status, 404, "{}", page.text);
    assert_strict(&page);
    assert!(page.header("vary").unwrap().to_lowercase().contains("accept"));
    let command = format!("<code>curl {}/graphql --json ", server.origin);
    for told in [
        "GraphiQL is not here",
        "development",
        "introspection",
        "vestibule schema",
        "schema.graphql",
        "<code>POST</code>",
        "A &#38; &#60;b&#62;B&#60;/b&#62;",
        &command,
    ] {
        assert!(page.text.contains(told), "{told}: {}", page.text);
    }
    assert!(
        !page.text.contains(SECRET_KEY) && !page.text.contains("sk_"),
        "{}",
        page.text
    );
    for path in assets(&page.text) {
        assert_eq!(browser.get(&path).await.status, 200, "{path}");
    }
    assert!(
        !page.text.contains("href=\"/\"") && !page.text.contains("/dev/inbox"),
        "{}",
        page.text
    );
    server.finish().await;
}
