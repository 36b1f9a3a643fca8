use crate::support::{Reply, TestServer};
use serde_json::{Value, json};

async fn environment(server: &TestServer) -> Value {
    let reply = server.anonymous().get("/v1/environment").await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    reply.body
}

async fn by_graphql(server: &TestServer) -> Value {
    let query = "{ environment { applicationName environment publishableKey singleSessionMode signUpMode \
                 attributes { emailAddress { enabled required firstFactors } username { enabled } } \
                 password { minLength maxLength } urls { signInUrl afterSignInUrl } } }";
    let reply: Reply = server.anonymous().graphql(query, json!({})).await;
    assert_eq!(reply.codes(), [""; 0], "{}", reply.text);
    reply.body["data"]["environment"].clone()
}

#[tokio::test]
async fn it_is_bare_and_needs_nobody() {
    let server = TestServer::start().await;
    let read = environment(&server).await;
    assert!(read.get("response").is_none(), "SDKs read it without an envelope");
    for (section, object) in [("auth_config", "auth_config"), ("display_config", "display_config")] {
        assert_eq!(read[section]["object"], object);
    }
    assert!(read["user_settings"]["attributes"].is_object());
    assert!(read["organization_settings"].is_object());
    assert_eq!(read["display_config"]["instance_environment_type"], "development");
    assert_eq!(server.count("SELECT COUNT(*) FROM client").await, 0);
    server.finish().await;
}

#[tokio::test]
async fn the_defaults_are_those_that_are_promised() {
    let server = TestServer::start().await;
    let read = environment(&server).await;
    let attributes = &read["user_settings"]["attributes"];
    for (name, enabled, required) in [
        ("email_address", true, true),
        ("password", true, true),
        ("first_name", true, false),
        ("last_name", true, false),
        ("username", false, false),
        ("phone_number", false, false),
    ] {
        assert_eq!(attributes[name]["enabled"], enabled, "{name}");
        assert_eq!(attributes[name]["required"], required, "{name}");
    }
    assert_eq!(attributes["email_address"]["verifications"], json!(["email_code"]));
    assert_eq!(attributes["email_address"]["verify_at_sign_up"], true);
    assert_eq!(read["auth_config"]["single_session_mode"], true);
    assert_eq!(read["user_settings"]["sign_up"]["mode"], "public");
    let shown = by_graphql(&server).await;
    assert_eq!(shown["environment"], "DEVELOPMENT");
    assert_eq!(shown["singleSessionMode"], true);
    assert_eq!(shown["signUpMode"], "PUBLIC");
    assert_eq!(
        shown["attributes"]["emailAddress"]["firstFactors"],
        json!(["EMAIL_CODE"])
    );
    assert_eq!(shown["password"]["minLength"], 8);
    server.finish().await;
}

#[tokio::test]
async fn a_custom_value_anywhere_shows_at_once_on_both_faces() {
    let server = TestServer::start().await;
    environment(&server).await;
    server
        .settings(json!({
            "application_name": "Analytical Engines",
            "attribute": { "username": { "enabled": true } },
            "password": { "min_length": 12, "require_numbers": true },
            "session": { "single_session_mode": false },
            "sign_up": { "mode": "restricted" },
            "path": { "sign_in_url": "https://app.example.com/in", "after_sign_in_url": "/home" },
        }))
        .await;
    let read = environment(&server).await;
    assert_eq!(read["display_config"]["application_name"], "Analytical Engines");
    assert_eq!(read["display_config"]["sign_in_url"], "https://app.example.com/in");
    assert_eq!(
        read["display_config"]["after_sign_in_url"],
        format!("{}/home", server.origin)
    );
    assert_eq!(read["user_settings"]["attributes"]["username"]["enabled"], true);
    assert_eq!(read["user_settings"]["password_settings"]["min_length"], 12);
    assert_eq!(read["user_settings"]["password_settings"]["require_numbers"], true);
    assert_eq!(read["user_settings"]["sign_up"]["mode"], "restricted");
    assert_eq!(read["auth_config"]["single_session_mode"], false);
    let shown = by_graphql(&server).await;
    assert_eq!(shown["applicationName"], "Analytical Engines");
    assert_eq!(shown["attributes"]["username"]["enabled"], true);
    assert_eq!(shown["password"]["minLength"], 12);
    assert_eq!(shown["signUpMode"], "RESTRICTED");
    assert_eq!(shown["urls"]["signInUrl"], "https://app.example.com/in");
    server.finish().await;
}

#[tokio::test]
async fn in_development_the_sdk_says_where_the_application_runs() {
    let server = TestServer::start().await;
    let home = |read: &Value| read["display_config"]["home_url"].as_str().unwrap().to_owned();
    assert_eq!(home(&environment(&server).await), server.origin);
    let app = server.anonymous().with_header("origin", "http://localhost:3000");
    let updated = app.form("PATCH", "/v1/environment", &[]).await;
    assert_eq!(updated.status, 200, "{}", updated.text);
    assert_eq!(home(&updated.body), "http://localhost:3000");
    assert_eq!(home(&environment(&server).await), "http://localhost:3000");
    server.make_production().await;
    server
        .settings(json!({ "allowed_origins": ["https://app.example.com"] }))
        .await;
    let app = server.anonymous().with_header("origin", "https://app.example.com");
    let ignored = app.form("PATCH", "/v1/environment", &[]).await;
    assert_eq!(
        home(&ignored.body),
        "https://app.example.com",
        "what was recorded in development may not act in production"
    );
    let kept = server.count("SELECT COUNT(*) FROM instance WHERE home_origin = 'http://localhost:3000'");
    assert_eq!(kept.await, 1, "in production nobody moves it");
    server.finish().await;
}

#[tokio::test]
async fn it_tells_no_secret() {
    let server = TestServer::start().await;
    let text = environment(&server).await.to_string();
    assert!(
        !text.contains("sk_test") && !text.contains("per_network") && !text.contains("allowed_origins"),
        "{text}"
    );
    server.finish().await;
}
