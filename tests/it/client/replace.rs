use super::{held, replace};
use crate::support::{Face, TestServer, for_each_face};

#[tokio::test]
async fn a_new_client_takes_the_place_of_the_old_one() {
    for_each_face(async |face| {
        let server = TestServer::start().await;
        let client = server.anonymous();
        let (_, session) = face.sign_up(&server, &client, "ada@example.com").await;
        let (before, old_id) = (client.forked(), held(&client).await);
        let (reply, new_id) = replace(face, &client).await;
        assert_eq!(reply.codes(), [""; 0]);
        assert!(new_id.is_some() && new_id != old_id);
        assert_eq!(held(&client).await, new_id, "the caller holds the new one");
        assert_eq!(held(&before).await, None, "the old cookie is dead");
        assert_eq!(before.get("/v1/me").await.codes(), ["authentication_invalid"]);
        let replaced = format!("SELECT COUNT(*) FROM session WHERE id = '{session}' AND status = 'replaced'");
        assert_eq!(server.count(&replaced).await, 1);
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn put_and_post_both_make_a_client_for_somebody_who_has_none() {
    let server = TestServer::start().await;
    for method in ["PUT", "POST"] {
        let client = server.anonymous();
        let made = client.form(method, "/v1/client", &[]).await;
        assert_eq!(made.status, 200, "{}", made.text);
        assert_eq!(made.body["response"]["object"], "client");
        assert_eq!(made.body["response"]["sessions"].as_array().unwrap().len(), 0);
        assert_eq!(made.set_cookies("__client").len(), 1, "{method}");
        assert!(held(&client).await.is_some());
    }
    server.finish().await;
}

#[tokio::test]
async fn a_session_token_cannot_make_a_client() {
    for_each_face(async |face| {
        let server = TestServer::start().await;
        let client = server.anonymous();
        let (_, session) = face.sign_up(&server, &client, "ada@example.com").await;
        let jwt = face.token(&client, &session).await.unwrap();
        let holder = server
            .anonymous()
            .with_header("authorization", &format!("Bearer {jwt}"));
        let (refused, none) = replace(face, &holder).await;
        assert_eq!(refused.codes(), ["authorization_invalid"]);
        assert_eq!(none, None);
        assert_eq!(server.count("SELECT COUNT(*) FROM client").await, 1);
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn making_clients_has_a_budget_that_fills_up_again() {
    let server = TestServer::start().await;
    server
        .settings(serde_json::json!({ "limit": { "client_create_per_network": 2 } }))
        .await;
    for _ in 0..2 {
        assert_eq!(replace(Face::Rest, &server.anonymous()).await.0.status, 200);
    }
    let refused = replace(Face::Rest, &server.anonymous()).await.0;
    assert_eq!(
        (refused.status, refused.codes()),
        (429, vec!["too_many_requests".to_owned()])
    );
    let seconds: u64 = refused.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=10).contains(&seconds), "{seconds}");
    server.advance(std::time::Duration::from_secs(seconds));
    assert_eq!(replace(Face::Rest, &server.anonymous()).await.0.status, 200);
    server.finish().await;
}
