//! What is remembered of one instance when another one changes.

use crate::support::{Face, TestServer, statements::CountingNode};
use entity::id::InstanceId;
use serde_json::json;
use std::time::Duration;
use vestibule::{
    notice::{Notice, NoticeListener},
    service::{instance, signing_key},
};

/// Waits until the node has heard that the instance changed.
async fn heard(notices: &mut NoticeListener, instance: &InstanceId) {
    let told = async { while notices.next().await.unwrap() != Notice::Instance(*instance) {} };
    tokio::time::timeout(Duration::from_secs(10), told).await.unwrap();
}

#[tokio::test]
async fn a_change_of_one_instance_leaves_in_memory_what_is_remembered_of_another() {
    let server = TestServer::start().await;
    server.second_instance().await;
    let node = CountingNode::apart(&server).await;
    let all = instance::all(&server.app).await.unwrap();
    let (own, other) = (&all.instances[0], &all.instances[1]);
    let client = server.anonymous().at_host(&own.host);
    let (_, session) = Face::Rest.sign_up(&server, &client, "ada@example.com").await;
    let client = node.reached_by(&client);
    let token = Face::Rest.token(&client, &session).await.unwrap();
    let bearer = node
        .reached_by(&server.anonymous().at_host(&own.host))
        .with_header("authorization", &format!("Bearer {token}"));
    let stranger = node.reached_by(&server.anonymous().at_host(&other.host));
    let own_pages = async || {
        for path in ["/v1/client", "/v1/me", "/v1/environment", "/.well-known/jwks.json"] {
            assert_eq!(client.get(path).await.status, 200, "{path}");
        }
        assert_eq!(bearer.get("/v1/me").await.status, 200);
        node.take()
    };
    let other_pages = async || {
        for path in ["/v1/environment", "/.well-known/jwks.json"] {
            assert_eq!(stranger.get(path).await.status, 200, "{path}");
        }
        node.take()
    };
    own_pages().await;
    other_pages().await;
    assert_eq!((own_pages().await, other_pages().await), (vec![], vec![]));

    let mut notices = node.notices.subscribe();
    let patch = json!({ "attack_protection": { "enumeration_protection": true } });
    instance::patch_settings(&server.app, &other.id, &patch, None)
        .await
        .unwrap();
    heard(&mut notices, &other.id).await;
    assert_eq!(own_pages().await, Vec::<String>::new(), "after the other's settings");
    assert_eq!(other_pages().await.len(), 2, "its settings and its keys");
    signing_key::rotate(&server.app, &other.id).await.unwrap();
    heard(&mut notices, &other.id).await;
    assert_eq!(own_pages().await, Vec::<String>::new(), "after the other's keys");
    assert_eq!(
        stranger.get("/.well-known/jwks.json").await.body["keys"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    node.take();

    server.settings(patch).await;
    heard(&mut notices, &own.id).await;
    assert_eq!(
        other_pages().await,
        Vec::<String>::new(),
        "after the first one's settings"
    );
    let read = own_pages().await;
    let is_of_instance = |sql: &String| sql.contains("FROM \"instance\"") || sql.contains("FROM \"signing_key\"");
    assert!(!read.is_empty() && read.iter().all(is_of_instance), "{read:#?}");
    node.finish().await;
    server.finish().await;
}

#[tokio::test]
async fn hosts_are_known_by_what_the_instances_are_called_now() {
    let server = TestServer::start().await;
    server.second_instance().await;
    let node = CountingNode::apart(&server).await;
    let all = instance::all(&server.app).await.unwrap();
    let hosts = [0, 1].map(|number| all.instances[number].host.clone());
    let ids = [0, 1].map(|number| all.instances[number].id);
    let at = async |host: &str| {
        let reply = node
            .reached_by(&server.anonymous().at_host(host))
            .get("/.well-known/jwks.json")
            .await;
        reply.body["keys"][0]["kid"].as_str().map(str::to_owned)
    };
    let kids = [at(&hosts[0]).await.unwrap(), at(&hosts[1]).await.unwrap()];
    assert_eq!(
        kids,
        ids.each_ref().map(ToString::to_string),
        "the first key is called as its instance"
    );
    let mut notices = node.notices.subscribe();
    let mut move_to = async |instance: &InstanceId, host: &str| {
        let mut tx = server.app.begin(instance).await.unwrap();
        vestibule::store::instance::update_origin(&mut tx, &format!("http://{host}"), host)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        heard(&mut notices, instance).await;
    };
    // The second one moves away, and the first one to where that was.
    move_to(&ids[1], "elsewhere.localhost:4000").await;
    assert_eq!(at(&hosts[1]).await, None);
    assert_eq!(at("elsewhere.localhost:4000").await.as_ref(), Some(&kids[1]));
    move_to(&ids[0], &hosts[1]).await;
    assert_eq!(at(&hosts[1]).await.as_ref(), Some(&kids[0]));
    assert_eq!(at(&hosts[0]).await, None);
    assert_eq!(at("elsewhere.localhost:4000").await.as_ref(), Some(&kids[1]));
    node.finish().await;
    server.finish().await;
}
