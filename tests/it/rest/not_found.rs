use crate::support::{Face, TestServer};

#[tokio::test]
async fn one_slash_at_the_end_is_forgiven() {
    let server = TestServer::start().await;
    let client = server.anonymous();
    let made = client
        .post("/v1/client/sign_ups/", &[("email_address", "ada@example.com")])
        .await;
    assert_eq!(made.status, 200, "{}", made.text);
    assert_eq!(client.get("/v1/client/?_clerk_js_version=5.0.0").await.status, 200);
    for path in ["/v1/client//", "/v1//client", "/v1/client%2F", "/v1/./client%2f"] {
        assert_eq!(client.get(path).await.codes(), ["resource_not_found"], "{path}");
    }
    server.finish().await;
}

#[tokio::test]
async fn what_does_not_exist_is_refused_in_the_envelope() {
    let server = TestServer::start().await;
    let client = server.anonymous();
    Face::Rest.sign_up(&server, &client, "ada@example.com").await;
    let unknown = "sess_2xxxxxxxxxxxxxxxxxxxxxxxxxx";
    for path in [
        "/",
        "/v1",
        "/v1/",
        "/v1/nothing",
        "/v2/client",
        "/v1/client/sign_ups/nonsense",
        "/v1/client/sign_ins/sua_2xxxxxxxxxxxxxxxxxxxxxxxxxx",
        &format!("/v1/client/sessions/{unknown}"),
        "/v1/avatars/nobody",
    ] {
        let reply = client.get(path).await;
        assert_eq!(
            (reply.status, reply.codes()),
            (404, vec!["resource_not_found".to_owned()]),
            "{path}"
        );
        assert_eq!(reply.header("content-type"), Some("application/json"), "{path}");
        assert_eq!(reply.body["errors"][0]["meta"], serde_json::json!({}), "{path}");
    }
    server.finish().await;
}

#[tokio::test]
async fn nobody_has_an_organization_yet() {
    let server = TestServer::start().await;
    let client = server.anonymous();
    let (_, session) = Face::Rest.sign_up(&server, &client, "ada@example.com").await;
    for (verb, name) in [("touch", "active_organization_id"), ("tokens", "organization_id")] {
        let path = format!("/v1/client/sessions/{session}/{verb}");
        assert_eq!(
            client.post(&path, &[(name, "")]).await.status,
            200,
            "{verb}: SDKs send it empty"
        );
        let named = client.post(&path, &[(name, "org_2xxxxxxxxxxxxxxxxxxxxxxxxxx")]).await;
        assert_eq!(named.codes(), ["resource_not_found"], "{verb}");
    }
    server.finish().await;
}

#[tokio::test]
async fn the_health_of_the_server_needs_no_authentication() {
    let server = TestServer::start().await;
    let health = server.anonymous().get("/v1/health").await;
    assert_eq!((health.status, health.text.as_str()), (200, r#"{"status":"healthy"}"#));
    for path in ["/livez", "/readyz"] {
        let reply = server.anonymous().get(path).await;
        assert_eq!((reply.status, reply.text.as_str()), (200, ""), "{path}");
    }
    server.finish().await;
}
