use crate::support::{
    Face, TestServer,
    process::{Installation, key_word, value_of},
};
use serde_json::json;
use vestibule::service::instance::{self, FirstOrigin};

#[tokio::test]
async fn two_servers_that_start_together_on_an_empty_database_make_one_instance() {
    let installation = Installation::new().await;
    let (one, other) = tokio::join!(installation.serve(), installation.serve());
    let keys: Vec<_> = [&one, &other]
        .iter()
        .map(|server| key_word(value_of(&server.printed, "NEXT_PUBLIC_CLERK_PUBLISHABLE_KEY")))
        .collect();
    assert_eq!(keys[0], keys[1]);
    let generated = [&one, &other]
        .iter()
        .filter(|server| server.printed.contains("CLERK_SECRET_KEY="))
        .count();
    assert_eq!(generated, 1, "one of them generated the secret key");
    one.stop().await;
    other.stop().await;
    let listed = installation.succeed(&["instance", "list"]).await;
    assert_eq!(listed.lines().count(), 1, "{listed}");
    let signing = installation.succeed(&["key", "list"]).await;
    assert_eq!(signing.matches("signing key").count(), 1, "{signing}");
    installation.remove().await;
}

#[tokio::test]
async fn a_new_public_url_moves_the_first_instance_and_everything_that_names_it() {
    let server = TestServer::start().await;
    let client = server.anonymous();
    let (_, session) = Face::Rest.sign_up(&server, &client, "ada@example.com").await;
    let before = Face::Rest.token(&client, &session).await.unwrap();
    instance::bootstrap(&server.app, FirstOrigin::Configured("https://id.example.com"), None)
        .await
        .unwrap();
    let moved = client.forked().at_host("id.example.com");
    let after = Face::Rest.token(&moved, &session).await.unwrap();
    let claims = crate::support::jwt::claims(&after);
    assert_eq!(claims["iss"], "https://id.example.com");
    let holder = server
        .anonymous()
        .with_header("authorization", &format!("Bearer {before}"));
    assert_eq!(
        holder.get("/v1/me").await.codes(),
        ["authentication_invalid"],
        "the old issuer's token"
    );
    let found = moved.get("/.well-known/openid-configuration").await;
    assert_eq!(found.body["jwks_uri"], "https://id.example.com/.well-known/jwks.json");
    server.finish().await;
}

#[tokio::test]
async fn a_restart_changes_nothing() {
    let mut server = TestServer::start_with(&[("VESTIBULE_PUBLIC_URL", "http://auth.localhost:4000")]).await;
    let client = server.anonymous();
    let (user, _) = Face::Graphql.sign_up(&server, &client, "ada@example.com").await;
    let shown = async |server: &TestServer| {
        let environment = server.anonymous().get("/v1/environment").await.body;
        let keys = server.anonymous().get("/.well-known/jwks.json").await.body;
        (environment, keys)
    };
    let before = shown(&server).await;
    server.restart().await;
    assert_eq!(shown(&server).await, before);
    let again = server.anonymous();
    again.set_cookie("__client", &client.cookie("__client").unwrap());
    let viewer = again.graphql("{ viewer { id } }", json!({})).await;
    assert_eq!(viewer.body["data"]["viewer"]["id"], user, "people stay signed in");
    assert_eq!(server.count("SELECT COUNT(*) FROM instance WHERE host <> ''").await, 1);
    server.finish().await;
}
