use super::held;
use crate::support::{Face, TestClient, TestServer, for_each_face};

/// A browser that has been given a development browser's token, which it sends under `name`.
async fn dev_browser(server: &TestServer, name: &str) -> (TestClient, String) {
    let made = server.anonymous().post("/v1/dev_browser", &[]).await;
    assert_eq!(made.status, 200, "{}", made.text);
    let token = made.body["token"].as_str().unwrap().to_owned();
    assert_eq!(made.body["id"], token, "generations of SDKs read it from either");
    assert_eq!(made.set_cookies("__client"), [""; 0]);
    (server.anonymous().with_query(name, &token), token)
}

/// The token of an answer that rotated it, from both headers.
fn rotated(reply: &crate::support::Reply) -> Option<String> {
    let token = reply.header("clerk-db-jwt");
    assert_eq!(token, reply.header("clerk-cookie"));
    token.map(str::to_owned)
}

#[tokio::test]
async fn either_name_of_the_token_acts_as_the_client() {
    let server = TestServer::start().await;
    for (name, email) in [
        ("__clerk_db_jwt", "ada@example.com"),
        ("__dev_session", "grace@example.com"),
    ] {
        let (client, _) = dev_browser(&server, name).await;
        assert_eq!(held(&client).await, None, "it names no client yet");
        let fields = [("email_address", email), ("strategy", "email_code")];
        let sign_up = Face::Rest.sign_up_create(&client, &fields).await.ok();
        let read = client.get(&format!("/v1/client/sign_ups/{}", sign_up.id())).await;
        assert_eq!(
            read.body["response"]["id"],
            sign_up.id(),
            "the same token finds what it began"
        );
        assert!(held(&client).await.is_some());
        assert_eq!(client.cookie("__client"), None, "no cookie was set");
    }
    server.finish().await;
}

#[tokio::test]
async fn signing_in_rotates_the_token_and_the_old_one_is_refused() {
    for_each_face(async |face| {
        let server = TestServer::start().await;
        face.sign_up(&server, &server.anonymous(), "ada@example.com").await;
        let (client, old) = dev_browser(&server, "__clerk_db_jwt").await;
        let fields = [
            ("identifier", "ada@example.com"),
            ("strategy", "password"),
            ("password", crate::support::face::PASSWORD),
        ];
        let done = face.sign_in_create(&client, &fields).await.ok();
        assert_eq!(done.status(), "complete");
        let new = rotated(&done.reply).expect("a new token");
        assert_ne!(new, old);
        assert_eq!(done.reply.set_cookies("__client"), [""; 0]);
        let refused = client.get("/v1/client").await;
        assert_eq!(
            (refused.status, refused.codes()),
            (401, vec!["dev_browser_unauthenticated".to_owned()])
        );
        let client = server.anonymous().with_query("__clerk_db_jwt", &new);
        let me = client.get("/v1/me").await;
        assert_eq!(me.status, 200, "{}", me.text);
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn a_wrong_first_password_leaves_the_token_good_and_no_client_behind() {
    for_each_face(async |face| {
        let server = TestServer::start().await;
        face.sign_up(&server, &server.anonymous(), "ada@example.com").await;
        let clients = server.count("SELECT COUNT(*) FROM client").await;
        let (client, _) = dev_browser(&server, "__clerk_db_jwt").await;
        let wrong = [
            ("identifier", "ada@example.com"),
            ("strategy", "password"),
            ("password", "wrong wrong wrong"),
        ];
        let refused = face.sign_in_create(&client, &wrong).await;
        assert_eq!(refused.code(), "form_password_incorrect");
        assert_eq!(rotated(&refused.reply), None);
        assert_eq!(
            server.count("SELECT COUNT(*) FROM client").await,
            clients,
            "nobody would know of it"
        );
        let fields = [
            ("identifier", "ada@example.com"),
            ("strategy", "password"),
            ("password", crate::support::face::PASSWORD),
        ];
        let done = face.sign_in_create(&client, &fields).await.ok();
        assert_eq!(done.status(), "complete");
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn an_unknown_token_is_refused_but_stands_in_nobodys_way_to_a_new_one() {
    let server = TestServer::start().await;
    let stranger = server.anonymous().with_query("__clerk_db_jwt", "nonsense");
    assert_eq!(
        stranger.get("/v1/client").await.codes(),
        ["dev_browser_unauthenticated"]
    );
    assert_eq!(
        stranger.get("/v1/environment").await.codes(),
        ["dev_browser_unauthenticated"]
    );
    let made = stranger.post("/v1/dev_browser", &[]).await;
    assert_eq!(made.status, 200, "{}", made.text);
    server.finish().await;
}

#[tokio::test]
async fn a_deleted_client_leaves_the_development_browser_usable() {
    for_each_face(async |face| {
        let server = TestServer::start().await;
        face.sign_up(&server, &server.anonymous(), "ada@example.com").await;
        let (client, _) = dev_browser(&server, "__clerk_db_jwt").await;
        let fields = [
            ("identifier", "ada@example.com"),
            ("strategy", "password"),
            ("password", crate::support::face::PASSWORD),
        ];
        let done = face.sign_in_create(&client, &fields).await.ok();
        let client = server
            .anonymous()
            .with_query("__clerk_db_jwt", &rotated(&done.reply).unwrap());
        let (deleted, shown) = super::delete(face, &client).await;
        assert_eq!((deleted.codes(), shown), (Vec::new(), None));
        assert_eq!(held(&client).await, None);
        face.sign_in(&client, "ada@example.com").await;
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn production_has_no_development_browsers() {
    let server = TestServer::start().await;
    server.make_production().await;
    assert_eq!(
        server.anonymous().post("/v1/dev_browser", &[]).await.codes(),
        ["resource_not_found"]
    );
    let ignored = server.anonymous().with_query("__clerk_db_jwt", "nonsense");
    assert_eq!(held(&ignored).await, None, "the parameter means nothing there");
    server.finish().await;
}
