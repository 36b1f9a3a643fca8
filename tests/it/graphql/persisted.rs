//! What a client asks by the hash of a document, as Apollo's persisted-query link does first of all.

use crate::support::{TestEvents, TestServer, TestSocket};
use serde_json::{Value, json};
use vestibule::graphql_transport::DocumentId;

fn hashed() -> Value {
    json!({ "persistedQuery": { "version": 1, "sha256Hash": "a".repeat(64) } })
}

fn is_not_supported(errors: &Value) {
    assert_eq!(errors[0]["message"], "PersistedQueryNotSupported", "{errors}");
    assert_eq!(
        errors[0]["extensions"]["code"], "PERSISTED_QUERY_NOT_SUPPORTED",
        "{errors}"
    );
}

#[tokio::test]
async fn a_hash_without_a_document_is_not_supported_in_the_words_that_clients_know() {
    let server = TestServer::start().await;
    let body = json!({ "operationName": "A", "variables": {}, "extensions": hashed() });
    for (accept, status) in [("application/json", 200), ("application/graphql-response+json", 400)] {
        let client = server.anonymous().with_header("accept", accept);
        let posted = client.json("POST", "/graphql", &body).await;
        assert_eq!(posted.status, status, "{accept} {}", posted.text);
        is_not_supported(&posted.body["errors"]);
        let got = client
            .with_query("extensions", &hashed().to_string())
            .get("/graphql")
            .await;
        assert_eq!(got.status, status, "{accept} {}", got.text);
        is_not_supported(&got.body["errors"]);
    }
    let hash = DocumentId::of("{ __typename }").to_string();
    let extensions = json!({ "persistedQuery": { "version": 1, "sha256Hash": hash } });
    let whole = json!({ "query": "{ __typename }", "extensions": extensions });
    let answered = server.anonymous().json("POST", "/graphql", &whole).await;
    assert_eq!(answered.body["data"], json!({ "__typename": "Query" }));
    server.finish().await;
}

#[tokio::test]
async fn a_socket_and_an_event_stream_say_the_same_and_the_socket_stays_open() {
    let server = TestServer::start().await;
    let client = server.anonymous();
    let mut socket = TestSocket::connect(&client, json!({})).await;
    let asked = json!({ "id": "a", "type": "subscribe", "payload": { "extensions": hashed() } });
    socket.send(asked).await;
    let refused = socket.next().await;
    assert_eq!((&refused["id"], &refused["type"]), (&json!("a"), &json!("error")));
    is_not_supported(&refused["payload"]);
    socket.subscribe("a", "{ __typename }", json!({})).await;
    assert_eq!(socket.next().await["payload"]["data"], json!({ "__typename": "Query" }));
    let events = client
        .with_header("accept", "text/event-stream")
        .json("POST", "/graphql", &json!({ "extensions": hashed() }))
        .await;
    assert_eq!(
        events.header("content-type"),
        Some("text/event-stream"),
        "{}",
        events.text
    );
    let data = events.text.lines().find_map(|line| line.strip_prefix("data:")).unwrap();
    is_not_supported(&serde_json::from_str::<Value>(data).unwrap()["errors"]);
    let mut whole = TestEvents::open(&server.anonymous(), "{ __typename }", &json!({})).await;
    assert_eq!(whole.rest().await.len(), 2);
    server.finish().await;
}
