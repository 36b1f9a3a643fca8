use crate::support::{
    Face, TestServer,
    route::{self, Owner},
};

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
    server.finish().await;
}

#[tokio::test]
async fn every_route_that_changes_something_refuses_an_unknown_parameter_by_name() {
    let server = TestServer::start().await;
    let owner = Owner::at(&server).await;
    for route in route::writes() {
        let (method, path) = (&route.method, owner.path(route));
        let mut fields = route::fields(route).to_vec();
        fields.push(("surprise", "1"));
        let refused = owner.client.form(method.as_str(), &path, &fields).await;
        assert_eq!(refused.codes(), ["form_param_unknown"], "{method} {path}");
        // Browsers spell the method in the address, and mean the same.
        let path = route::tunnelled(route, &path);
        if route.method != "POST" {
            let refused = owner.client.post(&path, &fields).await;
            assert_eq!(refused.codes(), ["form_param_unknown"], "{path}");
        }
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
    let ids = |place: &str| match place {
        "sign_up_id" => sign_up.clone(),
        "sign_in_id" => sign_in.clone(),
        other => panic!("a new kind of place needs a line here: {other}"),
    };
    for route in route::writes().filter(|route| !route::fields(route).is_empty()) {
        let known = SWITCHED_OFF.iter().find(|(name, _)| *name == route::name(route));
        let (_, names) = known.unwrap_or_else(|| panic!("a new write needs a line here: {}", route::name(route)));
        let path = route::path(route, &ids);
        for name in *names {
            let mut fields = route::fields(route).to_vec();
            fields.push((name, "+49301234567"));
            let refused = client.form(route.method.as_str(), &path, &fields).await;
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

/// What SDKs send to each route that takes anything, and what no instance has.
const SWITCHED_OFF: [(&str, &[&str]); 10] = [
    ("sign_up::create", &SIGN_UP),
    ("sign_up::update", &SIGN_UP),
    ("sign_up::prepare_verification", &[]),
    ("sign_up::attempt_verification", &["signature", "token"]),
    (
        "sign_in::create",
        &["ticket", "transfer", "token", "code", "enterprise_connection_id"],
    ),
    ("sign_in::prepare_first_factor", &TARGETS),
    ("sign_in::attempt_first_factor", &PROOFS),
    ("sign_in::prepare_second_factor", &TARGETS),
    ("sign_in::attempt_second_factor", &PROOFS),
    ("totp::attempt_verification", &[]),
];

const TARGETS: [&str; 3] = ["phone_number_id", "web3_wallet_id", "passkey_id"];

const PROOFS: [&str; 4] = ["signature", "token", "ticket", "public_key_credential"];

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
