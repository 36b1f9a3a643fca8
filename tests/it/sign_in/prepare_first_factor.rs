use crate::support::{Face, TestClient, TestServer, for_each_face};
use serde_json::{Value, json};

/// How the verification of a sign-in is shown, by its identifier.
async fn shown(face: Face, client: &TestClient, id: &str) -> Value {
    match face {
        Face::Graphql => {
            let query = "query($id: ID!) { signIn(id: $id) { firstFactorVerification { status } } }";
            let reply = client.graphql(query, json!({ "id": id })).await;
            assert_eq!(reply.codes(), [""; 0], "{}", reply.text);
            reply.body["data"]["signIn"]["firstFactorVerification"].clone()
        }
        Face::Rest => {
            let reply = client.get(&format!("/v1/client/sign_ins/{id}")).await;
            let riding = client.get("/v1/client").await.body["response"]["sign_in"].clone();
            let shown = reply.body["response"]["first_factor_verification"].clone();
            assert_eq!(shown, riding["first_factor_verification"], "{}", reply.text);
            assert!(reply.body["response"]["id"] == id, "{}", reply.text);
            shown
        }
    }
}

#[tokio::test]
async fn the_verification_of_a_sign_in_is_null_until_it_is_prepared() {
    for_each_face(async |face| {
        let server = TestServer::start().await;
        face.sign_up(&server, &server.anonymous(), "ada@example.com").await;
        let client = server.anonymous();
        let id = face.sign_in_create(&client, &[]).await.ok().id();
        assert_eq!(shown(face, &client, &id).await, Value::Null, "nobody is named");
        let named = [("identifier", "ada@example.com")];
        let id = face.sign_in_create(&client, &named).await.ok().id();
        assert_eq!(shown(face, &client, &id).await, Value::Null, "no code was asked for");
        face.sign_in_prepare(&client, &id, &[("strategy", "email_code")])
            .await
            .ok();
        let pending = shown(face, &client, &id).await["status"]
            .as_str()
            .unwrap()
            .to_lowercase();
        assert_eq!(pending, "unverified");
        server.run_jobs().await;
        server.finish().await;
    })
    .await;
}

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
        let at_once = [("identifier", "ada@example.com"), ("strategy", "email_code")];
        for refused in [
            face.sign_in_prepare(&client, &id, &at_once[1..]).await,
            face.sign_in_create(&server.anonymous(), &at_once).await,
        ] {
            assert_eq!(refused.code(), "feature_not_enabled");
        }
        server.finish().await;
    })
    .await;
}
