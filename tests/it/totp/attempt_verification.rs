use super::signed_up;
use crate::support::{Authenticator, for_each_face};

#[tokio::test]
async fn a_code_of_the_app_makes_it_asked_for_and_the_person_is_shown_with_it() {
    for_each_face(async |face| {
        let (server, client) = signed_up(face).await;
        Authenticator::set_up(face, &server, &client).await;
        let me = client.get("/v1/me").await.body["response"].clone();
        assert_eq!(
            (&me["totp_enabled"], &me["two_factor_enabled"]),
            (&true.into(), &true.into())
        );
        assert_eq!(me["mfa_enabled_at"], server.app.now());
        assert!(me["mfa_disabled_at"].is_null());
        assert_eq!(me["updated_at"], server.app.now());
        let query = "{ viewer { totpEnabled twoFactorEnabled mfaEnabledAt mfaDisabledAt } }";
        let viewer = client.graphql(query, serde_json::Value::Null).await.body["data"]["viewer"].clone();
        assert_eq!(
            (&viewer["totpEnabled"], &viewer["twoFactorEnabled"]),
            (&true.into(), &true.into())
        );
        assert!(viewer["mfaEnabledAt"].is_string() && viewer["mfaDisabledAt"].is_null());
        let told = server
            .count("SELECT COUNT(*) FROM event WHERE event_type = 'user.updated'")
            .await;
        assert_eq!(told, 1);
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn the_answer_of_the_change_shows_the_person_as_they_are_after_it() {
    let (server, client) = signed_up(crate::support::Face::Graphql).await;
    let made = crate::support::Face::Graphql.totp_create(&client).await.ok();
    let code = Authenticator::of(&made.text("secret")).code(&server, 0);
    let query = "mutation($code: String!) { totpAttemptVerification(input: { proof: { totp: $code } }) { \
                 totp { verified } client { sessions { user { twoFactorEnabled } } } } }";
    let reply = client.graphql(query, serde_json::json!({ "code": code })).await;
    let payload = &reply.body["data"]["totpAttemptVerification"];
    assert_eq!(payload["totp"]["verified"], true, "{}", reply.text);
    assert_eq!(
        payload["client"]["sessions"][0]["user"]["twoFactorEnabled"], true,
        "{}",
        reply.text
    );
    server.finish().await;
}

#[tokio::test]
async fn wrong_codes_and_codes_of_other_times_are_refused_and_change_nothing() {
    for_each_face(async |face| {
        let (server, client) = signed_up(face).await;
        assert_eq!(face.totp_attempt(&client, "123456").await.code(), "resource_not_found");
        let made = face.totp_create(&client).await.ok();
        let authenticator = Authenticator::of(&made.text("secret"));
        for steps in [-2, 2, 100] {
            let refused = face.totp_attempt(&client, &authenticator.code(&server, steps)).await;
            assert_eq!(refused.code(), "form_code_incorrect", "{steps}");
            assert_eq!(refused.fields, ["code"]);
        }
        for text in ["12345", "1234567", "abcdef"] {
            let refused = face.totp_attempt(&client, text).await;
            assert_eq!(
                (refused.code(), &*refused.fields[0]),
                ("form_param_format_invalid", "code"),
                "{text}"
            );
        }
        let me = client.get("/v1/me").await;
        assert_eq!(me.body["response"]["totp_enabled"], false);
        face.totp_attempt(&client, &authenticator.code(&server, 1)).await.ok();
        let again = face.totp_attempt(&client, &authenticator.code(&server, 0)).await;
        assert_eq!(again.code(), "totp_already_enabled");
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn the_secret_is_sealed_where_it_is_stored() {
    let (server, client) = signed_up(crate::support::Face::Rest).await;
    let made = crate::support::Face::Rest.totp_create(&client).await.ok();
    let secret = made.text("secret");
    let plain = server
        .count(&format!(
            "SELECT COUNT(*) FROM totp WHERE secret LIKE '%{secret}%' OR secret NOT LIKE 'v1.%'"
        ))
        .await;
    assert_eq!(plain, 0);
    server.finish().await;
}
