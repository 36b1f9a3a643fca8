use super::held;
use crate::support::{Face, TestServer, for_each_face};
use serde_json::json;

#[tokio::test]
async fn somebody_without_a_client_reads_null_and_gets_none() {
    let server = TestServer::start().await;
    let newcomer = server.anonymous();
    let read = newcomer.get("/v1/client").await;
    assert_eq!(read.status, 200);
    assert_eq!(read.body, json!({ "response": null, "client": null }));
    assert_eq!(read.set_cookies("__client"), [""; 0]);
    let read = newcomer.graphql("{ client { id } viewer { id } }", json!({})).await;
    assert_eq!(read.body["data"], json!({ "client": null, "viewer": null }));
    assert_eq!(server.count("SELECT COUNT(*) FROM client").await, 0);
    server.finish().await;
}

#[tokio::test]
async fn a_client_shows_its_sessions_and_who_acts() {
    for_each_face(async |face| {
        let server = TestServer::start().await;
        let client = server.anonymous();
        let (user, session) = face.sign_up(&server, &client, "ada@example.com").await;
        let read = client.get("/v1/client").await;
        let shown = &read.body["response"];
        assert!(read.body["client"].is_null(), "the client is the resource here");
        assert_eq!(shown["object"], "client");
        assert_eq!(shown["last_active_session_id"], session);
        assert_eq!(shown["sessions"][0]["id"], session);
        assert_eq!(shown["sessions"][0]["status"], "active");
        assert_eq!(shown["sessions"][0]["user"]["id"], user);
        assert!(shown["sign_up"].is_null() && shown["sign_in"].is_null());
        let query = "{ client { id lastActiveSessionId sessions { id status user { id } } } }";
        let same = client.graphql(query, json!({})).await;
        let same = &same.body["data"]["client"];
        assert_eq!(same["id"], shown["id"]);
        assert_eq!(same["lastActiveSessionId"], session);
        assert_eq!(
            same["sessions"],
            json!([{ "id": session, "status": "ACTIVE", "user": { "id": user } }])
        );
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn a_client_shows_what_it_has_begun_and_each_of_it_can_be_read() {
    let server = TestServer::start().await;
    let face = Face::Rest;
    face.sign_up(&server, &server.anonymous(), "ada@example.com").await;
    let client = server.anonymous();
    let sign_in = face
        .sign_in_create(&client, &[("identifier", "ada@example.com")])
        .await
        .ok();
    let sign_up = face
        .sign_up_create(&client, &[("email_address", "grace@example.com")])
        .await
        .ok();
    let read = client.get("/v1/client").await;
    assert_eq!(read.body["response"]["sign_up"]["id"], sign_up.id());
    for (path, id) in [("sign_ins", sign_in.id()), ("sign_ups", sign_up.id())] {
        let path = format!("/v1/client/{path}/{id}");
        let read = client.get(&path).await;
        assert_eq!(read.body["response"]["id"], id, "{path}");
        assert_eq!(
            server.anonymous().get(&path).await.codes(),
            ["resource_not_found"],
            "{path}"
        );
    }
    server.finish().await;
}

#[tokio::test]
async fn one_session_is_read_by_the_client_that_lists_it_alone() {
    let server = TestServer::start().await;
    let face = Face::Rest;
    let (ada, eve) = (server.anonymous(), server.anonymous());
    let (user, session) = face.sign_up(&server, &ada, "ada@example.com").await;
    face.sign_up(&server, &eve, "eve@example.com").await;
    let path = format!("/v1/client/sessions/{session}");
    let read = ada.get(&path).await;
    assert_eq!(read.status, 200);
    assert_eq!(read.body["response"]["id"], session);
    assert_eq!(read.body["response"]["user"]["id"], user);
    assert_eq!(eve.get(&path).await.codes(), ["resource_not_found"]);
    server.finish().await;
}

#[tokio::test]
async fn a_token_that_was_tampered_with_names_nobody() {
    let server = TestServer::start().await;
    let client = server.anonymous();
    Face::Rest.sign_up(&server, &client, "ada@example.com").await;
    let good = client.cookie("__client").unwrap();
    let parts: Vec<_> = good.split('.').collect();
    let swapped = |index: usize, part: &str| {
        let mut parts = parts.clone();
        parts[index] = part;
        parts.join(".")
    };
    // {"alg":"none"}
    for bad in [
        "nonsense".to_owned(),
        swapped(0, "eyJhbGciOiJub25lIn0"),
        swapped(1, "e30"),
        swapped(2, ""),
        good[..good.len() - 2].to_owned(),
    ] {
        let stranger = server.anonymous();
        stranger.set_cookie("__client", &bad);
        assert_eq!(held(&stranger).await, None, "{bad}");
        assert_eq!(
            stranger.get("/v1/me").await.codes(),
            ["authentication_invalid"],
            "{bad}"
        );
    }
    assert!(held(&client).await.is_some());
    server.finish().await;
}

#[tokio::test]
async fn two_different_client_cookies_name_nobody() {
    let server = TestServer::start().await;
    let client = server.anonymous();
    Face::Rest.sign_up(&server, &client, "ada@example.com").await;
    let cookies = format!("__client={}; __client=planted", client.cookie("__client").unwrap());
    let read = server
        .anonymous()
        .with_header("cookie", &cookies)
        .get("/v1/client")
        .await;
    assert!(read.body["response"].is_null());
    server.finish().await;
}
