use crate::support::{Face, TestClient, TestServer, face::PASSWORD, for_each_face, statements::CountingNode};
use sea_orm::{ConnectionTrait as _, DbBackend, Statement};
use serde_json::{Value, json};
use std::{collections::BTreeSet, time::Duration};

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
async fn the_users_of_sessions_are_read_together_for_rest_too() {
    let server = TestServer::start().await;
    server
        .settings(json!({ "session": { "single_session_mode": false } }))
        .await;
    let node = CountingNode::start(&server).await;
    let client = server.anonymous();
    let mut costs = Vec::new();
    for number in 1..=5 {
        Face::Rest
            .sign_up(&server, &client, &format!("ada{number}@example.com"))
            .await;
        let client = node.reached_by(&client);
        node.notices.set_complete(false);
        client.get("/v1/client").await;
        node.take();
        let shown = client.get("/v1/client").await;
        node.notices.set_complete(true);
        let users: BTreeSet<_> = shown.body["response"]["sessions"]
            .as_array()
            .unwrap()
            .iter()
            .map(|session| session["user"]["id"].to_string())
            .collect();
        assert_eq!(users.len(), number);
        costs.push(node.take().len());
    }
    assert!(costs[0] > 0 && costs.iter().all(|cost| *cost == costs[0]), "{costs:?}");
    node.finish().await;
    server.finish().await;
}

#[tokio::test]
async fn users_that_the_application_asks_for_by_identifier_are_read_together() {
    let server = TestServer::start().await;
    let node = CountingNode::start(&server).await;
    let mut ids = Vec::new();
    for number in 1..=5 {
        let (user, _) = Face::Graphql
            .sign_up(&server, &server.anonymous(), &format!("ada{number}@example.com"))
            .await;
        ids.push(user);
    }
    let backend = node.reached_by(&server.backend());
    let document = "query($ids: [ID!]!) { nodes(ids: $ids) { id ... on User { emailAddresses { emailAddress } } } }";
    let mut costs = Vec::new();
    node.notices.set_complete(false);
    for count in [1, 1, 5] {
        let reply = backend.graphql(document, json!({ "ids": ids[..count] })).await;
        let found: Vec<_> = reply.body["data"]["nodes"].as_array().unwrap().iter().collect();
        assert!(found.iter().map(|user| &user["id"]).eq(&ids[..count]), "{}", reply.text);
        costs.push(node.take().len());
    }
    node.notices.set_complete(true);
    assert_eq!(costs[1], costs[2], "of one, and of five");
    node.finish().await;
    server.finish().await;
}

#[tokio::test]
async fn who_is_nobody_is_found_out_once_however_often_it_is_asked() {
    let server = TestServer::start().await;
    let node = CountingNode::start(&server).await;
    let client = server.anonymous();
    // A client without a session.
    Face::Graphql.sign_in_create(&client, &[]).await.ok();
    let once = statements(&node, &client, "{ viewer { id } session { id } }").await;
    let asked: String = (0..25).map(|number| format!("v{number}: viewer {{ id }} ")).collect();
    let often = statements(&node, &client, &format!("{{ {asked} }}")).await;
    assert!(often.len() <= once.len(), "{once:#?} {often:#?}");
    node.finish().await;
    server.finish().await;
}

