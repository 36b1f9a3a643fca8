use crate::support::{Face, TestServer};

#[tokio::test]
async fn an_unknown_parameter_is_refused_by_name_and_nothing_is_done() {
    let server = TestServer::start().await;
    let client = server.anonymous();
    let fields = [("email_address", "ada@example.com"), ("emial", "x"), ("zzz", "y")];
    let refused = Face::Rest.sign_up_create(&client, &fields).await;
    assert_eq!(refused.reply.status, 422);
    assert_eq!(refused.codes, ["form_param_unknown", "form_param_unknown"]);
    assert_eq!(refused.fields, ["emial", "zzz"]);
    assert_eq!(server.count("SELECT COUNT(*) FROM sign_up").await, 0);
    for (method, path) in [
        ("PUT", "/v1/client"),
        ("POST", "/v1/dev_browser"),
        ("PATCH", "/v1/environment"),
    ] {
        let refused = client.form(method, path, &[("surprise", "1")]).await;
        assert_eq!(refused.codes(), ["form_param_unknown"], "{method} {path}");
    }
    server.finish().await;
}

#[tokio::test]
async fn browser_sdks_may_send_more_from_version_to_version() {
    let server = TestServer::start().await;
    let client = server.anonymous().with_query("_clerk_js_version", "5.0.0");
    let fields = [("email_address", "ada@example.com"), ("a_parameter_of_the_future", "x")];
    let sign_up = Face::Rest.sign_up_create(&client, &fields).await.ok();
    assert_eq!(sign_up.text("email_address"), "ada@example.com");
    let wrong = client
        .post("/v1/client/sign_ups", &[("email_address", "nonsense"), ("future", "x")])
        .await;
    assert_eq!(
        wrong.codes(),
        ["form_param_format_invalid"],
        "what is known is still checked"
    );
    server.finish().await;
}

#[tokio::test]
async fn what_sdks_send_with_anything_is_always_known() {
    let server = TestServer::start().await;
    let fields = [
        ("email_address", "ada@example.com"),
        ("locale", "en-GB"),
        ("timezone", "Europe/London"),
        ("captcha_token", "x"),
        ("captcha_widget_type", "smart"),
        ("intent", "x"),
        ("tab_state", "x"),
    ];
    Face::Rest.sign_up_create(&server.anonymous(), &fields).await.ok();
    server.finish().await;
}

#[tokio::test]
async fn the_query_is_never_a_parameter() {
    let server = TestServer::start().await;
    let client = server.anonymous().with_query("email_address", "ada@example.com");
    let sign_up = Face::Rest.sign_up_create(&client, &[("first_name", "Ada")]).await.ok();
    assert!(sign_up.resource["email_address"].is_null());
    server.finish().await;
}
