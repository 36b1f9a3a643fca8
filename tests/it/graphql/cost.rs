use crate::support::{Face, SchemaView, TestServer, TestSocket};
use serde_json::{Value, json};

fn cost(body: &Value) -> (u64, u64) {
    let cost = &body["extensions"]["cost"];
    (
        cost["requested"].as_u64().unwrap_or_else(|| panic!("{body}")),
        cost["maximum"].as_u64().unwrap(),
    )
}

#[tokio::test]
async fn an_answer_says_what_was_asked_for_costs_and_what_its_caller_may_spend() {
    let server = TestServer::start().await;
    let client = server.anonymous();
    for (document, requested) in [
        ("{ __typename }", 0),
        ("{ environment { applicationName } }", 1),
        ("{ environment { applicationName password { minLength } } }", 2),
        ("{ environment { applicationName password { minLength } } }", 2),
        ("{ devInbox(first: 3) { nodes { id } } }", 3 * (10 + 1)),
    ] {
        let person = client.graphql(document, json!({})).await;
        assert_eq!(cost(&person.body), (requested, 5_000), "{document}");
        let application = server.backend().graphql(document, json!({})).await;
        assert_eq!(cost(&application.body), (requested, 20_000), "{document}");
    }
    let socket = &mut TestSocket::connect(&client, json!({})).await;
    let query = "{ environment { applicationName } }";
    socket.subscribe("1", query, json!({})).await;
    assert_eq!(cost(&socket.next().await["payload"]), (1, 5_000));
    let refused = client.graphql("{ nothing }", json!({})).await;
    assert!(refused.body.get("extensions").is_none(), "{}", refused.text);
    server.finish().await;
}

#[tokio::test]
async fn forty_objects_of_any_type_may_be_asked_for_with_all_that_each_has() {
    let server = TestServer::start().await;
    let client = server.anonymous();
    let (user, session) = Face::Graphql.sign_up(&server, &client, "ada@example.com").await;
    let schema = SchemaView::read(&client).await;
    let types = schema.possible_types("Node");
    let fragments: Vec<_> = types
        .iter()
        .map(|name| format!("... on {name} {{ of{name}: __typename id }}"))
        .collect();
    let ids: Vec<_> = [user, session].into_iter().cycle().take(40).collect();
    let document = format!(
        "query($ids: [ID!]!) {{ nodes(ids: $ids) {{ {} }} }}",
        fragments.join(" ")
    );
    let reply = client.graphql(&document, json!({ "ids": ids })).await;
    assert_eq!(reply.codes(), [""; 0], "{}", reply.text);
    assert_eq!(reply.body["data"]["nodes"].as_array().unwrap().len(), 40);
    server.finish().await;
}

#[tokio::test]
async fn an_application_may_read_a_hundred_users_with_fifty_fields_each() {
    let server = TestServer::start().await;
    let (user, _) = Face::Graphql
        .sign_up(&server, &server.anonymous(), "ada@example.com")
        .await;
    let schema = SchemaView::read(&server.backend()).await;
    let of_user = schema.selection("User", 2);
    let more: Vec<_> = (0..49).map(|number| format!("extra{number}: firstName")).collect();
    let document = format!(
        "query($ids: [ID!]!) {{ nodes(ids: $ids) {{ ... on User {of_user} ... on User {{ {} }} }} }}",
        more.join(" ")
    );
    let ids = vec![user; 100];
    let reply = server.backend().graphql(&document, json!({ "ids": ids })).await;
    assert_eq!(reply.codes(), [""; 0], "{}", reply.text);
    let found = &reply.body["data"]["nodes"][99];
    assert!(found.as_object().unwrap().len() >= 50, "{found}");
    server.finish().await;
}
