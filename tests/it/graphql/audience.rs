//! Several tabs of one browser that follow the same are answered by one execution; nobody can tell.

use crate::support::{Face, TestClient, TestEvents, TestServer, TestSocket, statements::CountingNode};
use serde_json::{Value, json};

const FOLLOWED: &str =
    "subscription { clientUpdated { client { id signUp { firstName } } query { viewer { id firstName } } } }";
const OTHERWISE: &str = "subscription { clientUpdated { client { signUp { id firstName } } } }";

struct Scene {
    server: TestServer,
    client: TestClient,
    sign_up: String,
}

impl Scene {
    async fn start() -> Self {
        let server = TestServer::start().await;
        server
            .settings(json!({ "session": { "single_session_mode": false } }))
            .await;
        let client = server.anonymous();
        Face::Graphql.sign_up(&server, &client, "ada@example.com").await;
        let sign_up = Face::Graphql.sign_up_create(&client, &[]).await.ok().id();
        Self {
            server,
            client,
            sign_up,
        }
    }

    /// Changes what is followed.
    async fn name(&self, name: &str) {
        Face::Graphql
            .sign_up_update(&self.client, &self.sign_up, &[("first_name", name)])
            .await
            .ok();
    }

    async fn tab(&self, query: &str) -> TestSocket {
        let mut socket = TestSocket::connect(&self.client, json!({})).await;
        socket.subscribe("1", query, json!({})).await;
        socket.next().await;
        socket
    }
}

/// What a tab is told when the name has become this.
async fn told(tab: &mut TestSocket, name: &str) -> Value {
    loop {
        let message = tab.next().await;
        let payload = &message["payload"];
        assert!(message["type"] == "next" && payload["errors"].is_null(), "{message}");
        if payload["data"]["clientUpdated"]["client"]["signUp"]["firstName"] == name {
            return payload.clone();
        }
    }
}

#[tokio::test]
async fn a_change_costs_the_same_statements_for_one_tab_and_for_five() {
    let scene = Scene::start().await;
    let node = CountingNode::start(&scene.server).await;
    let here = Scene {
        client: node.reached_by(&scene.client),
        ..scene
    };
    let mut costs = Vec::new();
    let mut tabs = vec![here.tab(FOLLOWED).await];
    for name in ["Augusta", "Ada", "Grace"] {
        node.take();
        here.name(name).await;
        for tab in &mut tabs {
            told(tab, name).await;
        }
        costs.push(node.take().len());
        while name == "Ada" && tabs.len() < 5 {
            tabs.push(here.tab(FOLLOWED).await);
        }
    }
    assert!(costs[0] > 0 && costs[1] == costs[2], "{costs:?}");
    drop(tabs);
    node.finish().await;
    here.server.finish().await;
}

#[tokio::test]
async fn each_tab_is_told_of_each_change_whichever_of_them_leaves() {
    let scene = Scene::start().await;
    let mut tabs = Vec::new();
    for _ in 0..5 {
        tabs.push(scene.tab(FOLLOWED).await);
    }
    let mut events = TestEvents::open(&scene.client, FOLLOWED, &json!({})).await;
    // The first one is whose execution answers the others.
    for name in ["Augusta", "Ada", "Grace", "Mary"] {
        scene.name(name).await;
        let mut all = Vec::new();
        for tab in &mut tabs {
            all.push(told(tab, name).await);
        }
        assert!(all.windows(2).all(|pair| pair[0] == pair[1]), "{all:?}");
        tabs.remove(0).leave().await;
    }
    let shown = format!("{:?}", events.next().await);
    assert!(shown.contains("viewer"), "{shown}");
    scene.server.finish().await;
}

#[tokio::test]
async fn tabs_that_follow_otherwise_are_told_what_they_have_asked_for() {
    let scene = Scene::start().await;
    let (mut one, mut another) = (scene.tab(FOLLOWED).await, scene.tab(OTHERWISE).await);
    scene.name("Augusta").await;
    assert!(told(&mut one, "Augusta").await["data"]["clientUpdated"]["query"]["viewer"]["id"].is_string());
    let payload = told(&mut another, "Augusta").await;
    assert_eq!(
        payload["data"]["clientUpdated"]["client"]["signUp"]["id"],
        scene.sign_up
    );
    assert!(payload["data"]["clientUpdated"]["query"].is_null());
    scene.server.finish().await;
}

#[tokio::test]
async fn a_tab_that_comes_later_is_told_the_present_state_and_every_later_one() {
    let scene = Scene::start().await;
    let mut tabs = vec![scene.tab(FOLLOWED).await];
    for number in 0..20 {
        let name = format!("Name{number}");
        scene.name(&name).await;
        let mut tab = TestSocket::connect(&scene.client, json!({})).await;
        tab.subscribe("1", FOLLOWED, json!({})).await;
        let first = tab.next().await;
        let shown = &first["payload"]["data"]["clientUpdated"]["client"]["signUp"]["firstName"];
        assert_eq!(*shown, name, "{first}");
        tabs.push(tab);
    }
    scene.name("Last").await;
    for tab in &mut tabs {
        told(tab, "Last").await;
    }
    scene.server.finish().await;
}

#[tokio::test]
async fn two_browsers_that_follow_the_same_are_each_told_of_their_own() {
    let scene = Scene::start().await;
    let other = scene.server.anonymous();
    let (eve, _) = Face::Graphql.sign_up(&scene.server, &other, "eve@example.com").await;
    let sign_up = Face::Graphql.sign_up_create(&other, &[]).await.ok().id();
    let of_other = Scene {
        server: scene.server,
        client: other,
        sign_up,
    };
    let mut hers = of_other.tab(FOLLOWED).await;
    let scene = Scene {
        server: of_other.server,
        client: scene.client,
        sign_up: scene.sign_up,
    };
    let mut own = scene.tab(FOLLOWED).await;
    Face::Graphql
        .sign_up_update(&of_other.client, &of_other.sign_up, &[("first_name", "Eve")])
        .await
        .ok();
    let shown = told(&mut hers, "Eve").await;
    assert_eq!(shown["data"]["clientUpdated"]["query"]["viewer"]["id"], eve);
    scene.name("Ada").await;
    let shown = told(&mut own, "Ada").await;
    assert_ne!(shown["data"]["clientUpdated"]["query"]["viewer"]["id"], eve);
    assert!(!shown.to_string().contains("Eve"), "{shown}");
    scene.server.finish().await;
}

#[tokio::test]
async fn every_tab_of_a_client_that_is_deleted_is_told_so() {
    let scene = Scene::start().await;
    let mut tabs = [scene.tab(FOLLOWED).await, scene.tab(FOLLOWED).await];
    scene
        .client
        .graphql("mutation { clientDelete { deletedClientId } }", json!({}))
        .await;
    for tab in &mut tabs {
        let last = loop {
            let message = tab.next().await;
            assert_eq!(message["type"], "next", "nothing was told");
            if message["payload"]["data"]["clientUpdated"]["client"].is_null() {
                break message;
            }
        };
        assert!(
            last["payload"]["data"]["clientUpdated"]["query"]["viewer"].is_null(),
            "{last}"
        );
        assert_eq!(tab.next().await, json!({ "id": "1", "type": "complete" }));
        assert_eq!(tab.closed().await.0, 4401);
    }
    scene.server.finish().await;
}
