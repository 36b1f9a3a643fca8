use crate::support::{Face, TestClient, TestServer};
use serde_json::{Value, json};

const PAGE: &str = "query($first: Int, $after: String, $to: String) { devInbox(first: $first, after: $after, filter: { to: $to }) { \
                    nodes { id channel to subject text code createdAt } pageInfo { hasNextPage endCursor } } }";

/// Has a code sent to each address, one after the other.
async fn filled(server: &TestServer, addresses: &[&str]) {
    for address in addresses {
        let fields = [("email_address", *address), ("strategy", "email_code")];
        Face::Graphql.sign_up_create(&server.anonymous(), &fields).await.ok();
        server.run_jobs().await;
        server.advance(std::time::Duration::from_secs(1));
    }
}

async fn page(client: &TestClient, variables: Value) -> Value {
    let reply = client.graphql(PAGE, variables).await;
    assert_eq!(reply.codes(), Vec::<String>::new(), "{}", reply.text);
    reply.body["data"]["devInbox"].clone()
}

fn recipients(page: &Value) -> Vec<&str> {
    let nodes = page["nodes"].as_array().unwrap();
    nodes.iter().map(|node| node["to"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn pages_in_their_order_are_the_whole_list_newest_first() {
    let server = TestServer::start().await;
    let addresses = [
        "a@example.com",
        "b@example.com",
        "c@example.com",
        "d@example.com",
        "e@example.com",
    ];
    filled(&server, &addresses).await;
    let anonymous = server.anonymous();
    let (mut listed, mut after, mut sizes) = (Vec::new(), Value::Null, Vec::new());
    loop {
        let page = page(&anonymous, json!({ "first": 2, "after": after })).await;
        sizes.push((
            recipients(&page).len(),
            page["pageInfo"]["hasNextPage"].as_bool().unwrap(),
        ));
        listed.extend(recipients(&page).into_iter().map(str::to_owned));
        after = page["pageInfo"]["endCursor"].clone();
        if page["pageInfo"]["hasNextPage"] == false {
            break;
        }
    }
    assert_eq!(sizes, [(2, true), (2, true), (1, false)]);
    let mut expected: Vec<_> = addresses.to_vec();
    expected.reverse();
    assert_eq!(listed, expected);
    let beyond = page(&anonymous, json!({ "first": 2, "after": after })).await;
    assert_eq!(beyond["pageInfo"], json!({ "hasNextPage": false, "endCursor": null }));
    assert_eq!(
        recipients(&page(&anonymous, json!({})).await),
        expected,
        "twenty at once are the default"
    );
    server.finish().await;
}

#[tokio::test]
async fn a_page_stays_where_it_is_when_new_mail_arrives() {
    let server = TestServer::start().await;
    filled(&server, &["a@example.com", "b@example.com"]).await;
    let anonymous = server.anonymous();
    let first = page(&anonymous, json!({ "first": 1 })).await;
    filled(&server, &["c@example.com"]).await;
    let second = page(
        &anonymous,
        json!({ "first": 1, "after": first["pageInfo"]["endCursor"] }),
    )
    .await;
    assert_eq!(recipients(&second), ["a@example.com"]);
    server.finish().await;
}

#[tokio::test]
async fn each_message_of_a_page_has_the_cursor_of_what_follows_it() {
    let server = TestServer::start().await;
    filled(&server, &["a@example.com", "b@example.com", "c@example.com"]).await;
    let anonymous = server.anonymous();
    let document = "query($after: String) { devInbox(first: 2, after: $after) { nodes { id } edges { cursor node { id to } } \
                    pageInfo { hasPreviousPage hasNextPage startCursor endCursor } } }";
    let page = async |after: &Value| {
        let reply = anonymous.graphql(document, json!({ "after": after })).await;
        assert_eq!(reply.codes(), Vec::<String>::new(), "{}", reply.text);
        reply.body["data"]["devInbox"].clone()
    };
    let first = page(&Value::Null).await;
    let (newest, second) = (&first["edges"][0], &first["edges"][1]);
    for (edge, node) in [(newest, &first["nodes"][0]), (second, &first["nodes"][1])] {
        assert_eq!(edge["node"]["id"], node["id"]);
    }
    assert_eq!(
        first["pageInfo"],
        json!({ "hasPreviousPage": false, "hasNextPage": true, "startCursor": newest["cursor"], "endCursor": second["cursor"] })
    );
    let behind = page(&newest["cursor"]).await;
    assert_eq!(behind["edges"][0], *second);
    assert_eq!(behind["edges"][1]["node"]["to"], "a@example.com");
    assert_eq!(behind["pageInfo"]["hasPreviousPage"], true);
    assert_eq!(behind["pageInfo"]["hasNextPage"], false);
    server.finish().await;
}

#[tokio::test]
async fn a_list_is_read_from_its_end_and_counted_only_when_that_is_asked_for() {
    let server = TestServer::start().await;
    let addresses = ["a@example.com", "b@example.com", "c@example.com", "d@example.com"];
    filled(&server, &addresses).await;
    let anonymous = server.anonymous();
    let document = "query($last: Int, $before: String, $after: String) { \
                    devInbox(last: $last, before: $before, after: $after) { totalCount edges { cursor node { to } } \
                    pageInfo { hasPreviousPage hasNextPage startCursor } } }";
    let page = async |variables: Value| {
        let reply = anonymous.graphql(document, variables).await;
        assert_eq!(reply.codes(), Vec::<String>::new(), "{}", reply.text);
        reply.body["data"]["devInbox"].clone()
    };
    let shown = |page: &Value| -> Vec<String> {
        let edges = page["edges"].as_array().unwrap().iter();
        edges
            .map(|edge| edge["node"]["to"].as_str().unwrap()[..1].to_owned())
            .collect()
    };
    let oldest = page(json!({ "last": 2 })).await;
    assert_eq!(shown(&oldest), ["b", "a"]);
    assert_eq!(oldest["totalCount"], 4);
    assert_eq!(oldest["pageInfo"]["hasPreviousPage"], true);
    assert_eq!(oldest["pageInfo"]["hasNextPage"], false);
    let before = &oldest["pageInfo"]["startCursor"];
    let newer = page(json!({ "last": 2, "before": before })).await;
    assert_eq!(shown(&newer), ["d", "c"]);
    assert_eq!(newer["pageInfo"]["hasPreviousPage"], false);
    assert_eq!(newer["pageInfo"]["hasNextPage"], true);
    let after = &newer["edges"][0]["cursor"];
    let between = page(json!({ "before": before, "after": after })).await;
    assert_eq!(shown(&between), ["c"], "what lies between two places");
    let both = "{ devInbox(first: 1, last: 1) { totalCount } }";
    let refused = anonymous.graphql(both, json!({})).await;
    assert_eq!(refused.codes(), ["form_param_value_invalid"]);
    assert_eq!(refused.body["errors"][0]["extensions"]["field"], json!(["last"]));
    server.finish().await;
}

#[tokio::test]
async fn a_recipient_filters_pages_too() {
    let server = TestServer::start().await;
    filled(&server, &["a@example.com", "b@example.com", "a@example.com"]).await;
    let anonymous = server.anonymous();
    let first = page(&anonymous, json!({ "first": 1, "to": "a@example.com" })).await;
    assert_eq!(first["pageInfo"]["hasNextPage"], true);
    let after = &first["pageInfo"]["endCursor"];
    let second = page(&anonymous, json!({ "first": 1, "to": "a@example.com", "after": after })).await;
    assert_eq!(recipients(&second), ["a@example.com"]);
    assert_eq!(second["pageInfo"]["hasNextPage"], false);
    assert_ne!(first["nodes"][0]["id"], second["nodes"][0]["id"]);
    let nobody = page(&anonymous, json!({ "to": "nobody@example.com" })).await;
    assert_eq!(recipients(&nobody), [] as [&str; 0]);
    server.finish().await;
}

#[tokio::test]
async fn a_message_holds_what_was_to_be_sent() {
    let server = TestServer::start().await;
    filled(&server, &["a@example.com"]).await;
    let page = page(&server.anonymous(), json!({})).await;
    let message = &page["nodes"][0];
    let code = message["code"].as_str().unwrap();
    assert!(
        code.len() == 6 && code.bytes().all(|byte| byte.is_ascii_digit()),
        "{code}"
    );
    assert!(message["text"].as_str().unwrap().contains(code));
    assert!(!message["subject"].as_str().unwrap().is_empty());
    assert_eq!(message["channel"], "email");
    server.finish().await;
}

#[tokio::test]
async fn pages_that_cannot_be_are_refused() {
    let server = TestServer::start().await;
    filled(&server, &["a@example.com"]).await;
    let anonymous = server.anonymous();
    for first in [101, -1] {
        let reply = anonymous.graphql(PAGE, json!({ "first": first })).await;
        assert!(!reply.codes().is_empty(), "{first}: {}", reply.text);
        assert!(reply.body["data"]["devInbox"].is_null(), "{first}: {}", reply.text);
        assert_ne!(reply.codes(), ["internal_error"]);
    }
    for after in ["x", "", "user_000000000000000000000000000", "msg_"] {
        let reply = anonymous.graphql(PAGE, json!({ "after": after })).await;
        assert_eq!(reply.codes(), ["form_param_format_invalid"], "{after}: {}", reply.text);
    }
    server.finish().await;
}

#[tokio::test]
async fn the_inbox_is_no_business_of_session_tokens_and_does_not_exist_in_production() {
    let server = TestServer::start().await;
    let client = server.anonymous();
    let (_, session) = Face::Graphql.sign_up(&server, &client, "a@example.com").await;
    let jwt = Face::Graphql.token(&client, &session).await.unwrap();
    let holder = server
        .anonymous()
        .with_header("authorization", &format!("Bearer {jwt}"));
    let refused = holder.graphql(PAGE, json!({})).await;
    assert_eq!(refused.codes(), ["authorization_invalid"]);
    assert!(refused.body["data"]["devInbox"].is_null());
    server.make_production().await;
    for caller in [server.anonymous(), server.backend()] {
        let refused = caller.graphql(PAGE, json!({})).await;
        assert_eq!(refused.codes(), ["feature_not_enabled"]);
        assert!(refused.body["data"]["devInbox"].is_null());
    }
    server.finish().await;
}
