use crate::support::{TestServer, for_each_face};
use serde_json::json;

#[tokio::test]
async fn a_code_goes_to_the_address_as_its_owner_wrote_it() {
    for_each_face(async |face| {
        let server = TestServer::start().await;
        face.sign_up(&server, &server.anonymous(), "Ada@Example.com").await;
        let client = server.anonymous();
        let id = face
            .sign_in_create(&client, &[("identifier", "ADA@EXAMPLE.COM")])
            .await
            .ok()
            .id();
        face.sign_in_prepare(&client, &id, &[("strategy", "email_code")])
            .await
            .ok();
        let code = server.last_code("Ada@Example.com").await;
        let done = face
            .sign_in_attempt(&client, &id, &[("strategy", "email_code"), ("code", &code)])
            .await
            .ok();
        assert_eq!(done.status(), "complete");
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn a_password_needs_no_preparation() {
    for_each_face(async |face| {
        let server = TestServer::start().await;
        face.sign_up(&server, &server.anonymous(), "ada@example.com").await;
        let client = server.anonymous();
        let id = face
            .sign_in_create(&client, &[("identifier", "ada@example.com")])
            .await
            .ok()
            .id();
        let refused = face.sign_in_prepare(&client, &id, &[("strategy", "password")]).await;
        assert_eq!(refused.code(), "form_param_value_invalid");
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn nobody_named_means_nothing_to_prepare() {
    for_each_face(async |face| {
        let server = TestServer::start().await;
        let client = server.anonymous();
        let id = face.sign_in_create(&client, &[]).await.ok().id();
        let refused = face.sign_in_prepare(&client, &id, &[("strategy", "email_code")]).await;
        assert_eq!(refused.code(), "client_state_invalid");
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn a_factor_that_is_switched_off_meanwhile_is_not_offered() {
    for_each_face(async |face| {
        let server = TestServer::start().await;
        face.sign_up(&server, &server.anonymous(), "ada@example.com").await;
        let client = server.anonymous();
        let id = face
            .sign_in_create(&client, &[("identifier", "ada@example.com")])
            .await
            .ok()
            .id();
        server
            .settings(json!({ "attribute": { "email_address": { "first_factors": [] } } }))
            .await;
        let refused = face.sign_in_prepare(&client, &id, &[("strategy", "email_code")]).await;
        assert_eq!(refused.code(), "strategy_for_user_invalid");
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn an_instance_that_cannot_send_mail_says_so() {
    for_each_face(async |face| {
        let server = TestServer::start().await;
        face.sign_up(&server, &server.anonymous(), "ada@example.com").await;
        server.make_production().await;
        let client = server.anonymous();
        let id = face
            .sign_in_create(&client, &[("identifier", "ada@example.com")])
            .await
            .ok()
            .id();
        let refused = face.sign_in_prepare(&client, &id, &[("strategy", "email_code")]).await;
        assert_eq!(refused.code(), "feature_not_enabled");
        server.finish().await;
    })
    .await;
}
