use crate::support::{TestServer, for_each_face};
use serde_json::json;
use std::time::Duration;

#[tokio::test]
async fn a_new_code_kills_the_old_one() {
    for_each_face(async |face| {
        let server = TestServer::start().await;
        let client = server.anonymous();
        let id = face
            .sign_up_create(&client, &[("email_address", "ada@example.com")])
            .await
            .ok()
            .id();
        face.sign_up_prepare(&client, &id).await.ok();
        let old = server.last_code("ada@example.com").await;
        server.advance(Duration::from_secs(1));
        face.sign_up_prepare(&client, &id).await.ok();
        let new = server.last_code("ada@example.com").await;
        assert_ne!(old, new);
        assert_eq!(
            face.sign_up_attempt(&client, &id, &old).await.code(),
            "form_code_incorrect"
        );
        face.sign_up_attempt(&client, &id, &new).await.ok();
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn a_code_that_was_superseded_before_it_was_sent_is_never_sent() {
    let server = TestServer::start().await;
    let client = server.anonymous();
    let face = crate::support::Face::Rest;
    let id = face
        .sign_up_create(&client, &[("email_address", "ada@example.com")])
        .await
        .ok()
        .id();
    face.sign_up_prepare(&client, &id).await.ok();
    face.sign_up_prepare(&client, &id).await.ok();
    server.run_jobs().await;
    let inbox = server
        .backend()
        .graphql("{ devInbox { nodes { code } } }", json!({}))
        .await;
    assert_eq!(inbox.body["data"]["devInbox"]["nodes"].as_array().unwrap().len(), 1);
    server.finish().await;
}

#[tokio::test]
async fn there_must_be_something_to_verify() {
    for_each_face(async |face| {
        let server = TestServer::start().await;
        let client = server.anonymous();
        let id = face.sign_up_create(&client, &[]).await.ok().id();
        let refused = face.sign_up_prepare(&client, &id).await;
        assert_eq!(refused.code(), "form_param_value_invalid");
        assert_eq!(refused.fields, ["strategy"]);
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn a_verified_address_needs_no_other_code() {
    for_each_face(async |face| {
        let server = TestServer::start().await;
        let client = server.anonymous();
        let (id, code) = face.prepared_sign_up(&server, &client, "ada@example.com").await;
        face.sign_up_attempt(&client, &id, &code).await.ok();
        assert_eq!(
            face.sign_up_prepare(&client, &id).await.code(),
            "verification_already_verified"
        );
        assert_eq!(
            face.sign_up_attempt(&client, &id, &code).await.code(),
            "verification_already_verified"
        );
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn one_address_gets_a_bounded_number_of_codes_an_hour_whoever_asks() {
    for_each_face(async |face| {
        let server = TestServer::start().await;
        server
            .settings(json!({ "limit": { "code_send_per_identifier": 2 } }))
            .await;
        for spelling in ["ada@example.com", "ADA@example.com"] {
            let fields = [("email_address", spelling), ("strategy", "email_code")];
            face.sign_up_create(&server.anonymous(), &fields).await.ok();
        }
        let fields = [("email_address", "ada@example.com"), ("strategy", "email_code")];
        let refused = face.sign_up_create(&server.anonymous(), &fields).await;
        assert_eq!(refused.code(), "verification_code_too_many_requests");
        server.advance(Duration::from_secs(3_600));
        face.sign_up_create(&server.anonymous(), &fields).await.ok();
        server.finish().await;
    })
    .await;
}
