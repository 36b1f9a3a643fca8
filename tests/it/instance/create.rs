use crate::support::{TestServer, for_each_face, settings::update_settings};
use entity::kind::InstanceEnvironment;
use serde_json::json;
use vestibule::{
    error::Code,
    service::instance::{self, CreateInstance, FirstOrigin},
};

fn input(slug: &str) -> CreateInstance {
    CreateInstance {
        slug: slug.to_owned(),
        environment: InstanceEnvironment::Development,
        origin: None,
        port: 4000,
    }
}

#[tokio::test]
async fn instances_share_nobody() {
    for_each_face(async |face| {
        let server = TestServer::start().await;
        let (host, _) = server.second_instance().await;
        let client = server.anonymous();
        let (user, session) = face.sign_up(&server, &client, "ada@example.com").await;
        let jwt = face.token(&client, &session).await.unwrap();
        let there = client.forked().at_host(&host);
        assert!(
            there.get("/v1/client").await.body["response"].is_null(),
            "the client is not known there"
        );
        assert_eq!(there.get("/v1/me").await.codes(), ["authentication_invalid"]);
        let stranger = server.anonymous().at_host(&host);
        let refused = face
            .sign_in_create(&stranger, &[("identifier", "ada@example.com")])
            .await;
        assert_eq!(refused.code(), "form_identifier_not_found");
        let holder = stranger.forked().with_header("authorization", &format!("Bearer {jwt}"));
        assert_eq!(
            holder.get("/v1/me").await.codes(),
            ["authentication_invalid"],
            "another issuer's token"
        );
        let node = holder.at_host(&host).with_header("authorization", "Bearer a.b.c");
        assert_eq!(
            node.graphql("{ viewer { id } }", json!({})).await.codes(),
            ["authentication_invalid"]
        );
        let fields = [("email_address", "ada@example.com"), ("strategy", "email_code")];
        face.sign_up_create(&stranger, &fields).await.ok();
        let here = server
            .count(&format!("SELECT COUNT(*) FROM identification WHERE user_id = '{user}'"))
            .await;
        assert_eq!(here, 1, "the same address is another person there");
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn an_only_instance_answers_to_this_machine_and_several_to_their_own_host() {
    let server = TestServer::start().await;
    let elsewhere = server.anonymous().at_host("elsewhere.localhost:80");
    assert_eq!(elsewhere.get("/v1/environment").await.status, 200);
    let (host, _) = server.second_instance().await;
    for client in [&server.anonymous(), &server.anonymous().at_host(&host)] {
        assert_eq!(client.get("/v1/environment").await.status, 200);
    }
    for path in ["/v1/environment", "/v1/client", "/.well-known/jwks.json"] {
        let refused = elsewhere.get(path).await;
        assert_eq!(
            (refused.status, refused.codes()),
            (400, vec!["host_invalid".to_owned()]),
            "{path}"
        );
    }
    assert_eq!(
        elsewhere
            .graphql("{ environment { applicationName } }", json!({}))
            .await
            .codes(),
        ["host_invalid"]
    );
    server.finish().await;
}

#[tokio::test]
async fn every_instance_has_keys_and_settings_of_its_own() {
    let server = TestServer::start().await;
    let (host, secret) = server.second_instance().await;
    let there = server.anonymous().at_host(&host);
    let backend = server.anonymous().with_secret_key(&secret);
    update_settings(&backend, &json!({ "application_name": "Other" })).await;
    let name = |reply: crate::support::Reply| reply.body["display_config"]["application_name"].clone();
    assert_eq!(name(there.get("/v1/environment").await), "Other");
    assert_eq!(name(server.anonymous().get("/v1/environment").await), "My application");
    let kid = |reply: crate::support::Reply| reply.body["keys"][0]["kid"].clone();
    let here = server.anonymous().get("/.well-known/jwks.json").await;
    let other = there.get("/.well-known/jwks.json").await;
    assert_ne!(kid(here), kid(other));
    server.finish().await;
}

#[tokio::test]
async fn a_name_that_is_taken_or_no_label_is_refused() {
    let server = TestServer::start().await;
    instance::create(&server.app, input("staging")).await.unwrap();
    let code = async |input| instance::create(&server.app, input).await.unwrap_err().code();
    assert_eq!(code(input("staging")).await, Code::FormIdentifierExists);
    for slug in ["", "-a", "a-", "A", "a.b", "ä", &"a".repeat(64)] {
        assert_eq!(code(input(slug)).await, Code::FormParamFormatInvalid, "{slug}");
    }
    let production = CreateInstance {
        environment: InstanceEnvironment::Production,
        ..input("live")
    };
    assert_eq!(
        code(production).await,
        Code::FormParamMissing,
        "nobody can guess its origin"
    );
    server.finish().await;
}

#[tokio::test]
async fn a_production_instance_is_not_reached_by_http_but_on_this_machine() {
    let server = TestServer::start().await;
    let with_origin = |slug: &str, environment, origin: &str| CreateInstance {
        environment,
        origin: Some(url::Url::parse(origin).unwrap()),
        ..input(slug)
    };
    let (live, test) = (InstanceEnvironment::Production, InstanceEnvironment::Development);
    for origin in [
        "http://auth.example.com",
        "http://10.0.0.7:4000",
        "http://localhost.example.com",
    ] {
        let error = instance::create(&server.app, with_origin("live", live, origin))
            .await
            .unwrap_err();
        assert_eq!(error.code(), Code::FormParamValueInvalid, "{origin}");
        assert!(error.problems()[0].long_message().contains("https"), "{origin}");
    }
    for (slug, environment, origin) in [
        ("proxied", live, "http://127.0.0.1:4001"),
        ("local", live, "http://live.localhost:4000"),
        ("staging", test, "http://staging.example.com"),
    ] {
        instance::create(&server.app, with_origin(slug, environment, origin))
            .await
            .unwrap();
    }
    server.finish().await;
}

#[tokio::test]
async fn a_production_instance_does_not_move_to_http_and_allows_no_page_by_it() {
    let server = TestServer::start().await;
    server
        .settings(json!({ "allowed_origins": ["http://old.example.com"] }))
        .await;
    server.make_production().await;
    let error = instance::bootstrap(&server.app, FirstOrigin::Configured("http://id.example.com"), None)
        .await
        .unwrap_err();
    assert_eq!(error.code(), Code::FormParamValueInvalid);
    let first = instance::all(&server.app).await.unwrap().instances[0].clone();
    assert_eq!(first.origin, server.origin, "it has stayed where it was");
    let set = async |patch: serde_json::Value| instance::patch_settings(&server.app, &first.id, &patch, None).await;
    for (patch, name) in [
        (json!({ "issuer": "http://id.example.com" }), "issuer"),
        (
            json!({ "allowed_origins": ["http://old.example.com", "http://app.example.com"] }),
            "allowed_origins",
        ),
    ] {
        let error = set(patch.clone()).await.unwrap_err();
        assert_eq!(error.code(), Code::FormParamValueInvalid, "{patch}");
        assert_eq!(error.problems()[0].field.as_deref(), Some(name), "{patch}");
    }
    // What was there before stands in nobody's way, nor do pages on this machine.
    for patch in [
        json!({ "application_name": "Other" }),
        json!({ "allowed_origins": ["http://old.example.com", "http://localhost:3000", "https://app.example.com"] }),
    ] {
        set(patch).await.unwrap();
    }
    server.finish().await;
}

#[tokio::test]
async fn keys_tell_what_an_instance_is_for() {
    let server = TestServer::start().await;
    let origin = url::Url::parse("https://auth.example.com").unwrap();
    let live = CreateInstance {
        environment: InstanceEnvironment::Production,
        origin: Some(origin),
        ..input("live")
    };
    let live = instance::create(&server.app, live).await.unwrap();
    // pk_live_ and unpadded base64 of `auth.example.com$`.
    assert_eq!(live.publishable_key, "pk_live_YXV0aC5leGFtcGxlLmNvbSQ");
    assert!(live.secret_key.starts_with("sk_live_"));
    let test = instance::create(&server.app, input("staging")).await.unwrap();
    assert_eq!(test.origin, "http://staging.localhost:4000");
    assert!(test.publishable_key.starts_with("pk_test_") && test.secret_key.starts_with("sk_test_"));
    let key = crate::support::decoded(test.publishable_key.trim_start_matches("pk_test_"));
    assert!(key.ends_with(".clerk.accounts.dev$"), "{key}");
    server.finish().await;
}
