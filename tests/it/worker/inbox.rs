use crate::support::{Face, TestServer, for_each_face};
use serde_json::json;

#[tokio::test]
async fn what_would_be_mailed_is_in_the_inbox_after_its_job() {
    for_each_face(async |face| {
        let server = TestServer::start().await;
        let client = server.anonymous();
        let fields = [("email_address", "ada@example.com"), ("strategy", "email_code")];
        face.sign_up_create(&client, &fields).await.ok();
        let empty = client.get("/dev/inbox").await;
        assert!(empty.text.contains("No messages."), "{}", empty.text);
        assert!(server.run_jobs().await > 0);
        let code = server.last_code("ada@example.com").await;
        let page = client.get("/dev/inbox").await;
        assert_eq!(page.status, 200);
        assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
        let policy = page.header("content-security-policy").unwrap();
        assert!(
            policy.starts_with("default-src 'none'") && !policy.contains("script"),
            "{policy}"
        );
        assert!(
            page.text.contains("ada@example.com") && page.text.contains(&code),
            "{}",
            page.text
        );
        let others = client.get("/dev/inbox?to=grace@example.com").await;
        assert!(!others.text.contains(&code), "{}", others.text);
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn nothing_in_a_message_becomes_markup() {
    let server = TestServer::start().await;
    server
        .settings(json!({ "application_name": "<script>alert(1)</script>" }))
        .await;
    let fields = [
        ("email_address", "\"<img src=x>\"@example.com"),
        ("strategy", "email_code"),
    ];
    let quoted = Face::Rest.sign_up_create(&server.anonymous(), &fields).await;
    assert!(quoted.codes.is_empty() || quoted.code() == "form_param_format_invalid");
    let fields = [("email_address", "a&lt'@example.com"), ("strategy", "email_code")];
    Face::Rest.sign_up_create(&server.anonymous(), &fields).await.ok();
    server.run_jobs().await;
    let page = server.anonymous().get("/dev/inbox").await;
    assert!(
        !page.text.contains("<script") && !page.text.contains("<img"),
        "{}",
        page.text
    );
    assert!(page.text.contains("a&#38;lt&#39;@example.com"), "{}", page.text);
    server.finish().await;
}

#[tokio::test]
async fn in_production_there_is_no_inbox() {
    let server = TestServer::start().await;
    let fields = [("email_address", "ada@example.com"), ("strategy", "email_code")];
    Face::Rest.sign_up_create(&server.anonymous(), &fields).await.ok();
    let code = server.last_code("ada@example.com").await;
    server.make_production().await;
    let page = server.anonymous().get("/dev/inbox").await;
    assert_eq!(page.status, 404);
    assert!(
        !page.text.contains(&code) && !page.text.contains("ada@"),
        "{}",
        page.text
    );
    let refused = server
        .backend()
        .graphql("{ devInbox { nodes { code } } }", json!({}))
        .await;
    assert_eq!(refused.codes(), ["feature_not_enabled"]);
    server.finish().await;
}

#[tokio::test]
async fn the_inbox_needs_more_than_a_session_token() {
    let server = TestServer::start().await;
    let client = server.anonymous();
    let (_, session) = Face::Rest.sign_up(&server, &client, "ada@example.com").await;
    let jwt = Face::Rest.token(&client, &session).await.unwrap();
    let holder = server
        .anonymous()
        .with_header("authorization", &format!("Bearer {jwt}"));
    let refused = holder.graphql("{ devInbox { nodes { code } } }", json!({})).await;
    assert_eq!(refused.codes(), ["authorization_invalid"]);
    assert_eq!(holder.get("/dev/inbox").await.status, 403);
    server.finish().await;
}

#[tokio::test]
async fn messages_are_sealed_where_they_are_stored_and_paged_where_they_are_read() {
    use sea_orm::EntityTrait as _;
    let server = TestServer::start().await;
    for number in 0..3 {
        let address = format!("ada{number}@example.com");
        let fields = [("email_address", address.as_str()), ("strategy", "email_code")];
        Face::Rest.sign_up_create(&server.anonymous(), &fields).await.ok();
        server.advance(std::time::Duration::from_secs(1));
        server.run_jobs().await;
    }
    let rows = entity::dev_message::Entity::find()
        .all(&server.app.database)
        .await
        .unwrap();
    let code = server.last_code("ada0@example.com").await;
    assert!(rows.iter().all(|row| !row.sealed_body.contains(&code)));
    let query = "query($after: ID) { devInbox(first: 2, after: $after) { nodes { to } \
                 pageInfo { hasNextPage endCursor } } }";
    let first = server.backend().graphql(query, json!({})).await.body["data"]["devInbox"].clone();
    assert_eq!(
        first["nodes"],
        json!([{ "to": "ada2@example.com" }, { "to": "ada1@example.com" }]),
        "newest first"
    );
    assert_eq!(first["pageInfo"]["hasNextPage"], true);
    let after = json!({ "after": first["pageInfo"]["endCursor"] });
    let second = server.backend().graphql(query, after).await.body["data"]["devInbox"].clone();
    assert_eq!(second["nodes"], json!([{ "to": "ada0@example.com" }]));
    assert_eq!(second["pageInfo"]["hasNextPage"], false);
    server.finish().await;
}
