//! ASVS V7.2 and RFC 8725 section 3.9: an application hands session tokens to every backend, so one that leaks reads and
//! changes nothing.

use crate::support::{
    SchemaView, TestServer,
    face::snake_case,
    route::{self, Owner},
};

/// Everything that a write could have left behind.
async fn traces(server: &TestServer) -> Vec<i64> {
    let mut counts = Vec::new();
    for table in [
        "client",
        "session",
        "sign_in",
        "sign_up",
        "dev_browser",
        "verification",
        "job",
        "event",
    ] {
        counts.push(server.count(&format!("SELECT COUNT(*) FROM {table}")).await);
    }
    counts.push(
        server
            .count("SELECT COUNT(*) FROM session WHERE status = 'active'")
            .await,
    );
    counts.push(
        server
            .count("SELECT COUNT(*) FROM instance WHERE home_origin IS NOT NULL")
            .await,
    );
    counts
}

#[tokio::test]
async fn a_session_token_changes_nothing_by_rest() {
    let server = TestServer::start().await;
    let owner = Owner::at(&server).await;
    let caller = owner.holder(&server).await;
    assert_eq!(caller.get("/v1/me").await.status, 200, "it reads");
    server.run_jobs().await;
    let before = traces(&server).await;
    for route in route::writes() {
        let path = owner.path(route);
        for (method, path) in [
            (route.method.as_str(), path.clone()),
            ("POST", route::tunnelled(route, &path)),
        ] {
            // Only what browsers do not send as itself travels in a POST.
            if route.method == "POST" && path.contains('?') {
                continue;
            }
            for origin in [None, Some("http://localhost:3000")] {
                let caller = match origin {
                    Some(origin) => caller.clone().with_header("origin", origin),
                    None => caller.clone(),
                };
                let refused = caller.form(method, &path, route::fields(route)).await;
                let told = (refused.status, refused.codes());
                assert_eq!(
                    told,
                    (403, vec!["authorization_invalid".to_owned()]),
                    "{method} {path} {}",
                    refused.text
                );
                assert_eq!(refused.body["errors"][0]["message"], "You may not do this.");
                assert!(refused.set_cookies("__client").is_empty());
            }
        }
    }
    assert_eq!(traces(&server).await, before);
    server.finish().await;
}

#[tokio::test]
async fn a_session_token_changes_nothing_by_any_mutation() {
    let server = TestServer::start().await;
    let owner = Owner::at(&server).await;
    let (caller, id) = (owner.holder(&server).await, |name: &str| owner.id(&snake_case(name)));
    server.run_jobs().await;
    let before = traces(&server).await;
    let schema = SchemaView::read(&server.backend()).await;
    let mutations: Vec<_> = schema
        .fields("Mutation")
        .iter()
        .map(|field| field["name"].as_str().unwrap().to_owned())
        .collect();
    assert!(mutations.len() >= 15, "{mutations:?}");
    for mutation in mutations {
        let operation = ("mutation", mutation.as_str());
        let (document, variables) = schema.request(operation, Some("userErrors { code }"), &id, None);
        let refused = caller.graphql(&document, variables).await;
        assert_eq!(
            refused.codes(),
            ["authorization_invalid"],
            "{mutation} {}",
            refused.text
        );
    }
    assert_eq!(traces(&server).await, before);
    server.finish().await;
}
