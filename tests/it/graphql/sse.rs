use crate::support::{Face, TestEvents, TestServer};
use serde_json::{Value, json};

const CLIENT: &str = "subscription { clientUpdated { client { id sessions { id } } } }";

fn complete() -> (String, Value) {
    ("complete".to_owned(), Value::Null)
}

#[tokio::test]
async fn a_query_is_one_event_and_the_end() {
    let server = TestServer::start().await;
    let mut events = TestEvents::open(&server.anonymous(), "{ __typename }", &json!({})).await;
    let answer = (
        "next".to_owned(),
        json!({ "data": { "__typename": "Query" }, "extensions": { "cost": { "requested": 0, "maximum": 5_000 } } }),
    );
    assert_eq!(events.rest().await, [answer, complete()]);
    server.finish().await;
}

#[tokio::test]
async fn a_mutation_is_never_a_stream() {
    let server = TestServer::start().await;
    let mutation = "mutation { clientReplace(input: {}) { client { id } } }";
    let events = TestEvents::open(&server.anonymous(), mutation, &json!({})).await;
    assert_eq!(events.status(), 406);
    assert_eq!(server.count("SELECT COUNT(*) FROM client").await, 0);
    server.finish().await;
}

#[tokio::test]
async fn a_stream_of_somebody_unknown_says_so_and_ends() {
    let server = TestServer::start().await;
    let document = "subscription { sessionRevoked { session { id } } }";
    let mut events = TestEvents::open(&server.anonymous(), document, &json!({})).await;
    let events = events.rest().await;
    assert_eq!(events.len(), 2, "{events:?}");
    assert_eq!(events[0].1["errors"][0]["extensions"]["code"], "AUTHENTICATION_INVALID");
    assert_eq!(events[1], complete());
    server.finish().await;
}

#[tokio::test]
async fn a_stream_is_over_when_its_client_is_deleted_and_may_be_opened_again_when_it_was_replaced() {
    let server = TestServer::start().await;
    server
        .settings(json!({ "session": { "single_session_mode": false } }))
        .await;
    for mutation in ["clientDelete", "clientReplace"] {
        let client = server.anonymous();
        Face::Graphql
            .sign_up(&server, &client, &format!("{}@example.com", mutation.to_lowercase()))
            .await;
        let mut events = TestEvents::open(&client, CLIENT, &json!({})).await;
        assert_eq!(events.next().await.unwrap().0, "next");
        let document = format!("mutation {{ {mutation}(input: {{}}) {{ userErrors {{ code }} }} }}");
        client.graphql(&document, json!({})).await;
        let rest = events.rest().await;
        match mutation {
            "clientDelete" => {
                assert_eq!(rest[rest.len() - 1], complete());
                let last = &rest[rest.len() - 2].1["data"]["clientUpdated"];
                assert_eq!(*last, json!({ "client": null }), "{rest:?}");
            }
            _ => assert!(!rest.contains(&complete()), "{rest:?}"),
        }
    }
    server.finish().await;
}

#[tokio::test]
async fn a_stream_that_names_a_session_ends_with_it() {
    let server = TestServer::start().await;
    let client = server.anonymous();
    let (_, session) = Face::Graphql.sign_up(&server, &client, "ada@example.com").await;
    let named = client.clone().with_header("vestibule-session", &session);
    let mut events = TestEvents::open(&named, CLIENT, &json!({})).await;
    assert_eq!(events.status(), 200);
    Face::Graphql.session(&client, "end", &session).await.ok();
    let rest = events.rest().await;
    assert_eq!(rest[rest.len() - 1], complete());
    let errors = &rest[rest.len() - 2].1["errors"];
    assert_eq!(errors[0]["extensions"]["code"], "AUTHORIZATION_INVALID", "{rest:?}");
    server.finish().await;
}
