use crate::support::{Face, TestServer, for_each_face};
use serde_json::{Value, json};

const VIEWER: &str = "{ viewer { id firstName lastName username passwordEnabled primaryEmailAddressId \
                      emailAddresses { id emailAddress } publicMetadata unsafeMetadata banned locked } }";

#[tokio::test]
async fn nobody_is_nobody_on_either_face() {
    let server = TestServer::start().await;
    let refused = server.anonymous().get("/v1/me").await;
    assert_eq!(
        (refused.status, refused.codes()),
        (401, vec!["authentication_invalid".to_owned()])
    );
    let viewer = server.anonymous().graphql(VIEWER, json!({})).await;
    assert_eq!(viewer.body["data"], json!({ "viewer": null }));
    server.finish().await;
}

#[tokio::test]
async fn both_faces_show_the_same_person() {
    for_each_face(async |face| {
        let server = TestServer::start().await;
        let client = server.anonymous();
        let fields = [
            ("email_address", "Ada@Example.com"),
            ("password", crate::support::face::PASSWORD),
            ("first_name", "Ada"),
            ("last_name", "Lovelace"),
            ("unsafe_metadata", r#"{"theme":"dark"}"#),
            ("strategy", "email_code"),
        ];
        let sign_up = face.sign_up_create(&client, &fields).await.ok();
        let code = server.last_code("Ada@Example.com").await;
        let user = face
            .sign_up_attempt(&client, &sign_up.id(), &code)
            .await
            .ok()
            .text("created_user_id");
        let me = client.get("/v1/me").await;
        assert_eq!(me.status, 200, "{}", me.text);
        let (shown, viewer) = (&me.body["response"], client.graphql(VIEWER, json!({})).await);
        let viewer = &viewer.body["data"]["viewer"];
        assert_eq!(shown["object"], "user");
        assert_eq!(
            me.body["client"]["sessions"][0]["user"]["id"], user,
            "the client rides along"
        );
        for (rest, graphql, expected) in [
            ("id", "id", json!(user)),
            ("first_name", "firstName", json!("Ada")),
            ("last_name", "lastName", json!("Lovelace")),
            ("username", "username", Value::Null),
            ("password_enabled", "passwordEnabled", json!(true)),
            ("public_metadata", "publicMetadata", json!({})),
            ("unsafe_metadata", "unsafeMetadata", json!({ "theme": "dark" })),
            ("banned", "banned", json!(false)),
            ("locked", "locked", json!(false)),
        ] {
            assert_eq!(shown[rest], expected, "{rest}");
            assert_eq!(viewer[graphql], expected, "{graphql}");
        }
        let address = &shown["email_addresses"][0];
        assert_eq!(address["verification"]["status"], "verified");
        assert_eq!(address["id"], shown["primary_email_address_id"]);
        assert_eq!(viewer["primaryEmailAddressId"], address["id"]);
        assert_eq!(viewer["emailAddresses"][0]["emailAddress"], address["email_address"]);
        assert!(
            !me.text.contains("argon2") && !me.text.contains("private_metadata"),
            "{}",
            me.text
        );
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn everybody_has_a_picture_at_the_instances_own_origin() {
    let server = TestServer::start().await;
    let client = server.anonymous();
    Face::Rest.sign_up(&server, &client, "ada@example.com").await;
    let me = client.get("/v1/me").await;
    let url = me.body["response"]["image_url"].as_str().unwrap().to_owned();
    let path = url.strip_prefix(&server.origin).expect("it is served here").to_owned();
    let picture = server.anonymous().get(&path).await;
    assert_eq!(picture.status, 200);
    assert_eq!(picture.header("content-type"), Some("image/svg+xml"));
    server.finish().await;
}

#[tokio::test]
async fn a_session_token_reads_its_person() {
    let server = TestServer::start().await;
    let client = server.anonymous();
    let (user, session) = Face::Rest.sign_up(&server, &client, "ada@example.com").await;
    let jwt = Face::Rest.token(&client, &session).await.unwrap();
    let holder = server
        .anonymous()
        .with_header("authorization", &format!("Bearer {jwt}"));
    assert_eq!(holder.get("/v1/me").await.body["response"]["id"], user);
    assert_eq!(
        holder.graphql(VIEWER, json!({})).await.body["data"]["viewer"]["id"],
        user
    );
    server.finish().await;
}
