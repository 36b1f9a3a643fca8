use crate::support::{Face, SchemaView, TestClient, TestEvents, TestServer, TestSocket, statements::CountingNode};
use serde_json::{Value, json};

const ENTITIES: &str = "query($representations: [_Any!]!) { _entities(representations: $representations) { \
                        __typename ... on User { id firstName emailAddresses { emailAddress } } } }";
const SERVICE: &str = "{ _service { sdl } }";

fn known(id: &str) -> Value {
    json!({ "__typename": "User", "id": id })
}

async fn entities(client: &TestClient, representations: Value) -> (Vec<Value>, Vec<String>) {
    let reply = client
        .graphql(ENTITIES, json!({ "representations": representations }))
        .await;
    let found = reply.body["data"]["_entities"].as_array();
    let found = found.unwrap_or_else(|| panic!("no list in {}", reply.text));
    (found.clone(), reply.codes())
}

#[tokio::test]
async fn a_gateway_reads_people_by_their_identifiers_in_the_order_of_its_question() {
    let server = TestServer::start().await;
    let (ada, _) = Face::Graphql
        .sign_up(&server, &server.anonymous(), "ada@example.com")
        .await;
    let (eve, _) = Face::Graphql
        .sign_up(&server, &server.anonymous(), "eve@example.com")
        .await;
    let asked = json!([known(&eve), known(&ada), known(&eve)]);
    let (found, codes) = entities(&server.backend(), asked).await;
    assert_eq!(codes, Vec::<String>::new());
    let shown: Vec<_> = found
        .iter()
        .map(|user| (user["id"].as_str(), user["emailAddresses"][0]["emailAddress"].as_str()))
        .collect();
    let (ada, eve) = (
        (Some(ada.as_str()), Some("ada@example.com")),
        (Some(eve.as_str()), Some("eve@example.com")),
    );
    assert_eq!(shown, [eve, ada, eve]);
    assert_eq!(found[0]["__typename"], "User");
    server.finish().await;
}

#[tokio::test]
async fn what_a_gateway_cannot_find_is_null_and_takes_nothing_with_it() {
    let server = TestServer::start().await;
    let (ada, session) = Face::Graphql
        .sign_up(&server, &server.anonymous(), "ada@example.com")
        .await;
    let nobody = format!("{}{}", &ada[..ada.len() - 3], "000");
    let others = json!([
        known(&nobody), known(&session), known(""), known("user_"), known("null"),
        { "__typename": "User" }, { "__typename": "User", "id": null }, { "__typename": "User", "id": [ada] },
        { "__typename": "Session", "id": session }, { "__typename": "Post", "id": ada }, { "id": ada },
        {}, 7, "User", [known(&ada)], known(&ada),
    ]);
    let (found, codes) = entities(&server.backend(), others).await;
    assert_eq!(codes, Vec::<String>::new());
    let (last, others) = found.split_last().unwrap();
    assert_eq!(last["id"], ada.as_str());
    assert!(others.len() == 15 && others.iter().all(Value::is_null), "{others:?}");
    server.finish().await;
}

#[tokio::test]
async fn nobody_but_the_application_gets_anything_of_what_is_for_gateways() {
    let server = TestServer::start().await;
    let owner = server.anonymous();
    let (ada, session) = Face::Graphql.sign_up(&server, &owner, "ada@example.com").await;
    let jwt = Face::Graphql.token(&owner, &session).await.unwrap();
    let holder = server
        .anonymous()
        .with_header("authorization", &format!("Bearer {jwt}"));
    for client in [server.anonymous(), owner, holder] {
        let nobody = known("user_0000000000000000000000000000");
        let (found, codes) = entities(&client, json!([known(&ada), nobody])).await;
        assert_eq!(found, [Value::Null, Value::Null], "their own neither");
        let refused = client.graphql("{ instance { id } }", json!({})).await.codes();
        assert!(refused.len() == 1 && refused[0].starts_with("auth"), "{refused:?}");
        assert_eq!(
            codes,
            [refused[0].as_str(); 2],
            "as of everything that needs a secret key"
        );
        let service = client.graphql(SERVICE, json!({})).await;
        assert_eq!(service.body["data"], json!({ "_service": null }));
        assert_eq!(service.codes(), refused);
        let names = SchemaView::read(&client).await.names();
        for name in ["_Any", "_Entity", "_Service", "Query._entities", "Query._service"] {
            assert!(!names.contains(name), "{name}");
        }
    }
    let names = SchemaView::read(&server.backend()).await.names();
    assert!(names.contains("Query._entities") && names.contains("_Entity"));
    server.finish().await;
}

#[tokio::test]
async fn a_key_of_another_instance_finds_nobody_here() {
    let server = TestServer::start().await;
    let (ada, _) = Face::Graphql
        .sign_up(&server, &server.anonymous(), "ada@example.com")
        .await;
    let (_, secret_key) = server.second_instance().await;
    let neighbour = server.anonymous().with_secret_key(&secret_key);
    let (found, codes) = entities(&neighbour, json!([known(&ada)])).await;
    assert_eq!((found, codes), (vec![Value::Null], Vec::new()));
    server.finish().await;
}

