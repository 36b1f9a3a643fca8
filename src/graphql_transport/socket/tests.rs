//! The socket over a real listener, with a client of another crate.
//!
//! The invariant of the tests: whatever ends a socket, its caller is released.

use super::*;
use crate::Limits;
use crate::double::Double;
use futures_util::SinkExt as _;
use serde_json::json;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::{self, Message as Frame};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

type Stream = WebSocketStream<MaybeTlsStream<tokio::net::TcpStream>>;

struct Client(Stream);

async fn try_connect(double: &Double, headers: &[(&'static str, &str)]) -> Result<Client, tungstenite::Error> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let router = double.router();
    tokio::spawn(async move { axum::serve(listener, router).await });
    let mut request = format!("ws://{address}/graphql")
        .into_client_request()
        .expect("a request");
    for (name, value) in headers {
        request
            .headers_mut()
            .insert(*name, value.parse().expect("a header value"));
    }
    connect_async(request).await.map(|(stream, _)| Client(stream))
}

async fn connect(double: &Double) -> Client {
    try_connect(double, &[("sec-websocket-protocol", PROTOCOL)])
        .await
        .expect("a socket")
}

async fn ready(double: &Double) -> Client {
    let mut client = connect(double).await;
    client.say(json!({"type": "connection_init"})).await;
    assert_eq!(client.hear().await, json!({"type": "connection_ack"}));
    client
}

impl Client {
    async fn say(&mut self, message: Value) {
        self.0.send(Frame::text(message.to_string())).await.expect("it is sent");
    }

    async fn subscribe(&mut self, id: &str, query: &str) {
        self.say(json!({"type": "subscribe", "id": id, "payload": {"query": query}}))
            .await;
    }

    async fn hear(&mut self) -> Value {
        loop {
            match self.0.next().await.expect("a frame").expect("a frame") {
                Frame::Text(text) => return serde_json::from_str(&text).expect("JSON"),
                Frame::Ping(_) | Frame::Pong(_) => {}
                other => panic!("{other:?}"),
            }
        }
    }

    /// The code and reason that the server closes with.
    async fn end(&mut self) -> (u16, String) {
        loop {
            match self.0.next().await.expect("a close frame").expect("a close frame") {
                Frame::Close(Some(frame)) => return (frame.code.into(), frame.reason.to_string()),
                Frame::Close(None) => panic!("a close frame without a code"),
                _ => {}
            }
        }
    }
}

/// Waits until no caller is held, at most so many seconds.
async fn released(double: &Double, seconds: u64) {
    let mut held = double.held.subscribe();
    let none = timeout(Duration::from_secs(seconds), held.wait_for(|held| *held == 0)).await;
    none.expect("the socket ends in time").expect("the double counts");
}

fn code(message: &Value) -> &str {
    message["payload"][0]["extensions"]["code"].as_str().unwrap_or_default()
}

#[tokio::test]
async fn queries_and_subscriptions_run_side_by_side() {
    let mut client = ready(&Double::default()).await;
    client.subscribe("q", "{hello}").await;
    let next = client.hear().await;
    assert_eq!(
        next,
        json!({"id": "q", "type": "next", "payload": {"data": {"hello": "world"}}})
    );
    assert_eq!(client.hear().await, json!({"id": "q", "type": "complete"}));
    client.subscribe("forever", "subscription{forever}").await;
    client.subscribe("two", "subscription{count(to:2)}").await;
    for count in 1..=2 {
        assert_eq!(client.hear().await["payload"]["data"]["count"], json!(count));
    }
    assert_eq!(client.hear().await, json!({"id": "two", "type": "complete"}));
}

#[tokio::test]
async fn the_handshake_needs_the_subprotocol_and_an_allowed_origin() {
    let double = Double::default();
    for (headers, expected) in [
        (&[][..], 400),
        (&[("sec-websocket-protocol", "graphql-ws")], 400),
        (
            &[("sec-websocket-protocol", PROTOCOL), ("origin", "https://evil.example")],
            403,
        ),
    ] {
        match try_connect(&double, headers).await {
            Err(tungstenite::Error::Http(answer)) => assert_eq!(answer.status().as_u16(), expected, "{headers:?}"),
            Err(other) => panic!("{other}"),
            Ok(_) => panic!("{headers:?} was accepted"),
        }
    }
    let both = [
        ("sec-websocket-protocol", "graphql-ws, graphql-transport-ws"),
        ("origin", "https://app.example"),
    ];
    assert!(try_connect(&double, &both).await.is_ok());
}

#[tokio::test]
async fn an_upgrade_that_is_not_one_is_a_graphql_error() {
    let reply = Double::default()
        .send("GET", "/graphql", &[("upgrade", "websocket")], "")
        .await;
    assert_eq!((reply.status, reply.code()), (400, "BAD_REQUEST"));
}

#[tokio::test]
async fn initialisation_has_a_time_limit_happens_once_and_comes_first() {
    let hasty = Double::with(Limits {
        init_timeout: Duration::from_millis(20),
        ..Limits::default()
    });
    assert_eq!(connect(&hasty).await.end().await.0, 4408);

    let double = Double::default();
    let mut client = ready(&double).await;
    client.say(json!({"type": "connection_init"})).await;
    assert_eq!(client.end().await.0, 4429);

    let mut client = connect(&double).await;
    client.subscribe("1", "{hello}").await;
    assert_eq!(client.end().await, (4401, "Unauthorized".to_owned()));
}

#[tokio::test]
async fn the_endpoint_judges_the_payload_of_the_initialisation() {
    for (word, expected) in [
        ("bad", (4401, "AUTHENTICATION_INVALID")),
        ("forbidden", (4403, "AUTHORIZATION_INVALID")),
    ] {
        let mut client = connect(&Double::default()).await;
        client
            .say(json!({"type": "connection_init", "payload": {"authorization": word}}))
            .await;
        assert_eq!(client.end().await, (expected.0, expected.1.to_owned()));
    }
}

#[tokio::test]
async fn what_the_protocol_does_not_know_closes_the_socket() {
    let double = Double::default();
    for message in [
        json!({"type": "start", "id": "1"}),
        json!({"id": "1"}),
        json!([]),
        json!({"type": "subscribe", "id": "1"}),
        json!({"type": "subscribe", "id": 1, "payload": {"query": "{hello}"}}),
        json!({"type": "subscribe", "id": "", "payload": {"query": "{hello}"}}),
        json!({"type": "subscribe", "id": "1", "payload": {"query": "{hello}", "variables": []}}),
        json!({"type": "subscribe", "id": "1", "payload": [{"query": "{hello}"}]}),
    ] {
        let mut client = ready(&double).await;
        client.say(message.clone()).await;
        assert_eq!(client.end().await.0, 4400, "{message}");
    }
    let mut client = ready(&double).await;
    client.0.send(Frame::binary(b"{}".to_vec())).await.expect("it is sent");
    assert_eq!(client.end().await.0, 4400);
    let mut client = connect(&double).await;
    client.say(json!({"type": "connection_init", "payload": "token"})).await;
    assert_eq!(client.end().await.0, 4400);
}

#[tokio::test]
async fn an_id_is_used_once_at_a_time() {
    let mut client = ready(&Double::default()).await;
    client.subscribe("1", "subscription{forever}").await;
    client.say(json!({"type": "complete", "id": "1"})).await;
    client.subscribe("1", "subscription{forever}").await;
    client.subscribe("1", "{hello}").await;
    assert_eq!(client.end().await, (4409, "Subscriber for 1 already exists".to_owned()));
}

#[tokio::test]
async fn mutations_and_bad_documents_are_errors_of_their_operation() {
    let double = Double::default();
    let mut client = ready(&double).await;
    for (query, expected) in [
        ("mutation{bump}", "OPERATION_NOT_SUPPORTED"),
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("{nothing}", "GRAPHQL_VALIDATION_FAILED"),
        ("subscription{nothing}", "GRAPHQL_VALIDATION_FAILED"),
    ] {
        client.subscribe("1", query).await;
        let message = client.hear().await;
        assert_eq!(
            (&message["type"], code(&message)),
            (&json!("error"), expected),
            "{query}"
        );
    }
    assert_eq!(double.bumps(), 0);
    client.subscribe("1", "{hello}").await;
    assert_eq!(client.hear().await["type"], "next");
}

#[tokio::test]
async fn pings_are_answered_before_and_after_the_initialisation() {
    let mut client = connect(&Double::default()).await;
    client.say(json!({"type": "ping"})).await;
    assert_eq!(client.hear().await, json!({"type": "pong"}));
    client.say(json!({"type": "connection_init", "payload": null})).await;
    assert_eq!(client.hear().await, json!({"type": "connection_ack"}));
    client.say(json!({"type": "ping", "payload": {"a": 1}})).await;
    assert_eq!(client.hear().await, json!({"type": "pong"}));
}

#[tokio::test]
async fn operations_and_message_sizes_are_limited() {
    let double = Double::with(Limits {
        operations_per_socket: 2,
        body_bytes: 1_000,
        ..Limits::default()
    });
    let mut client = ready(&double).await;
    for id in ["1", "2", "3"] {
        client.subscribe(id, "subscription{forever}").await;
    }
    let message = client.hear().await;
    assert_eq!((&message["id"], code(&message)), (&json!("3"), "TOO_MANY_OPERATIONS"));
    client.say(json!({"type": "complete", "id": "1"})).await;
    client.subscribe("3", "{hello}").await;
    assert_eq!(client.hear().await["type"], "next");
    client.subscribe("4", &" ".repeat(1_000)).await;
    assert_eq!(client.end().await.0, 1009);
}

#[tokio::test]
async fn ten_thousand_subscriptions_on_one_socket_run_only_as_many_as_allowed() {
    let mut client = ready(&Double::default()).await;
    let (mut write, mut read) = client.0.split();
    let sending = async move {
        for id in 0..10_000 {
            let message =
                json!({"type": "subscribe", "id": id.to_string(), "payload": {"query": "subscription{forever}"}});
            write.send(Frame::text(message.to_string())).await.expect("it is sent");
        }
        write
    };
    let hearing = async move {
        for _ in 0..9_950 {
            let frame = read
                .next()
                .await
                .expect("a frame")
                .expect("a frame")
                .into_text()
                .expect("text");
            assert!(frame.contains("TOO_MANY_OPERATIONS"), "{frame}");
        }
        read
    };
    let (write, read) = future::join(sending, hearing).await;
    client = Client(write.reunite(read).expect("the same socket"));
    client.say(json!({"type": "complete", "id": "0"})).await;
    client.subscribe("q", "{hello}").await;
    assert_eq!(client.hear().await["payload"]["data"]["hello"], "world");
}

#[tokio::test]
async fn a_cut_ends_the_socket_while_operations_run() {
    let double = Double::default();
    let mut client = ready(&double).await;
    client.subscribe("1", "subscription{forever}").await;
    assert_eq!(*double.held.borrow(), 1);
    double.cut(4403, &"é".repeat(100));
    let (code, reason) = client.end().await;
    assert_eq!((code, reason), (4403, "é".repeat(61)));
}

#[tokio::test]
async fn a_client_that_does_not_read_is_closed_and_its_caller_released() {
    let limits = Limits {
        write_timeout: Duration::from_millis(50),
        ..Limits::default()
    };
    let double = Double::with(limits);
    let mut client = ready(&double).await;
    client.subscribe("1", "subscription{flood}").await;
    released(&double, 10).await;
}

#[tokio::test]
async fn a_cut_ends_a_socket_that_is_stuck_in_writing() {
    let double = Double::default();
    let mut client = ready(&double).await;
    client.subscribe("1", "subscription{flood}").await;
    assert_eq!(client.hear().await["type"], "next");
    double.cut(4401, "signed out");
    released(&double, 8).await;
}

#[tokio::test]
async fn a_silent_client_is_closed_and_one_that_answers_pings_is_not() {
    let double = Double::with(Limits {
        keep_alive: Duration::from_millis(150),
        ..Limits::default()
    });
    let mut client = ready(&double).await;
    let mut pings = 0;
    while pings < 3 {
        if let Frame::Ping(_) = client.0.next().await.expect("a frame").expect("a frame") {
            pings += 1;
        }
    }
    // Reading is what answers pings here, so a client that stops reading is silent.
    released(&double, 5).await;
    assert_eq!(client.end().await.0, 1001);
}

#[tokio::test]
async fn a_query_ends_at_the_deadline() {
    let double = Double::with(Limits {
        deadline: Duration::from_millis(20),
        ..Limits::default()
    });
    let mut client = ready(&double).await;
    client.subscribe("1", "{never}").await;
    let message = client.hear().await;
    assert_eq!(
        (&message["type"], code(&message)),
        (&json!("error"), "DEADLINE_EXCEEDED")
    );
}

#[tokio::test]
async fn a_client_that_leaves_releases_its_caller() {
    let double = Double::default();
    let mut client = ready(&double).await;
    client.subscribe("1", "subscription{forever}").await;
    drop(client);
    released(&double, 5).await;
}

#[tokio::test]
async fn a_message_that_says_something_twice_ends_the_socket() {
    for text in [
        r#"{"type":"subscribe","id":"1","payload":{"query":"{hello}","query":"{fails}"}}"#,
        r#"{"type":"subscribe","id":"1","payload":{"query":"{hello}","extensions":{"a":1,"a":2}}}"#,
        r#"{"type":"ping","payload":{"authorization":"bad","authorization":"good"}}"#,
    ] {
        let double = Double::default();
        let mut client = ready(&double).await;
        client.0.send(Frame::text(text)).await.expect("a frame");
        assert_eq!(client.end().await, (4400, "Invalid message received".to_owned()));
        assert!(double.renewed.lock().expect("it").is_empty());
    }
    let double = Double::default();
    let mut client = connect(&double).await;
    let twice = r#"{"type":"connection_init","payload":{"authorization":"bad","authorization":"good"}}"#;
    client.0.send(Frame::text(twice)).await.expect("a frame");
    assert_eq!(client.end().await.0, 4400);
}

#[tokio::test]
async fn a_ping_shows_a_credential_or_is_a_ping_like_any_other() {
    let double = Double::default();
    let mut client = ready(&double).await;
    for payload in [
        json!(null),
        json!(7),
        json!({}),
        json!({"authorization": null}),
        json!({"x": "y"}),
    ] {
        client.say(json!({"type": "ping", "payload": payload})).await;
        assert_eq!(client.hear().await, json!({"type": "pong"}));
    }
    assert!(double.renewed.lock().expect("it").is_empty());
    client
        .say(json!({"type": "ping", "payload": {"authorization": "good"}}))
        .await;
    assert_eq!(client.hear().await, json!({"type": "pong"}));
    assert_eq!(*double.renewed.lock().expect("it"), [Some("good".to_owned())]);
    // As in the first message, by any case.
    client
        .say(json!({"type": "ping", "payload": {"Authorization": "good"}}))
        .await;
    assert_eq!(client.hear().await, json!({"type": "pong"}));
    assert_eq!(double.renewed.lock().expect("it").len(), 2);
    for (shown, code, reason) in [
        ("bad", 4401, "AUTHENTICATION_INVALID"),
        ("forbidden", 4403, "AUTHORIZATION_INVALID"),
    ] {
        let mut client = ready(&double).await;
        client
            .say(json!({"type": "ping", "payload": {"authorization": shown}}))
            .await;
        assert_eq!(client.end().await, (code, reason.to_owned()));
    }
    let mut early = connect(&double).await;
    early
        .say(json!({"type": "ping", "payload": {"authorization": "good"}}))
        .await;
    assert_eq!(early.end().await.0, 4401);
    drop(client);
    released(&double, 5).await;
}
