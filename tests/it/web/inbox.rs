use super::frame::assert_strict;
use crate::support::{Face, TestServer, for_each_face};
use serde_json::json;
use std::time::Duration;

#[tokio::test]
async fn what_would_be_mailed_is_in_the_inbox_after_its_job() {
    for_each_face(async |face| {
        let server = TestServer::start().await;
        let client = server.anonymous();
        let fields = [("email_address", "ada@example.com"), ("strategy", "email_code")];
        face.sign_up_create(&client, &fields).await.ok();
        let empty = client.get("/dev/inbox").await;
        assert!(empty.text.contains("No mail yet"), "{}", empty.text);
        assert!(
            empty.text.contains("424242"),
            "what to do with a test address: {}",
            empty.text
        );
        assert!(server.run_jobs().await > 0);
        let code = server.last_code("ada@example.com").await;
        let page = client.get("/dev/inbox").await;
        assert_eq!(page.status, 200);
        assert_strict(&page);
        assert!(
            page.text.contains("ada@example.com") && page.text.contains(&code),
            "{}",
            page.text
        );
        let others = client.get("/dev/inbox?to=grace@example.com").await;
        assert!(!others.text.contains(&code), "{}", others.text);
        assert!(others.text.contains("No mail to this address yet"), "{}", others.text);
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
    assert_strict(&page);
    assert!(
        !page.text.contains("<script>") && !page.text.contains("<img"),
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
        .all(server.app.pool())
        .await
        .unwrap();
    let code = server.last_code("ada0@example.com").await;
    assert!(rows.iter().all(|row| !row.sealed_body.contains(&code)));
    let query = "query($after: String) { devInbox(first: 2, after: $after) { nodes { to } \
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

async fn mailed(server: &TestServer, address: &str) {
    let fields = [("email_address", address), ("strategy", "email_code")];
    Face::Rest.sign_up_create(&server.anonymous(), &fields).await.ok();
    server.run_jobs().await;
}

/// What stands between two texts, once.
fn between<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    assert_eq!(text.matches(before).count(), 1, "{before} in {text}");
    text.split_once(before).unwrap().1.split_once(after).unwrap().0
}

#[tokio::test]
async fn the_code_is_one_whole_text_with_a_button_that_copies_it() {
    let server = TestServer::start().await;
    mailed(&server, "ada@example.com").await;
    let code = server.last_code("ada@example.com").await;
    let page = server.anonymous().get("/dev/inbox").await.text;
    assert_eq!(between(&page, "<output>", "</output>"), code);
    assert!(
        page.contains("</output><button type=\"button\" data-copy"),
        "the module copies what is before its button: {page}"
    );
    server.finish().await;
}

#[tokio::test]
async fn times_are_how_long_ago_and_exact_for_whoever_wants_it() {
    let server = TestServer::start().await;
    mailed(&server, "ada@example.com").await;
    for (turned, told) in [
        (0, "just now"),
        (59, "just now"),
        (1, "1 minute ago"),
        (7_200, "2 hours ago"),
        (172_800, "2 days ago"),
    ] {
        server.advance(Duration::from_secs(turned));
        let page = server.anonymous().get("/dev/inbox").await.text;
        let time = between(&page, "<time ", "</time>");
        assert_eq!(
            time,
            format!("datetime=\"2026-11-20T12:00:00Z\" title=\"2026-11-20 12:00:00 UTC\">{told}")
        );
        assert!(page.contains(&format!("data-now=\"{}\"", server.now())), "{page}");
    }
    server.finish().await;
}

#[tokio::test]
async fn the_newest_mail_refreshes_by_itself_with_and_without_scripts_and_older_mail_stays() {
    let server = TestServer::start().await;
    for number in 0..51 {
        mailed(&server, &format!("ada{number}@example.com")).await;
        server.advance(Duration::from_secs(1));
    }
    let client = server.anonymous();
    let newest = client.get("/dev/inbox").await.text;
    let meta = "<noscript><meta http-equiv=\"refresh\" content=\"5\"></noscript>";
    assert!(newest.contains(meta) && newest.contains(" data-refresh>"), "{newest}");
    assert_eq!(newest.matches("<article ").count(), 50);
    let query = between(&newest, "<a href=\"/dev/inbox?", "\"").replace("&#38;", "&");
    let older = client.get(&format!("/dev/inbox?{query}")).await.text;
    assert!(
        !older.contains("http-equiv") && !older.contains(" data-refresh>"),
        "{older}"
    );
    assert_eq!(older.matches("<article ").count(), 1);
    assert!(older.contains("ada0@example.com"));
    server.finish().await;
}

#[tokio::test]
async fn each_recipient_leads_to_the_mail_of_that_recipient_alone() {
    let server = TestServer::start().await;
    mailed(&server, "ada+tag@example.com").await;
    mailed(&server, "grace@example.com").await;
    let client = server.anonymous();
    let all = client.get("/dev/inbox").await.text;
    let query = "to=ada%2Btag%40example.com";
    assert!(all.contains(&format!("href=\"/dev/inbox?{query}\"")), "{all}");
    let only = client.get(&format!("/dev/inbox?{query}")).await.text;
    assert!(
        only.contains("ada+tag@example.com") && !only.contains("grace@"),
        "{only}"
    );
    let none = client.get("/dev/inbox?to=").await.text;
    assert_eq!(none.matches("<article ").count(), 2, "an empty word filters nothing");
    server.finish().await;
}

#[tokio::test]
async fn with_a_mail_server_the_inbox_says_why_it_is_empty() {
    let server = TestServer::start_with(&[("VESTIBULE_SMTP_URL", "smtp://me:hunter2@127.0.0.1:1")]).await;
    let page = server.anonymous().get("/dev/inbox").await.text;
    assert!(
        page.contains("Mail is sent, not kept") && !page.contains("hunter2"),
        "{page}"
    );
    server.finish().await;
}
