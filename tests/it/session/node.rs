//! What is remembered on one node when another changes it.

use crate::support::{Face, TestClient, TestServer, face::PASSWORD, for_each_face, statements::CountingNode};
use entity::{
    client,
    id::{ClientId, UserId},
    kind::SessionStatus,
    session, signing_key, user,
};
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, sea_query::Expr};
use serde_json::json;
use std::time::Duration;
use vestibule::{
    notice::{Notice, NoticeListener},
    service::instance,
};

const VIEWER: &str = "{ viewer { id } client { id } }";

/// Waits until the node has heard that the client changed.
async fn heard(notices: &mut NoticeListener, client: &ClientId) {
    let told = async { while notices.next().await.unwrap() != Notice::Client(*client) {} };
    tokio::time::timeout(Duration::from_secs(10), told).await.unwrap();
}

/// Who is signed in, and on which client.
async fn seen(client: &TestClient) -> (Option<String>, ClientId) {
    let reply = client.graphql(VIEWER, json!({})).await;
    let viewer = reply.body["data"]["viewer"]["id"].as_str().map(str::to_owned);
    let client = reply.body["data"]["client"]["id"].as_str().unwrap();
    (viewer, client.parse().unwrap())
}

#[tokio::test]
async fn signing_out_on_one_node_is_in_force_on_another_as_soon_as_it_hears() {
    for_each_face(async |face| {
        let server = TestServer::start().await;
        let node = CountingNode::apart(&server).await;
        let client = server.anonymous();
        let (user, session) = face.sign_up(&server, &client, "ada@example.com").await;
        let there = node.reached_by(&client);
        let (viewer, id) = seen(&there).await;
        assert_eq!(viewer, Some(user));
        let mut notices = node.notices.subscribe();
        face.session(&client, "end", &session).await.ok();
        heard(&mut notices, &id).await;
        assert_eq!(seen(&there).await.0, None);
        node.finish().await;
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn a_node_that_may_miss_notices_remembers_nothing() {
    let server = TestServer::start().await;
    let node = CountingNode::apart(&server).await;
    let client = server.anonymous();
    let (user, session) = Face::Rest.sign_up(&server, &client, "ada@example.com").await;
    let there = node.reached_by(&client);
    assert_eq!(seen(&there).await.0, Some(user));
    node.notices.set_complete(false);
    Face::Rest.session(&client, "end", &session).await.ok();
    assert_eq!(seen(&there).await.0, None);
    node.finish().await;
    server.finish().await;
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "a table of statements")]
async fn what_writes_remembered_rows_and_tells_nobody_is_not_committed() {
    let server = TestServer::start().await;
    let client = server.anonymous();
    let (user, _) = Face::Rest.sign_up(&server, &client, "ada@example.com").await;
    let (_, client_id) = seen(&client).await;
    let user: UserId = user.parse().unwrap();
    let instance = instance::all(&server.app).await.unwrap().instances[0].id;
    let others = [
        None,
        Some(Notice::Instance(instance)),
        Some(Notice::Client(server.app.entropy().id(server.now()))),
    ];
    for (table, notice) in [
        ("client", Notice::Client(client_id)),
        ("session", Notice::Client(client_id)),
        ("user", Notice::User(user)),
        ("instance", Notice::Instance(instance)),
        ("signing_key", Notice::Instance(instance)),
    ] {
        for told in others.iter().cloned().chain([Some(notice.clone())]) {
            let mut tx = server.app.begin(&instance).await.unwrap();
            let (scope, now) = (tx.scope(), tx.now());
            let written = match table {
                "client" => {
                    let update = scope
                        .update::<client::Entity>()
                        .filter(client::Column::Id.eq(client_id));
                    let update = update.col_expr(client::Column::UpdatedAt, Expr::value(now));
                    update.exec(scope.connection()).await
                }
                "session" => {
                    let update = scope
                        .update::<session::Entity>()
                        .filter(session::Column::ClientId.eq(client_id));
                    let update = update.col_expr(session::Column::Status, Expr::value(SessionStatus::Ended));
                    update.exec(scope.connection()).await
                }
                "user" => {
                    let update = scope.update::<user::Entity>().filter(user::Column::Id.eq(user));
                    update
                        .col_expr(user::Column::Banned, Expr::value(true))
                        .exec(scope.connection())
                        .await
                }
                "instance" => {
                    let update = entity::instance::Entity::update_many();
                    let update = update.filter(entity::instance::Column::Id.eq(instance));
                    let update = update.col_expr(entity::instance::Column::UpdatedAt, Expr::value(now));
                    update.exec(scope.connection()).await
                }
                _ => {
                    let update = scope.update::<signing_key::Entity>();
                    let update = update.col_expr(signing_key::Column::RetiredAt, Expr::value(None::<i64>));
                    update.exec(scope.connection()).await
                }
            };
            assert_eq!(written.unwrap().rows_affected, 1, "{table}");
            if let Some(told) = &told {
                tx.announce(told.clone());
            }
            // Only debug builds look, which is how tests are built.
            let is_told = told.as_ref() == Some(&notice);
            assert_eq!(tx.commit().await.is_ok(), is_told, "{table}, {told:?}");
        }
    }
    assert_eq!(seen(&client).await.0, None, "the session is over, since that was told");
    server.finish().await;
}

#[tokio::test]
async fn a_token_that_another_node_has_just_rotated_is_known_at_once() {
    let server = TestServer::start().await;
    let node = CountingNode::apart(&server).await;
    let ada = server.anonymous();
    let (user, _) = Face::Rest.sign_up(&server, &ada, "ada@example.com").await;
    // A client without a session, which the other node remembers by its first token.
    let client = server.anonymous();
    let started = Face::Rest
        .sign_in_create(&client, &[("identifier", "ada@example.com")])
        .await;
    let there = node.reached_by(&client);
    assert_eq!(seen(&there).await.0, None);
    // That node hears nothing of the sign-in, as in the moment before a notice arrives.
    let proof = [("strategy", "password"), ("password", PASSWORD)];
    Face::Rest
        .sign_in_attempt(&client, &started.ok().id(), &proof)
        .await
        .ok();
    let there = node.reached_by(&client);
    assert_eq!(seen(&there).await.0, Some(user));
    node.finish().await;
    server.finish().await;
}

#[tokio::test]
async fn activity_on_one_node_keeps_a_session_alive_on_another() {
    let server = TestServer::start().await;
    server
        .settings(json!({ "session": { "inactivity_timeout_enabled": true, "inactivity_timeout_seconds": 600 } }))
        .await;
    let node = CountingNode::apart(&server).await;
    let client = server.anonymous();
    let (user, session) = Face::Rest.sign_up(&server, &client, "ada@example.com").await;
    let there = node.reached_by(&client);
    for _ in 0..4 {
        assert_eq!(seen(&there).await.0.as_ref(), Some(&user));
        server.advance(Duration::from_secs(400));
        assert!(Face::Rest.token(&client, &session).await.is_ok());
    }
    assert_eq!(seen(&there).await.0, Some(user));
    node.finish().await;
    server.finish().await;
}
