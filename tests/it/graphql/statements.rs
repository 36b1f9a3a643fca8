use crate::support::{Face, TestClient, TestServer, statements::CountingNode};
use serde_json::json;

const VIEWER: &str = "{ viewer { id username privateLess: firstName emailAddresses { id emailAddress verified \
                      verification { status } } } }";
const CLIENT: &str = "{ client { id lastActiveSessionId sessions { id status lastActiveToken { jwt } \
                      user { id username primaryEmailAddressId emailAddresses { id verification { status } } } \
                      client { id } } signIn { id } signUp { id } } }";

/// The statements that a document takes when instances and keys are known, but no client and no user.
async fn statements(node: &CountingNode, client: &TestClient, document: &str) -> Vec<String> {
    let client = node.reached_by(client);
    node.notices.set_complete(false);
    client.graphql(document, json!({})).await;
    node.take();
    let reply = client.graphql(document, json!({})).await;
    node.notices.set_complete(true);
    assert_eq!(reply.codes(), Vec::<String>::new(), "{}", reply.text);
    node.take()
}

#[tokio::test]
async fn whoever_was_just_here_costs_no_statement() {
    let server = TestServer::start().await;
    let node = CountingNode::start(&server).await;
    let client = server.anonymous();
    let (_, session) = Face::Graphql.sign_up(&server, &client, "ada@example.com").await;
    let client = node.reached_by(&client);
    let token = Face::Rest.token(&client, &session).await.unwrap();
    let bearer = node
        .reached_by(&server.anonymous())
        .with_header("authorization", &format!("Bearer {token}"));
    for round in ["first", "second"] {
        for document in [VIEWER, CLIENT] {
            let reply = client.graphql(document, json!({})).await;
            assert_eq!(reply.codes(), Vec::<String>::new(), "{}", reply.text);
        }
        for path in ["/v1/client", "/v1/me"] {
            assert_eq!(client.get(path).await.status, 200, "{path}");
        }
        assert!(Face::Graphql.token(&client, &session).await.is_ok());
        assert_eq!(bearer.graphql(VIEWER, json!({})).await.codes(), Vec::<String>::new());
        assert_eq!(bearer.get("/v1/me").await.status, 200);
        let statements = node.take();
        assert_eq!(statements.is_empty(), round == "second", "{round}: {statements:#?}");
    }
    node.finish().await;
    server.finish().await;
}

#[tokio::test]
async fn a_client_costs_the_same_statements_however_many_sessions_it_has() {
    let server = TestServer::start().await;
    server
        .settings(json!({ "session": { "single_session_mode": false } }))
        .await;
    let node = CountingNode::start(&server).await;
    let client = server.anonymous();
    let mut costs = Vec::new();
    for number in 1..=5 {
        Face::Graphql
            .sign_up(&server, &client, &format!("ada{number}@example.com"))
            .await;
        let sessions = node
            .reached_by(&client)
            .graphql("{ client { sessions { id } } }", json!({}))
            .await;
        assert_eq!(
            sessions.body["data"]["client"]["sessions"].as_array().unwrap().len(),
            number
        );
        costs.push(
            statements(&node, &client, "{ client { id sessions { id status } } }")
                .await
                .len(),
        );
    }
    assert!(costs[0] > 0 && costs.iter().all(|cost| *cost == costs[0]), "{costs:?}");
    node.finish().await;
    server.finish().await;
}

#[tokio::test]
async fn the_users_and_tokens_of_sessions_are_read_together() {
    let server = TestServer::start().await;
    server
        .settings(json!({ "session": { "single_session_mode": false } }))
        .await;
    let node = CountingNode::start(&server).await;
    let client = server.anonymous();
    let mut costs = Vec::new();
    for number in 1..=5 {
        Face::Graphql
            .sign_up(&server, &client, &format!("ada{number}@example.com"))
            .await;
        if number == 1 || number == 5 {
            costs.push(statements(&node, &client, CLIENT).await);
        }
    }
    assert_eq!(
        costs[0].len(),
        costs[1].len(),
        "one session: {:#?}\nfive sessions: {:#?}",
        costs[0],
        costs[1]
    );
    node.finish().await;
    server.finish().await;
}

#[tokio::test]
async fn a_viewer_costs_the_same_statements_among_one_session_and_among_five() {
    let server = TestServer::start().await;
    server
        .settings(json!({ "session": { "single_session_mode": false } }))
        .await;
    let node = CountingNode::start(&server).await;
    let client = server.anonymous();
    let mut costs = Vec::new();
    for number in 1..=5 {
        Face::Graphql
            .sign_up(&server, &client, &format!("ada{number}@example.com"))
            .await;
        costs.push(statements(&node, &client, VIEWER).await.len());
    }
    assert!(costs[0] > 0 && costs.iter().all(|cost| *cost == costs[0]), "{costs:?}");
    node.finish().await;
    server.finish().await;
}
