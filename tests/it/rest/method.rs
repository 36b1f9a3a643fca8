use crate::support::{Face, TestServer, route};
use reqwest::Method;
use vestibule::rest::route::ROUTES;

#[tokio::test]
async fn a_post_may_stand_for_another_method() {
    let server = TestServer::start().await;
    let client = server.anonymous();
    Face::Rest.sign_up(&server, &client, "ada@example.com").await;
    let deleted = client
        .post("/v1/client/sessions?_method=DELETE&_clerk_js_version=5.0.0", &[])
        .await;
    assert_eq!(deleted.status, 200, "{}", deleted.text);
    assert_eq!(deleted.body["response"]["sessions"].as_array().unwrap().len(), 0);
    let sign_up = Face::Rest
        .sign_up_create(&client, &[("email_address", "grace@example.com")])
        .await
        .ok();
    let path = format!("/v1/client/sign_ups/{}?_method=PATCH", sign_up.id());
    let updated = client.post(&path, &[("first_name", "Grace")]).await;
    assert_eq!(updated.body["response"]["first_name"], "Grace", "{}", updated.text);
    let id = client.get("/v1/client").await.body["response"]["id"].clone();
    let replaced = client.post("/v1/client?_method=PUT", &[]).await;
    assert_ne!(replaced.body["response"]["id"], id);
    let deleted = client.post("/v1/client?_method=DELETE", &[]).await;
    assert!(deleted.body["response"].is_null(), "{}", deleted.text);
    let updated = client.post("/v1/environment?_method=PATCH", &[]).await;
    assert_eq!(updated.status, 200, "{}", updated.text);
    server.finish().await;
}

#[tokio::test]
async fn a_link_never_changes_anything() {
    let server = TestServer::start().await;
    let client = server.anonymous();
    Face::Rest.sign_up(&server, &client, "ada@example.com").await;
    let read = client.get("/v1/client?_method=DELETE").await;
    assert_eq!(read.body["response"]["sessions"].as_array().unwrap().len(), 1);
    assert_eq!(client.get("/v1/me").await.status, 200);
    server.finish().await;
}

#[tokio::test]
async fn a_method_that_a_path_does_not_have_is_refused_in_the_envelope() {
    let server = TestServer::start().await;
    let client = server.anonymous();
    let spelled = ["GET", "delete", "DELETE&_method=PUT"].map(|method| format!("/v1/client?_method={method}"));
    let mut refused: Vec<_> = spelled.into_iter().map(|path| (Method::POST, path)).collect();
    for route in ROUTES {
        let has = |method: &Method| {
            ROUTES
                .iter()
                .any(|other| other.path == route.path && other.method == *method)
        };
        let path = route::path(route, &route::nobodys);
        for method in [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
            if has(&method) {
                continue;
            }
            if !matches!(method, Method::GET | Method::POST) {
                refused.push((Method::POST, format!("{path}?_method={method}")));
            }
            refused.push((method, path.clone()));
        }
    }
    for (method, path) in refused {
        let reply = client.send(method.clone(), &path, None, Vec::new()).await;
        let expected = (405, vec!["method_not_allowed".to_owned()]);
        assert_eq!((reply.status, reply.codes()), expected, "{method} {path}");
        assert_eq!(reply.header("content-type"), Some("application/json"));
    }
    assert_eq!(server.count("SELECT COUNT(*) FROM client").await, 0);
    server.finish().await;
}
