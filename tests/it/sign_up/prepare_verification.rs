use crate::support::{Face, TestClient, TestServer, for_each_face};
use serde_json::{Value, json};
use std::time::Duration;

/// How the verification of the address of a sign-up is shown, by its identifier.
async fn shown(face: Face, client: &TestClient, id: &str) -> Value {
    match face {
        Face::Graphql => {
            let query = "query($id: ID!) { signUp(id: $id) { verifications { emailAddress \
                         { nextAction supportedStrategies verification { status strategy attempts expiresAt } } } } }";
            let reply = client.graphql(query, json!({ "id": id })).await;
            assert_eq!(reply.codes(), [""; 0], "{}", reply.text);
            let mut shown = reply.body["data"]["signUp"]["verifications"]["emailAddress"].clone();
            // As REST has it: what was asked for beside what is to be done about it.
            if let Some(shown) = shown.as_object_mut()
                && let Some(Value::Object(verification)) = shown.remove("verification")
            {
                shown.extend(verification);
            }
            shown
        }
        Face::Rest => {
            let reply = client.get(&format!("/v1/client/sign_ups/{id}")).await;
            let riding = client.get("/v1/client").await.body["response"]["sign_up"]["verifications"].clone();
            let shown = &reply.body["response"]["verifications"];
            assert_eq!(shown, &riding, "{}", reply.text);
            shown["email_address"].clone()
        }
    }
}

#[tokio::test]
async fn a_verification_is_null_until_it_is_prepared() {
    for_each_face(async |face| {
        let server = TestServer::start().await;
        let client = server.anonymous();
        let id = face.sign_up_create(&client, &[]).await.ok().id();
        assert_eq!(shown(face, &client, &id).await, Value::Null, "no address is given");
        face.sign_up_update(&client, &id, &[("email_address", "ada@example.com")])
            .await
            .ok();
        assert_eq!(shown(face, &client, &id).await, Value::Null, "no code was asked for");
        face.sign_up_prepare(&client, &id).await.ok();
        let pending = shown(face, &client, &id).await;
        let word = |value: &Value| value.as_str().unwrap().to_lowercase();
        assert_eq!(word(&pending["status"]), "unverified", "{pending}");
        assert_eq!(word(&pending["strategy"]), "email_code", "{pending}");
        let action = pending
            .get("next_action")
            .or_else(|| pending.get("nextAction"))
            .unwrap();
        assert_eq!(word(action), "needs_attempt", "{pending}");
        server.advance(Duration::from_secs(600));
        assert_eq!(word(&shown(face, &client, &id).await["status"]), "expired");
        // Another address is another proof, which nobody has asked for.
        face.sign_up_update(&client, &id, &[("email_address", "eve@example.com")])
            .await
            .ok();
        assert_eq!(shown(face, &client, &id).await, Value::Null);
        server.run_jobs().await;
        server.finish().await;
    })
    .await;
}

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
    let face = Face::Rest;
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
        for refused in [
            face.sign_up_prepare(&client, &id).await,
            face.sign_up_create(&server.anonymous(), &[("strategy", "email_code")])
                .await,
        ] {
            assert_eq!(refused.code(), "form_param_value_invalid");
            assert_eq!(refused.fields, ["strategy"]);
        }
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
        let client = server.anonymous();
        let address = [("email_address", "ada@example.com")];
        let id = face.sign_up_create(&client, &address).await.ok().id();
        let fields = [("email_address", "ada@example.com"), ("strategy", "email_code")];
        for refused in [
            face.sign_up_create(&server.anonymous(), &fields).await,
            face.sign_up_prepare(&client, &id).await,
        ] {
            assert_eq!(refused.code(), "verification_code_too_many_requests");
        }
        server.advance(Duration::from_secs(3_600));
        face.sign_up_create(&server.anonymous(), &fields).await.ok();
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn an_instance_that_cannot_send_mail_says_so() {
    for_each_face(async |face| {
        let server = TestServer::start().await;
        server.make_production().await;
        let client = server.anonymous();
        let address = ("email_address", "ada@example.com");
        let id = face.sign_up_create(&client, &[address]).await.ok().id();
        for refused in [
            face.sign_up_prepare(&client, &id).await,
            face.sign_up_create(&server.anonymous(), &[address, ("strategy", "email_code")])
                .await,
        ] {
            assert_eq!(refused.code(), "feature_not_enabled", "{}", refused.reply.text);
        }
        server.finish().await;
    })
    .await;
}
