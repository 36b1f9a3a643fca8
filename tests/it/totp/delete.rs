use super::signed_up;
use crate::support::{Authenticator, for_each_face};

#[tokio::test]
async fn what_is_removed_is_asked_for_no_more() {
    for_each_face(async |face| {
        let (server, client) = signed_up(face).await;
        Authenticator::set_up(face, &server, &client).await;
        let removed = face.totp_delete(&client).await.ok();
        assert!(removed.id().starts_with("totp_"));
        let me = client.get("/v1/me").await.body["response"].clone();
        assert_eq!(
            (&me["totp_enabled"], &me["two_factor_enabled"]),
            (&false.into(), &false.into())
        );
        assert!(me["mfa_enabled_at"].is_null());
        assert_eq!(me["mfa_disabled_at"], server.app.now());
        face.sign_in(&server.anonymous(), "ada@example.com").await;
        assert_eq!(face.totp_delete(&client).await.code(), "resource_not_found");
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn one_that_never_worked_is_removed_without_a_trace_on_the_person() {
    for_each_face(async |face| {
        let (server, client) = signed_up(face).await;
        face.totp_create(&client).await.ok();
        face.totp_delete(&client).await.ok();
        let me = client.get("/v1/me").await.body["response"].clone();
        assert!(me["mfa_disabled_at"].is_null());
        server.finish().await;
    })
    .await;
}