#[tokio::test]
async fn many_of_each_type_cost_the_same_statements_as_one_of_each() {
    let server = TestServer::start().await;
    let node = CountingNode::start(&server).await;
    let mut ids = Vec::new();
    for number in 1..=5 {
        let address = format!("ada{number}@example.com");
        let (user, session) = Face::Graphql.sign_up(&server, &server.anonymous(), &address).await;
        ids.extend([user, session]);
    }
    let backend = node.reached_by(&server.backend());
    let addresses = "query($ids: [ID!]!) { nodes(ids: $ids) { ... on User { primaryEmailAddressId } } \
                     devInbox(first: 5) { nodes { id } } }";
    let found = backend.graphql(addresses, json!({ "ids": ids })).await.body["data"].clone();
    let users = found["nodes"].as_array().unwrap().iter();
    let addresses: Vec<_> = users
        .filter_map(|user| user["primaryEmailAddressId"].as_str())
        .collect();
    let messages = found["devInbox"]["nodes"].as_array().unwrap().iter();
    let messages: Vec<_> = messages.filter_map(|message| message["id"].as_str()).collect();
    let of_each = |count: usize| -> Vec<String> {
        let texts = |ids: &[&str]| ids[..count].iter().map(|id| (*id).to_owned()).collect::<Vec<_>>();
        [ids[..2 * count].to_vec(), texts(&addresses), texts(&messages)].concat()
    };
    let document = "query($ids: [ID!]!) { nodes(ids: $ids) { id __typename } }";
    let mut costs = Vec::new();
    node.notices.set_complete(false);
    for count in [1, 1, 5] {
        let ids = of_each(count);
        let reply = backend.graphql(document, json!({ "ids": ids })).await;
        let found = reply.body["data"]["nodes"].as_array().unwrap();
        assert!(found.iter().map(|object| &object["id"]).eq(&ids), "{}", reply.text);
        costs.push(node.take().len());
    }
    node.notices.set_complete(true);
    assert_eq!(costs[1], costs[2], "of one of each, and of five");
    node.finish().await;
    server.finish().await;
}

