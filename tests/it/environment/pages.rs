//! Where an instance says that pages are: at the application, never at a page that nobody has built.

use crate::support::{TestClient, TestServer};
use serde_json::{Value, json};

const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
const LISTED: &str = "https://app.example.com";

/// Every address of a page in an environment.
fn urls(environment: &Value) -> Vec<(&str, &str)> {
    // Whether there are such pages at all SDKs learn from an empty text.
    let absent = ["waitlist_url", "oauth_consent_url"];
    let is_page = |name: &str| name.ends_with("_url") && !name.contains("logo_") && !name.contains("favicon_");
    let config = environment["display_config"].as_object().unwrap();
    let found: Vec<_> = config
        .iter()
        .filter(|(name, _)| (is_page(name) || *name == "logo_link_url") && !absent.contains(&name.as_str()))
        .filter(|(name, _)| !["help_url", "privacy_policy_url", "terms_url"].contains(&name.as_str()))
        .map(|(name, url)| (name.as_str(), url.as_str().unwrap_or_else(|| panic!("{name}: {url}"))))
        .collect();
    assert_eq!(found.len(), 16, "{found:?}");
    found
}

async fn told(client: &TestClient, origin: Option<&str>) -> Value {
    let client = match origin {
        Some(origin) => client.clone().with_header("origin", origin),
        None => client.clone(),
    };
    let reply = client.form("PATCH", "/v1/environment", &[]).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    reply.body
}

async fn read(server: &TestServer) -> Value {
    let reply = server.anonymous().get("/v1/environment").await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    reply.body
}

fn home(environment: &Value) -> &str {
    environment["display_config"]["home_url"].as_str().unwrap()
}

fn sign_in(environment: &Value) -> &str {
    environment["display_config"]["sign_in_url"].as_str().unwrap()
}

#[tokio::test]
async fn before_anybody_knows_the_application_every_address_is_one_that_answers() {
    let server = TestServer::start().await;
    let environment = read(&server).await;
    let browser = server.anonymous().with_header("accept", BROWSER);
    for (name, url) in urls(&environment) {
        let path = url
            .strip_prefix(&server.origin)
            .unwrap_or_else(|| panic!("{name}: {url}"));
        let path = if path.is_empty() { "/" } else { path };
        assert_eq!(browser.get(path).await.status, 200, "{name}: {url}");
    }
    server.finish().await;
}

#[tokio::test]
async fn pages_are_at_the_application_that_asks_and_the_last_one_is_remembered() {
    let server = TestServer::start().await;
    let client = server.anonymous();
    for origin in ["http://localhost:3000", "http://shop.localhost:5173"] {
        let environment = told(&client, Some(origin)).await;
        for (name, url) in urls(&environment) {
            assert!(url == origin || url.starts_with(&format!("{origin}/")), "{name}: {url}");
        }
        assert_eq!(sign_in(&environment), format!("{origin}/sign-in"));
        assert_eq!(
            read(&server).await,
            environment,
            "and who asks from nowhere is told the same"
        );
    }
    let first = client
        .with_header("origin", "http://localhost:3000")
        .get("/v1/environment")
        .await;
    assert_eq!(
        home(&first.body),
        "http://localhost:3000",
        "each of two applications keeps its people"
    );
    assert_eq!(home(&read(&server).await), "http://shop.localhost:5173");
    server.finish().await;
}

#[tokio::test]
async fn names_of_the_server_itself_are_no_application() {
    let server = TestServer::start().await;
    let port = url::Url::parse(&server.address).unwrap().port().unwrap();
    for name in ["localhost", "127.0.0.1", "[::1]", "other.localhost"] {
        let environment = told(&server.anonymous(), Some(&format!("http://{name}:{port}"))).await;
        assert_eq!(sign_in(&environment), server.origin, "{name}");
    }
    assert_eq!(recorded(&server).await, 0);
    server.finish().await;
}

async fn recorded(server: &TestServer) -> i64 {
    server
        .count("SELECT COUNT(*) FROM instance WHERE home_origin IS NOT NULL")
        .await
}

#[tokio::test]
async fn where_others_reach_a_development_server_only_listed_origins_are_believed() {
    let server = TestServer::start_with(&[("VESTIBULE_PUBLIC_URL", "https://dev.example.com")]).await;
    server.settings(json!({ "allowed_origins": [LISTED] })).await;
    // Outside of a browser anybody can say this of everybody's application.
    let stranger = told(&server.anonymous(), Some("http://localhost:1337")).await;
    assert_eq!(
        home(&stranger),
        "http://localhost:1337",
        "a developer's own answer is about the own machine"
    );
    assert_eq!(recorded(&server).await, 0);
    assert_eq!(sign_in(&read(&server).await), format!("{LISTED}/sign-in"));
    let listed = told(&server.anonymous(), Some(LISTED)).await;
    assert_eq!((home(&listed), recorded(&server).await), (LISTED, 1));
    told(&server.anonymous(), Some("http://localhost:1337")).await;
    assert_eq!(home(&read(&server).await), LISTED, "nobody moves what was said");
    for evil in [
        "https://evil.example",
        "null",
        "http://localhost:1337@evil.example",
        "http://localhost:1337/x",
    ] {
        let refused = server
            .anonymous()
            .with_header("origin", evil)
            .form("PATCH", "/v1/environment", &[])
            .await;
        assert_eq!(refused.codes(), ["origin_invalid"], "{evil}");
    }
    server.finish().await;
}

