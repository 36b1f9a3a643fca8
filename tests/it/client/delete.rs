use super::{delete, held, remove_sessions};
use crate::support::{TestServer, for_each_face};

#[tokio::test]
async fn a_deleted_client_takes_its_sessions_and_its_cookie_along() {
    for_each_face(async |face| {
        let server = TestServer::start().await;
        let client = server.anonymous();
        let (_, session) = face.sign_up(&server, &client, "ada@example.com").await;
        let before = client.forked();
        let (reply, shown) = delete(face, &client).await;
        assert_eq!((reply.codes(), shown), (Vec::new(), None));
        let cookies = reply.set_cookies("__client");
        assert_eq!(cookies.len(), 1);
        assert!(
            cookies[0].starts_with("__client=;") && cookies[0].contains("Max-Age=0"),
            "{cookies:?}"
        );
        assert_eq!(client.cookie("__client"), None);
        assert_eq!(held(&before).await, None);
        let removed = format!("SELECT COUNT(*) FROM session WHERE id = '{session}' AND status = 'removed'");
        assert_eq!(server.count(&removed).await, 1);
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn signing_out_of_all_sessions_keeps_the_client() {
    for_each_face(async |face| {
        let server = TestServer::start().await;
        let client = server.anonymous();
        let (_, session) = face.sign_up(&server, &client, "ada@example.com").await;
        let id = held(&client).await;
        let (reply, shown) = remove_sessions(face, &client).await;
        assert_eq!((reply.codes(), &shown), (Vec::new(), &id));
        assert_eq!(held(&client).await, id, "the cookie is still good");
        let read = client.get("/v1/client").await;
        assert_eq!(read.body["response"]["sessions"].as_array().unwrap().len(), 0);
        assert!(read.body["response"]["last_active_session_id"].is_null());
        assert_eq!(client.get("/v1/me").await.codes(), ["authentication_invalid"]);
        let removed = format!("SELECT COUNT(*) FROM session WHERE id = '{session}' AND status = 'removed'");
        assert_eq!(server.count(&removed).await, 1);
        face.sign_in(&client, "ada@example.com").await;
        assert_eq!(held(&client).await, id, "and is signed in with again");
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn who_has_no_client_has_none_to_delete() {
    for_each_face(async |face| {
        let server = TestServer::start().await;
        let (deleted, _) = delete(face, &server.anonymous()).await;
        assert_eq!(deleted.codes(), ["resource_not_found"]);
        let (removed, _) = remove_sessions(face, &server.anonymous()).await;
        assert_eq!(removed.codes(), ["resource_not_found"]);
        server.finish().await;
    })
    .await;
}