#[tokio::test]
async fn many_people_cost_a_gateway_as_many_statements_as_one() {
    let server = TestServer::start().await;
    let mut ids = Vec::new();
    for number in 0..6 {
        let address = format!("ada{number}@example.com");
        let (id, _) = Face::Graphql.sign_up(&server, &server.anonymous(), &address).await;
        ids.push(id);
    }
    let node = CountingNode::start(&server).await;
    let gateway = node.reached_by(&server.backend());
    node.notices.set_complete(false);
    let mut costs = Vec::new();
    for count in [1, 6] {
        let asked: Vec<_> = ids[..count].iter().cycle().take(100).map(|id| known(id)).collect();
        entities(&gateway, json!(asked)).await;
        node.take();
        let (found, codes) = entities(&gateway, json!(asked)).await;
        assert_eq!((found.len(), codes.len()), (100, 0));
        assert!(
            found
                .iter()
                .all(|user| user["emailAddresses"][0]["emailAddress"].is_string())
        );
        costs.push(node.take().len());
    }
    node.notices.set_complete(true);
    assert!(costs[0] > 0 && costs[0] == costs[1], "{costs:?}");
    node.finish().await;
    server.finish().await;
}

#[tokio::test]
async fn a_gateway_may_ask_for_a_thousand_at_once_and_no_more() {
    let server = TestServer::start().await;
    let (ada, _) = Face::Graphql
        .sign_up(&server, &server.anonymous(), "ada@example.com")
        .await;
    let asked = |count: usize| json!(vec![known(&ada); count]);
    let (found, codes) = entities(&server.backend(), asked(1_000)).await;
    assert_eq!((found.len(), codes), (1_000, Vec::new()));
    let refused = server
        .backend()
        .graphql(ENTITIES, json!({ "representations": asked(1_001) }))
        .await;
    assert_eq!(refused.codes(), ["bad_user_input"], "{}", refused.text);
    server.finish().await;
}

#[tokio::test]
async fn a_gateway_composes_what_the_command_line_prints() {
    let server = TestServer::start().await;
    let service = server.backend().graphql(SERVICE, json!({})).await;
    let printed = vestibule::graphql::federation::sdl("").unwrap();
    assert_eq!(service.body["data"]["_service"]["sdl"], printed.as_str());
    server
        .settings(json!({ "federation": { "type_prefix": "Auth" } }))
        .await;
    let service = server.backend().graphql(SERVICE, json!({})).await;
    let printed = vestibule::graphql::federation::sdl("Auth").unwrap();
    assert_eq!(service.body["data"]["_service"]["sdl"], printed.as_str());
    server.finish().await;
}

const PREFIXED: &str = "query($representations: [_Any!]!) { _entities(representations: $representations) { ...F } } \
                        fragment F on AuthUser { __typename id emailAddresses { __typename verification { __typename \
                        ... on AuthCodeVerification { status } } } }";

#[tokio::test]
async fn with_a_prefix_a_gateway_speaks_of_types_by_their_longer_names() {
    let server = TestServer::start().await;
    let (ada, _) = Face::Graphql
        .sign_up(&server, &server.anonymous(), "ada@example.com")
        .await;
    let prefixed = json!({ "representations": [{ "__typename": "AuthUser", "id": ada }] });
    let mut socket = TestSocket::connect(&server.backend(), json!({})).await;
    let before = server.backend().graphql(PREFIXED, prefixed.clone()).await;
    assert_eq!(before.codes(), ["graphql_validation_failed"; 2], "{}", before.text);
    server
        .settings(json!({ "federation": { "type_prefix": "Auth" } }))
        .await;
    let after = server.backend().graphql(PREFIXED, prefixed.clone()).await;
    let expected = json!([{
        "__typename": "AuthUser", "id": ada,
        "emailAddresses": [{
            "__typename": "AuthEmailAddress",
            "verification": { "__typename": "AuthCodeVerification", "status": "VERIFIED" }
        }]
    }]);
    assert_eq!(after.body["data"]["_entities"], expected, "{}", after.text);
    let mut events = TestEvents::open(&server.backend(), PREFIXED, &prefixed).await;
    let streamed = events.rest().await;
    assert_eq!(streamed[0].1["data"]["_entities"], expected, "{streamed:?}");
    // What was open before speaks as everybody does from now on.
    socket.subscribe("1", PREFIXED, prefixed.clone()).await;
    let said = socket.next().await;
    assert_eq!(said["payload"]["data"]["_entities"], expected, "{said}");
    let (found, _) = entities(&server.backend(), json!([known(&ada)])).await;
    assert_eq!(
        found[0]["__typename"], "AuthUser",
        "names of the schema are understood as well"
    );
    let refused = server.anonymous().graphql(PREFIXED, prefixed).await;
    assert!(refused.body["data"].is_null(), "{}", refused.text);
    server.finish().await;
}

#[tokio::test]
async fn with_a_prefix_everything_but_what_a_gateway_asks_stays_as_it_was() {
    let server = TestServer::start().await;
    server
        .settings(json!({ "federation": { "type_prefix": "Auth" } }))
        .await;
    let client = server.anonymous();
    let (ada, _) = Face::Graphql.sign_up(&server, &client, "ada@example.com").await;
    let document = "query($id: ID!) { node(id: $id) { __typename ... on User { id } } }";
    for client in [client, server.backend()] {
        let reply = client.graphql(document, json!({ "id": ada })).await;
        assert_eq!(
            reply.body["data"]["node"],
            json!({ "__typename": "User", "id": ada }),
            "{}",
            reply.text
        );
    }
    assert!(SchemaView::read(&server.backend()).await.names().contains("User"));
    server.finish().await;
}
