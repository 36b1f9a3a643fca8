//! What stays open, against whoever wants to stay, to have more than a share, or not to listen. Who may open a socket is gone through in
//! `csrf`, the order of its messages, expiry and revocation in `graphql::socket`; here it is many at once, against the real server.

use crate::support::{Face, TestClient, TestEvents, TestServer, TestSocket};
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use tokio::net::TcpStream;
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{Message, client::IntoClientRequest as _},
};

const FOLLOW: &str = "subscription { clientUpdated { client { id } } }";
/// What a request may take while somebody else misbehaves: generous for a busy machine.
const CEILING: Duration = Duration::from_secs(5);
/// The most operations that one caller may run, on however many sockets.
const OPERATIONS: usize = 100;

async fn signed_up(server: &TestServer, email: &str) -> TestClient {
    let client = server.anonymous();
    Face::Graphql.sign_up(server, &client, email).await;
    client
}

/// A socket that is read only when the test reads it.
async fn unread(client: &TestClient) -> WebSocketStream<TcpStream> {
    let address = client.base.trim_start_matches("http://");
    let mut request = format!("ws://{address}/graphql").into_client_request().unwrap();
    let headers = request.headers_mut();
    headers.extend(client.headers.clone());
    headers.insert("sec-websocket-protocol", "graphql-transport-ws".parse().unwrap());
    let cookie = format!("__client={}", client.cookie("__client").unwrap());
    headers.insert("cookie", cookie.parse().unwrap());
    let stream = TcpStream::connect(address).await.unwrap();
    let (mut socket, _) = client_async(request, stream).await.unwrap();
    socket
        .send(Message::text(json!({ "type": "connection_init" }).to_string()))
        .await
        .unwrap();
    let acknowledged = socket.next().await.unwrap().unwrap().into_text().unwrap();
    assert!(acknowledged.contains("connection_ack"), "{acknowledged}");
    socket
}

fn subscribing(id: usize, query: &str) -> Message {
    let message = json!({ "id": id.to_string(), "type": "subscribe", "payload": { "query": query } });
    Message::text(message.to_string())
}

/// Somebody else is answered as ever.
async fn others_are_served(client: &TestClient) {
    let begun = Instant::now();
    let reply = client.graphql("{ viewer { id } }", json!({})).await;
    assert!(reply.body["data"]["viewer"]["id"].is_string(), "{}", reply.text);
    let mut socket = TestSocket::connect(client, json!({})).await;
    socket.subscribe("1", FOLLOW, json!({})).await;
    assert_eq!(socket.next().await["type"], "next");
    assert!(begun.elapsed() < CEILING, "{:?}", begun.elapsed());
}

#[tokio::test]
async fn of_ten_thousand_subscriptions_on_a_socket_fifty_run_and_others_are_served_meanwhile() {
    let server = TestServer::start().await;
    let (ada, eve) = (
        signed_up(&server, "ada@example.com").await,
        signed_up(&server, "eve@example.com").await,
    );
    let (mut write, mut read) = unread(&ada).await.split();
    let sending = async {
        for id in 0..10_000 {
            write.send(subscribing(id, FOLLOW)).await.unwrap();
        }
    };
    let hearing = async {
        let (mut begun, mut refused) = (0, 0);
        while begun + refused < 10_000 {
            let Message::Text(text) = read.next().await.unwrap().unwrap() else {
                continue;
            };
            let message: Value = serde_json::from_str(&text).unwrap();
            if message["type"] == "next" {
                begun += 1;
            } else {
                let code = &message["payload"][0]["extensions"]["code"];
                assert_eq!(code, "TOO_MANY_OPERATIONS", "{message}");
                refused += 1;
            }
            if begun + refused == 5_000 {
                others_are_served(&eve).await;
            }
        }
        begun
    };
    let (begun, ()) = tokio::join!(hearing, sending);
    assert_eq!(begun, 50);
    others_are_served(&eve).await;
    server.finish().await;
}

/// How many of these a caller may follow at the same time; each is refused by the same word, or begun.
async fn followed(client: &TestClient, query: &str, variables: &Value) -> usize {
    let mut sockets = [
        TestSocket::connect(client, json!({})).await,
        TestSocket::connect(client, json!({})).await,
    ];
    for begun in 0..OPERATIONS {
        let socket = &mut sockets[begun % 2];
        socket.subscribe(&begun.to_string(), query, variables.clone()).await;
        let said = socket.next().await.to_string();
        if said.contains(r#""code":"#) {
            assert!(said.contains("TOO_MANY_OPERATIONS"), "{said}");
            return begun;
        }
    }
    OPERATIONS
}

#[tokio::test]
async fn what_one_caller_follows_may_cost_together_what_one_request_may() {
    let server = TestServer::start().await;
    let client = signed_up(&server, "ada@example.com").await;
    // Some 2,000 objects each.
    let query = "subscription($ids: [ID!]!) { clientUpdated { query { nodes(ids: $ids) { ... on User { emailAddresses { id } } } } } }";
    let one = vec!["user_000000000000000000000000000"; 90];
    let begun = followed(&client, query, &json!({ "ids": one })).await;
    assert!((1..10).contains(&begun), "{begun}");
    assert_eq!(
        followed(&client, FOLLOW, &json!({})).await,
        OPERATIONS,
        "what is over counts no more"
    );
    server.finish().await;
}