#[tokio::test]
async fn what_was_seen_on_this_machine_is_forgotten_once_others_reach_the_server() {
    let server = TestServer::start().await;
    told(&server.anonymous(), Some("http://localhost:3000")).await;
    assert_eq!(home(&read(&server).await), "http://localhost:3000");
    server
        .execute("UPDATE instance SET origin = 'https://dev.example.com', host = 'dev.example.com' WHERE host <> ''")
        .await;
    assert_eq!(home(&read(&server).await), "https://dev.example.com");
    server.finish().await;
}

#[tokio::test]
async fn an_application_that_is_not_allowed_any_more_is_forgotten() {
    let server = TestServer::start().await;
    server.settings(json!({ "allowed_origins": [LISTED] })).await;
    told(&server.anonymous(), Some(LISTED)).await;
    assert_eq!(home(&read(&server).await), LISTED);
    server.settings(json!({ "allowed_origins": [] })).await;
    assert_eq!(home(&read(&server).await), server.origin);
    server.finish().await;
}

#[tokio::test]
async fn in_production_the_first_allowed_web_page_is_the_application_unless_another_one_asks() {
    let server = TestServer::start().await;
    server
        .settings(
            json!({ "allowed_origins": ["chrome-extension://abcdefghijklmnop", LISTED, "https://admin.example.com"] }),
        )
        .await;
    told(&server.anonymous(), Some("http://localhost:3000")).await;
    server.make_production().await;
    let environment = read(&server).await;
    for (name, url) in urls(&environment) {
        assert!(
            url == LISTED || url.starts_with("https://app.example.com/"),
            "{name}: {url}"
        );
    }
    let admin = server.anonymous().with_header("origin", "https://admin.example.com");
    assert_eq!(
        sign_in(&admin.get("/v1/environment").await.body),
        "https://admin.example.com/sign-in"
    );
    let extension = server
        .anonymous()
        .with_header("origin", "chrome-extension://abcdefghijklmnop");
    assert_eq!(home(&extension.get("/v1/environment").await.body), LISTED);
    server.settings(json!({ "allowed_origins": [] })).await;
    // Pages of no other origin may act, so the application is behind the same host.
    assert_eq!(sign_in(&read(&server).await), format!("{}/sign-in", server.origin));
    server.finish().await;
}

#[tokio::test]
async fn both_faces_tell_the_same_addresses() {
    let server = TestServer::start().await;
    let names = [
        ("homeUrl", "home_url"),
        ("signInUrl", "sign_in_url"),
        ("signUpUrl", "sign_up_url"),
        ("userProfileUrl", "user_profile_url"),
        ("afterSignInUrl", "after_sign_in_url"),
        ("afterSignUpUrl", "after_sign_up_url"),
        ("afterSignOutOneUrl", "after_sign_out_one_url"),
        ("afterSignOutAllUrl", "after_sign_out_all_url"),
        ("afterSwitchSessionUrl", "after_switch_session_url"),
    ];
    let query = format!(
        "{{ environment {{ urls {{ {} }} }} }}",
        names.map(|(name, _)| name).join(" ")
    );
    for patch in [
        json!({}),
        json!({ "path": { "sign_in_url": "/login", "after_sign_up_url": "https://other.example.com/hello" } }),
    ] {
        server.settings(patch).await;
        for client in [
            server.anonymous(),
            server.anonymous().with_header("origin", "http://localhost:3000"),
        ] {
            let environment = client.get("/v1/environment").await.body;
            let shown = client.graphql(&query, json!({})).await;
            for (name, wire) in names {
                let url = &shown.body["data"]["environment"]["urls"][name];
                assert!(url.is_string(), "{name}: {}", shown.text);
                assert_eq!(url, &environment["display_config"][wire], "{name}");
            }
        }
    }
    server.finish().await;
}

#[tokio::test]
async fn what_is_not_built_is_off_whatever_the_settings_say() {
    let server = TestServer::start().await;
    server
        .settings(json!({ "organization": { "enabled": true, "max_allowed_memberships": 5 } }))
        .await;
    let environment = read(&server).await;
    let settings = &environment["user_settings"];
    for (what, value) in [
        ("organizations", &environment["organization_settings"]["enabled"]),
        ("domains", &environment["organization_settings"]["domains"]["enabled"]),
        (
            "a choice of organization",
            &environment["organization_settings"]["force_organization_selection"],
        ),
        ("billing", &environment["commerce_settings"]["billing"]["enabled"]),
        ("API keys", &environment["api_keys_settings"]["enabled"]),
        ("reverification", &environment["auth_config"]["reverification"]),
        ("second factors", &settings["sign_in"]["second_factor"]["enabled"]),
        ("captcha", &settings["sign_up"]["captcha_enabled"]),
        ("consent", &settings["sign_up"]["legal_consent_enabled"]),
        ("SAML", &settings["saml"]["enabled"]),
        ("SSO", &settings["enterprise_sso"]["enabled"]),
        ("deletion", &settings["actions"]["delete_self"]),
        ("new organizations", &settings["actions"]["create_organization"]),
        ("passkeys", &settings["passkey_settings"]["show_sign_in_button"]),
    ] {
        assert_eq!(value, false, "{what}");
    }
    assert_eq!(settings["social"], json!({}));
    for name in [
        "phone_number",
        "web3_wallet",
        "authenticator_app",
        "backup_code",
        "passkey",
        "ticket",
    ] {
        assert_eq!(settings["attributes"][name]["enabled"], false, "{name}");
        assert_eq!(settings["attributes"][name]["used_for_first_factor"], false, "{name}");
    }
    server.finish().await;
}
