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
async fn what_is_known_and_switched_off_is_refused_from_browser_sdks_too() {
    let server = TestServer::start().await;
    let sdk = || server.anonymous().with_query("_clerk_js_version", "5.0.0");
    let known = sdk();
    Face::Rest.sign_up(&server, &known, "ada@example.com").await;
    let client = sdk();
    let sign_up = Face::Rest
        .sign_up_create(&client, &[("first_name", "Ada")])
        .await
        .ok()
        .id();
    let sign_in = Face::Rest
        .sign_in_create(&client, &[("identifier", "ada@example.com")])
        .await
        .ok()
        .id();
    let one_up = format!("/v1/client/sign_ups/{sign_up}");
    let one_in = format!("/v1/client/sign_ins/{sign_in}");
    let code = [("strategy", "email_code"), ("code", "000000")];
    let prepare = [("strategy", "email_code")];
    for (method, path, needed, names) in [
        ("POST", "/v1/client/sign_ups", &[][..], &SIGN_UP[..]),
        ("PATCH", &one_up, &[], &SIGN_UP),
        (
            "POST",
            &format!("{one_up}/attempt_verification"),
            &code,
            &["signature", "token"],
        ),
        (
            "POST",
            "/v1/client/sign_ins",
            &[],
            &["ticket", "transfer", "token", "code", "enterprise_connection_id"],
        ),
        (
            "POST",
            &format!("{one_in}/prepare_first_factor"),
            &prepare,
            &["phone_number_id", "web3_wallet_id", "passkey_id"],
        ),
        (
            "POST",
            &format!("{one_in}/attempt_first_factor"),
            &code,
            &["signature", "token", "ticket", "public_key_credential"],
        ),
    ] {
        for name in names {
            let mut fields = needed.to_vec();
            fields.push((name, "+49301234567"));
            let refused = client.form(method, path, &fields).await;
            assert_eq!(
                (refused.status, refused.codes()),
                (422, vec!["form_param_unknown".to_owned()]),
                "{path} {name}"
            );
            assert_eq!(refused.body["errors"][0]["meta"]["param_name"], *name);
        }
    }
    assert_eq!(server.count("SELECT COUNT(*) FROM sign_up").await, 2);
    assert_eq!(
        server
            .count("SELECT COUNT(*) FROM verification WHERE attempts > 1")
            .await,
        0
    );
    // What is empty asks for nothing, and what is not known is a matter of versions.
    let fields: Vec<_> = SIGN_UP
        .iter()
        .map(|name| (*name, ""))
        .chain([("first_name", "Ada"), ("later", "1")])
        .collect();
    Face::Rest.sign_up_create(&client, &fields).await.ok();
    let strict = Face::Rest
        .sign_up_create(&server.anonymous(), &[("phone_number", "")])
        .await;
    assert_eq!(strict.code(), "form_param_unknown");
    server.finish().await;
}

const SIGN_UP: [&str; 9] = [
    "phone_number",
    "email_address_or_phone_number",
    "web3_wallet",
    "external_account_strategy",
    "ticket",
    "transfer",
    "token",
    "code",
    "legal_accepted",
];

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