#[tokio::test]
async fn what_is_kept_for_what_one_caller_follows_has_a_bound() {
    let server = TestServer::start().await;
    let client = signed_up(&server, "ada@example.com").await;
    let fields = ["id", "status", "createdAt", "updatedAt", "lastActiveSessionId"];
    let long = fields.map(|field| format!("{field} ").repeat(90)).concat();
    let of_document = format!("subscription {{ clientUpdated {{ client {{ {long} }} }} }}");
    let begun = followed(&client, &of_document, &json!({})).await;
    assert!((1..20).contains(&begun), "{begun}");
    let of_variables =
        "subscription($ids: [ID!]!) { clientUpdated { client { id } query { nodes(ids: $ids) { id } } } }";
    let ids = vec!["x".repeat(5_000); 20];
    let begun = followed(&client, of_variables, &json!({ "ids": ids })).await;
    assert!((1..40).contains(&begun), "{begun}");
    server.finish().await;
}

#[tokio::test]
async fn a_client_without_a_session_is_a_stranger_among_those_who_have_one() {
    // Eight places, so two for strangers.
    let server = TestServer::start_with(&[("VESTIBULE_HTTP_MAX_CONNECTIONS", "16")]).await;
    let ada = signed_up(&server, "ada@example.com").await;
    let mut sockets = Vec::new();
    for _ in 0..2 {
        let nobody = server.anonymous();
        Face::Graphql.sign_up_create(&nobody, &[]).await.ok();
        sockets.push(TestSocket::connect(&nobody, json!({})).await);
    }
    let nobody = server.anonymous();
    Face::Graphql.sign_up_create(&nobody, &[]).await.ok();
    let mut refused = TestSocket::open(&nobody).await;
    refused.initialise(json!({})).await;
    assert_eq!(refused.closed().await.0, 1013);
    assert_eq!(TestEvents::open(&nobody, FOLLOW, &json!({})).await.status(), 429);
    let mut socket = TestSocket::connect(&ada, json!({})).await;
    socket.subscribe("1", FOLLOW, json!({})).await;
    assert_eq!(socket.next().await["type"], "next");
    server.finish().await;
}

#[tokio::test]
async fn one_caller_runs_a_hundred_operations_on_however_many_sockets_and_gets_them_back() {
    let server = TestServer::start().await;
    let client = signed_up(&server, "ada@example.com").await;
    let mut sockets = Vec::new();
    for _ in 0..3 {
        sockets.push(TestSocket::connect(&client, json!({})).await);
    }
    let (mut begun, mut refused) = (0, 0);
    for socket in &mut sockets {
        for id in 0..40 {
            socket.subscribe(&id.to_string(), FOLLOW, json!({})).await;
            let said = socket.next().await;
            match said["payload"][0]["extensions"]["code"]
                .as_str()
                .or(said["payload"]["errors"][0]["extensions"]["code"].as_str())
            {
                None => begun += 1,
                Some(code) => {
                    assert_eq!(code, "TOO_MANY_OPERATIONS", "{said}");
                    // What was begun is over with its error.
                    if said["type"] == "next" {
                        assert_eq!(socket.next().await["type"], "complete");
                    }
                    refused += 1;
                }
            }
        }
    }
    assert_eq!((begun, refused), (OPERATIONS, 20));
    sockets[0].send(json!({ "id": "0", "type": "complete" })).await;
    // Said after the end of the operation was read.
    sockets[0].send(json!({ "type": "ping" })).await;
    assert_eq!(sockets[0].next().await["type"], "pong");
    let mut last = sockets.pop().unwrap();
    last.subscribe("again", FOLLOW, json!({})).await;
    assert_eq!(last.next().await["type"], "next");
    server.finish().await;
}

#[tokio::test]
async fn somebody_who_asks_and_never_reads_is_slowed_down_and_others_are_not() {
    let server = TestServer::start().await;
    let (ada, eve) = (
        signed_up(&server, "ada@example.com").await,
        signed_up(&server, "eve@example.com").await,
    );
    let mut deaf = unread(&ada).await;
    // Far more is asked for than the buffers of both ends hold.
    let named = "name description";
    let query = format!(
        "{{ __schema {{ types {{ {named} fields {{ {named} args {{ {named} }} }} inputFields {{ {named} }} enumValues {{ {named} }} }} }} }} #{}",
        "x".repeat(20_000)
    );
    let mut asked = 0;
    while asked < 5_000 {
        let sent = tokio::time::timeout(Duration::from_millis(500), deaf.send(subscribing(asked, &query))).await;
        match sent {
            Ok(Ok(())) => asked += 1,
            // The server reads no further, or has closed the socket: either is a limit.
            Ok(Err(_)) | Err(_) => break,
        }
    }
    assert!(asked < 5_000, "everything that was asked for was taken in");
    others_are_served(&eve).await;
    drop(deaf);
    others_are_served(&ada).await;
    server.finish().await;
}

#[tokio::test]
async fn a_client_that_is_deleted_loses_all_its_sockets_and_everything_on_them() {
    let server = TestServer::start().await;
    let (ada, eve) = (
        signed_up(&server, "ada@example.com").await,
        signed_up(&server, "eve@example.com").await,
    );
    let mut sockets = Vec::new();
    for _ in 0..20 {
        let mut socket = TestSocket::connect(&ada, json!({})).await;
        for id in 0..5 {
            socket.subscribe(&id.to_string(), FOLLOW, json!({})).await;
            assert_eq!(socket.next().await["type"], "next");
        }
        sockets.push(socket);
    }
    let deleted = ada
        .graphql("mutation { clientDelete { deletedClientId } }", json!({}))
        .await;
    assert_eq!(deleted.codes(), Vec::<String>::new(), "{}", deleted.text);
    for socket in &mut sockets {
        assert_eq!(socket.closed().await.0, 4401);
    }
    others_are_served(&eve).await;
    server.finish().await;
}