#[tokio::test]
async fn what_belongs_to_a_client_costs_the_same_statements_asked_for_once_and_often() {
    let server = TestServer::start().await;
    let node = CountingNode::start(&server).await;
    let client = server.anonymous();
    let sign_in = Face::Graphql.sign_in_create(&client, &[]).await.ok().id();
    let sign_up = Face::Graphql.sign_up_create(&client, &[]).await.ok().id();
    let found = client.graphql("{ client { id } }", json!({})).await.body["data"]["client"]["id"].clone();
    let own = [sign_in, sign_up, found.as_str().unwrap().to_owned()];
    let mut costs = Vec::new();
    for count in [1, 1, 16] {
        let others = |id: &String| {
            (0..count)
                .map(|number| format!("{}{number:02}", &id[..id.len() - 2]))
                .collect()
        };
        let others: Vec<Vec<String>> = own.iter().map(others).collect();
        let ids = [vec![own.to_vec(); count], others].concat().concat();
        let document = "query($ids: [ID!]!) { nodes(ids: $ids) { id } }";
        node.take();
        let reply = node.reached_by(&client).graphql(document, json!({ "ids": ids })).await;
        let nodes = reply.body["data"]["nodes"].as_array().unwrap();
        let (seen, unseen) = nodes.split_at(3 * count);
        assert!(
            seen.iter().map(|node| &node["id"]).eq(ids[..3 * count].iter()),
            "{}",
            reply.text
        );
        assert!(unseen.iter().all(Value::is_null), "{}", reply.text);
        costs.push(node.take().len());
    }
    assert_eq!(costs[1], costs[2], "of one of each, and of sixteen");
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

/// Somebody who has an account, at a node that knows instances and keys.
async fn somebody(face: Face) -> (TestServer, CountingNode) {
    let server = TestServer::start().await;
    let node = CountingNode::start(&server).await;
    face.sign_up(&server, &server.anonymous(), "ada@example.com").await;
    face.sign_in(&node.reached_by(&server.anonymous()), "ada@example.com")
        .await;
    node.take();
    (server, node)
}

const ADA: (&str, &str) = ("identifier", "ada@example.com");
const PROOF: [(&str, &str); 2] = [("strategy", "password"), ("password", PASSWORD)];

#[tokio::test]
async fn a_sign_in_by_password_costs_eight_statements_with_its_answer() {
    for_each_face(async |face| {
        let (server, node) = somebody(face).await;
        for concealed in [false, true] {
            server
                .settings(json!({ "attack_protection": { "enumeration_protection": concealed } }))
                .await;
            let client = node.reached_by(&server.anonymous());
            know(&client).await;
            node.take();
            let done = face.sign_in_create(&client, &[&[ADA][..], &PROOF].concat()).await;
            assert_eq!(done.ok().status(), "complete");
            let statements = node.take();
            assert_eq!(statements.len(), 8, "{statements:#?}");
        }
        node.finish().await;
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn a_password_for_a_sign_in_that_was_begun_costs_ten_statements_with_its_answer() {
    for_each_face(async |face| {
        let (server, node) = somebody(face).await;
        // With accounts concealed each client is asked whether it is known, not only one that an account is locked for.
        for (concealed, expected) in [(false, 10), (true, 11)] {
            server
                .settings(json!({ "attack_protection": { "enumeration_protection": concealed } }))
                .await;
            let client = node.reached_by(&server.anonymous());
            know(&client).await;
            let begun = face.sign_in_create(&client, &[ADA]).await.ok().id();
            node.take();
            let done = face.sign_in_attempt(&client, &begun, &PROOF).await;
            assert_eq!(done.ok().status(), "complete");
            let statements = node.take();
            assert_eq!(statements.len(), expected, "{statements:#?}");
        }
        node.finish().await;
        server.finish().await;
    })
    .await;
}

/// Has a node read the settings and the keys that have changed.
async fn know(client: &TestClient) {
    assert_eq!(client.get("/.well-known/jwks.json").await.status, 200);
}

/// The client, without its tokens.
async fn shown(client: &TestClient) -> Value {
    let mut shown = client.get("/v1/client").await.body;
    for session in shown["response"]["sessions"].as_array_mut().unwrap() {
        session["last_active_token"].take();
    }
    shown
}

#[tokio::test]
async fn what_a_sign_in_leaves_in_memory_is_what_it_has_stored() {
    for_each_face(async |face| {
        let (server, node) = somebody(face).await;
        face.sign_up(&server, &server.anonymous(), "grace@example.com").await;
        for single in [true, false] {
            server
                .settings(json!({ "session": { "single_session_mode": single } }))
                .await;
            let client = node.reached_by(&server.anonymous());
            know(&client).await;
            let mut sessions = Vec::new();
            // Who signs in, and which session ends afterwards, how.
            let steps = match single {
                true => [
                    ("ada", 0, "end"),
                    ("grace", 1, "remove"),
                    ("ada", 2, "end"),
                    ("ada", 3, "end"),
                ],
                false => [
                    ("ada", 0, ""),
                    ("grace", 1, "end"),
                    ("grace", 0, "remove"),
                    ("ada", 3, ""),
                ],
            };
            for (name, ending, verb) in steps {
                server.advance(Duration::from_secs(7));
                sessions.push(face.sign_in(&client, &format!("{name}@example.com")).await);
                node.take();
                let remembered = shown(&client).await;
                assert_eq!(node.take(), Vec::<String>::new(), "{sessions:?}");
                node.notices.set_complete(false);
                let stored = shown(&client).await;
                node.notices.set_complete(true);
                assert_eq!(remembered, stored, "{sessions:?}");
                if !verb.is_empty() {
                    face.session(&client, verb, &sessions[ending]).await.ok();
                }
            }
        }
        node.finish().await;
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn no_statement_of_a_sign_in_walks_through_a_table() {
    for_each_face(async |face| {
        let (server, node) = somebody(face).await;
        // PostgreSQL chooses by how many rows there are.
        if server.app.pool().get_database_backend() == DbBackend::Sqlite {
            for concealed in [false, true] {
                server
                    .settings(json!({ "attack_protection": { "enumeration_protection": concealed } }))
                    .await;
                let client = node.reached_by(&server.anonymous());
                know(&client).await;
                node.take();
                let begun = face.sign_in_create(&client, &[ADA]).await.ok().id();
                let wrong = [PROOF[0], ("password", "wrong wrong wrong")];
                face.sign_in_attempt(&client, &begun, &wrong).await.code();
                face.sign_in_attempt(&client, &begun, &PROOF).await.ok();
                face.sign_in(&node.reached_by(&server.anonymous()), "ada@example.com")
                    .await;
                node.notices.set_complete(false);
                assert_eq!(client.get("/v1/client").await.status, 200);
                node.notices.set_complete(true);
                for sql in node.take() {
                    let explained = Statement::from_string(DbBackend::Sqlite, format!("EXPLAIN QUERY PLAN {sql}"));
                    for row in server.app.pool().query_all_raw(explained).await.unwrap() {
                        let step: String = row.try_get("", "detail").unwrap();
                        let walks = step.starts_with("SCAN") || step.contains("AUTOMATIC");
                        assert!(!walks, "{step}: {sql}");
                    }
                }
            }
        }
        node.finish().await;
        server.finish().await;
    })
    .await;
}
