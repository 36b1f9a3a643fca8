use crate::support::{SECRET_KEY, TestServer};
use serde_json::json;
use vestibule::service::instance::{self, FirstOrigin};

const SETTINGS: &str = "{ instance { id } }";

#[tokio::test]
async fn an_unknown_or_revoked_key_opens_nothing() {
    let server = TestServer::start().await;
    for key in ["sk_test_unknown", "sk_live_unknown", "test_unknown"] {
        let stranger = server.anonymous().with_secret_key(key);
        let refused = stranger.get("/v1/environment").await;
        assert_eq!(
            (refused.status, refused.codes()),
            (401, vec!["clerk_key_invalid".to_owned()]),
            "{key}"
        );
        assert_eq!(
            stranger.graphql(SETTINGS, json!({})).await.codes(),
            ["clerk_key_invalid"],
            "{key}"
        );
    }
    assert_eq!(server.backend().graphql(SETTINGS, json!({})).await.codes(), [""; 0]);
    server.execute("UPDATE secret_key SET revoked_at = 1").await;
    assert_eq!(
        server.backend().graphql(SETTINGS, json!({})).await.codes(),
        ["clerk_key_invalid"]
    );
    server.finish().await;
}

#[tokio::test]
async fn an_authorization_header_that_is_none_is_refused_as_such() {
    let server = TestServer::start().await;
    for value in ["Basic YTpi", "Bearer nonsense", "Bearer ", SECRET_KEY] {
        let caller = server.anonymous().with_header("authorization", value);
        let refused = caller.get("/v1/client").await;
        let expected = (401, vec!["authorization_header_format_invalid".to_owned()]);
        assert_eq!((refused.status, refused.codes()), expected, "{value}");
        let refused = caller.graphql("{ viewer { id } }", json!({})).await;
        assert_eq!(refused.codes(), ["authorization_header_format_invalid"], "{value}");
    }
    server.finish().await;
}

#[tokio::test]
async fn secret_keys_do_not_belong_in_browsers() {
    let server = TestServer::start().await;
    let from = |origin: &str| server.backend().with_header("origin", origin);
    for origin in ["https://app.example.com", "http://localhost:3000", "null"] {
        assert_eq!(
            from(origin).get("/v1/environment").await.codes(),
            ["origin_invalid"],
            "{origin}"
        );
        assert_eq!(
            from(origin).graphql(SETTINGS, json!({})).await.codes(),
            ["origin_invalid"],
            "{origin}"
        );
    }
    let own = from(&server.origin);
    assert_eq!(
        own.graphql(SETTINGS, json!({})).await.codes(),
        [""; 0],
        "GraphiQL is our own page"
    );
    server.make_production().await;
    assert_eq!(own.graphql(SETTINGS, json!({})).await.codes(), ["origin_invalid"]);
    server.finish().await;
}

#[tokio::test]
async fn a_key_that_is_configured_later_is_added_and_the_old_one_stays() {
    let server = TestServer::start().await;
    let later = "sk_test_fedcba9876543210fedcba9876543210";
    let first = instance::bootstrap(&server.app, FirstOrigin::Configured(&server.origin), Some(later))
        .await
        .unwrap();
    assert_eq!(first.generated_secret_key, None, "a given key is never printed");
    for key in [SECRET_KEY, later] {
        let reply = server
            .anonymous()
            .with_secret_key(key)
            .graphql(SETTINGS, json!({}))
            .await;
        assert_eq!(reply.body["data"]["instance"]["id"], first.id.to_string(), "{key}");
    }
    let stored = format!("SELECT COUNT(*) FROM secret_key WHERE digest LIKE '%{}%'", &later[8..]);
    assert_eq!(server.count(&stored).await, 0, "only its hash is stored");
    server.finish().await;
}

#[tokio::test]
async fn a_key_administers_its_own_instance_whatever_the_host() {
    let server = TestServer::start().await;
    let (host, secret) = server.second_instance().await;
    let id = async |client: crate::support::TestClient| {
        let reply = client.graphql(SETTINGS, json!({})).await;
        reply.body["data"]["instance"]["id"].as_str().unwrap().to_owned()
    };
    let first = id(server.backend()).await;
    let second = id(server.anonymous().with_secret_key(&secret)).await;
    assert_ne!(first, second);
    assert_eq!(id(server.backend().at_host(&host)).await, first);
    assert_eq!(id(server.backend().at_host("elsewhere.example")).await, first);
    server.finish().await;
}
