use crate::support::TestServer;
use serde_json::json;

#[tokio::test]
async fn it_leads_to_the_keys_of_the_configured_origin_whatever_the_host_says() {
    let server = TestServer::start().await;
    for client in [server.anonymous(), server.anonymous().at_host("evil.localhost:6666")] {
        let reply = client
            .with_header("x-forwarded-host", "evil.example")
            .get("/.well-known/openid-configuration")
            .await;
        assert_eq!(reply.status, 200);
        assert_eq!(reply.header("content-type"), Some("application/json"));
        assert_eq!(reply.header("cache-control"), Some("public, max-age=60"));
        assert_eq!(reply.body["issuer"], server.origin);
        assert_eq!(
            reply.body["jwks_uri"],
            format!("{}/.well-known/jwks.json", server.origin)
        );
        assert_eq!(reply.body["id_token_signing_alg_values_supported"], json!(["RS256"]));
        assert!(!reply.text.contains("evil"), "{}", reply.text);
    }
    server.finish().await;
}

#[tokio::test]
async fn other_documents_and_methods_are_refused_in_the_envelope() {
    let server = TestServer::start().await;
    let missing = server.anonymous().get("/.well-known/nothing.json").await;
    assert_eq!(
        (missing.status, missing.codes()),
        (404, vec!["resource_not_found".to_owned()])
    );
    let refused = server.anonymous().post("/.well-known/jwks.json", &[]).await;
    assert_eq!(
        (refused.status, refused.codes()),
        (405, vec!["method_not_allowed".to_owned()])
    );
    server.finish().await;
}
