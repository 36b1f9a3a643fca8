use super::signed_up;
use crate::support::{Authenticator, TestServer, for_each_face};
use serde_json::json;

#[tokio::test]
async fn an_app_is_told_its_secret_once_in_three_forms() {
    for_each_face(async |face| {
        let (server, client) = signed_up(face).await;
        let made = face.totp_create(&client).await.ok();
        assert!(made.id().starts_with("totp_"));
        assert_eq!(made.resource["verified"], false);
        let (secret, uri) = (made.text("secret"), made.text("uri"));
        assert_eq!(secret.len(), 32, "160 bits in base 32");
        assert!(uri.starts_with("otpauth://totp/"), "{uri}");
        for part in [
            format!("secret={secret}"),
            "ada%40example.com".to_owned(),
            "issuer=My%20application".to_owned(),
        ] {
            assert!(uri.contains(&part), "{uri}");
        }
        let shown = client.get("/v1/me").await;
        assert_eq!(
            shown.body["response"]["totp_enabled"], false,
            "nothing is asked for yet"
        );
        assert_eq!(shown.body["response"]["two_factor_enabled"], false);
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn graphql_draws_the_uri() {
    let (server, client) = signed_up(crate::support::Face::Graphql).await;
    let made = crate::support::Face::Graphql.totp_create(&client).await.ok();
    let image = made.text("qr_code");
    assert!(image.starts_with("<?xml") && image.contains("<svg"), "{image}");
    assert!(image.len() < 20_000, "{}", image.len());
    server.finish().await;
}

#[tokio::test]
async fn an_app_that_never_worked_is_replaced_and_one_that_does_is_not() {
    for_each_face(async |face| {
        let (server, client) = signed_up(face).await;
        let first = face.totp_create(&client).await.ok();
        let second = face.totp_create(&client).await.ok();
        assert_ne!(first.text("secret"), second.text("secret"));
        let of_first = Authenticator::of(&first.text("secret")).code(&server, 0);
        assert_eq!(
            face.totp_attempt(&client, &of_first).await.code(),
            "form_code_incorrect"
        );
        let of_second = Authenticator::of(&second.text("secret")).code(&server, 0);
        face.totp_attempt(&client, &of_second).await.ok();
        assert_eq!(face.totp_create(&client).await.code(), "totp_already_enabled");
        assert_eq!(server.count("SELECT COUNT(*) FROM totp").await, 1);
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn nobody_sets_one_up_where_the_instance_takes_none_or_nobody_is_signed_in() {
    for_each_face(async |face| {
        let (server, client) = signed_up(face).await;
        server
            .settings(json!({ "attribute": { "authenticator_app": { "enabled": false } } }))
            .await;
        assert_eq!(face.totp_create(&client).await.code(), "feature_not_enabled");
        assert_eq!(face.totp_attempt(&client, "123456").await.code(), "feature_not_enabled");
        server.finish().await;
        let server = TestServer::start().await;
        assert_eq!(
            face.totp_create(&server.anonymous()).await.code(),
            "authentication_invalid"
        );
        let refused = face.totp_attempt(&server.anonymous(), "123456").await;
        assert_eq!(refused.code(), "authentication_invalid");
        assert_eq!(
            face.totp_delete(&server.anonymous()).await.code(),
            "authentication_invalid"
        );
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn a_session_token_sets_nothing_up_and_removes_nothing() {
    for_each_face(async |face| {
        let (server, client) = signed_up(face).await;
        let session = client.get("/v1/client").await.body["response"]["last_active_session_id"].clone();
        let jwt = face.token(&client, session.as_str().unwrap()).await.unwrap();
        let bearer = server
            .anonymous()
            .with_header("authorization", &format!("Bearer {jwt}"));
        Authenticator::set_up(face, &server, &client).await;
        assert_eq!(face.totp_create(&bearer).await.code(), "authorization_invalid");
        assert_eq!(
            face.totp_attempt(&bearer, "123456").await.code(),
            "authorization_invalid"
        );
        assert_eq!(face.totp_delete(&bearer).await.code(), "authorization_invalid");
        assert_eq!(server.count("SELECT COUNT(*) FROM totp").await, 1);
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn the_longest_names_make_a_code_that_can_be_drawn() {
    let (server, client) = signed_up(crate::support::Face::Graphql).await;
    let name = "\u{1f6aa}".repeat(100);
    server.settings(json!({ "application_name": name })).await;
    server
        .execute(&format!(
            "UPDATE identification SET display = '{}@example.com' WHERE value = 'ada@example.com'",
            "\u{1f6aa}".repeat(200)
        ))
        .await;
    let made = crate::support::Face::Graphql.totp_create(&client).await.ok();
    assert!(made.text("uri").contains("issuer=%F0%9F%9A%AA"), "{}", made.reply.text);
    assert!(made.text("qr_code").contains("<svg"), "{}", made.reply.text);
    server.finish().await;
}
