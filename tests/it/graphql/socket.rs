use crate::support::{Face, TestClient, TestServer, TestSocket};
use serde_json::{Value, json};
use std::time::Duration;
use vestibule::notice::Notice;

async fn signed_in(server: &TestServer) -> (TestClient, String) {
    let client = server.anonymous();
    let (_, session) = Face::Graphql.sign_up(server, &client, "ada@example.com").await;
    (client, session)
}

async fn mutate(client: &TestClient, name: &str) {
    let document = format!("mutation {{ {name}(input: {{}}) {{ userErrors {{ code }} }} }}");
    let reply = client.graphql(&document, json!({})).await;
    assert_eq!(reply.body["data"][name]["userErrors"], json!([]), "{}", reply.text);
}

/// Says `pong` once everything before has been read.
async fn is_open(socket: &mut TestSocket) {
    socket.send(json!({ "type": "ping" })).await;
    assert_eq!(socket.next().await, json!({ "type": "pong" }));
}

#[tokio::test]
async fn a_socket_answers_queries_as_its_caller() {
    let server = TestServer::start().await;
    let (client, session) = signed_in(&server).await;
    let mut socket = TestSocket::connect(&client, json!({})).await;
    let query = "query($id: ID!) { session(id: $id) { id } viewer { id } }";
    socket.subscribe("q", query, json!({ "id": session })).await;
    let answer = socket.next().await;
    assert_eq!((&answer["id"], &answer["type"]), (&json!("q"), &json!("next")));
    assert_eq!(answer["payload"]["data"]["session"]["id"], session, "{answer}");
    assert!(answer["payload"]["data"]["viewer"]["id"].is_string());
    assert_eq!(socket.next().await, json!({ "id": "q", "type": "complete" }));
    server.finish().await;
}

#[tokio::test]
async fn a_mutation_over_a_socket_is_refused_and_changes_nothing() {
    let server = TestServer::start().await;
    let (client, _) = signed_in(&server).await;
    let mut socket = TestSocket::connect(&client, json!({})).await;
    for (document, variables) in [
        ("mutation { clientDelete(input: {}) { deletedClientId } }", json!({})),
        (
            "mutation M { clientSessionsRemove(input: {}) { client { id } } }",
            json!({}),
        ),
    ] {
        socket.subscribe("m", document, variables).await;
        let refused = socket.next().await;
        assert_eq!((&refused["id"], &refused["type"]), (&json!("m"), &json!("error")));
        assert_eq!(
            refused["payload"][0]["extensions"]["code"], "OPERATION_NOT_SUPPORTED",
            "{refused}"
        );
    }
    is_open(&mut socket).await;
    assert_eq!(client.get("/v1/me").await.status, 200);
    server.finish().await;
}

#[tokio::test]
async fn the_rest_of_an_operation_on_a_socket_is_refused_like_over_http() {
    let server = TestServer::start().await;
    let mut socket = TestSocket::connect(&server.anonymous(), json!({})).await;
    for (document, code) in [
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("{ nothing }", "GRAPHQL_VALIDATION_FAILED"),
        (
            "query A { __typename } query B { __typename }",
            "OPERATION_RESOLUTION_FAILURE",
        ),
    ] {
        socket.subscribe("x", document, json!({})).await;
        let refused = socket.next().await;
        assert_eq!(refused["type"], "error", "{refused}");
        assert_eq!(refused["payload"][0]["extensions"]["code"], code, "{refused}");
    }
    is_open(&mut socket).await;
    server.finish().await;
}

#[tokio::test]
async fn a_handshake_from_a_foreign_origin_is_refused() {
    let server = TestServer::start().await;
    let (client, _) = signed_in(&server).await;
    for (name, value) in [
        ("origin", "https://evil.example.com"),
        ("origin", "null"),
        ("origin", "http://localhost.evil.example.com"),
        ("sec-fetch-site", "cross-site"),
    ] {
        let foreign = client.clone().with_header(name, value);
        let refused = TestSocket::handshake(&foreign, "graphql-transport-ws")
            .await
            .err()
            .unwrap();
        assert_eq!(refused.status, 403, "{name}: {value}");
        assert_eq!(
            refused.body["errors"][0]["extensions"]["code"], "ORIGIN_INVALID",
            "{refused:?}"
        );
    }
    for origin in [server.origin.as_str(), "http://localhost:3000", "http://127.0.0.1:8080"] {
        let own = client.clone().with_header("origin", origin);
        let mut socket = TestSocket::connect(&own, json!({})).await;
        is_open(&mut socket).await;
    }
    server.make_production().await;
    let foreign = client.clone().with_header("origin", "http://localhost:3000");
    let refused = TestSocket::handshake(&foreign, "graphql-transport-ws")
        .await
        .err()
        .unwrap();
    assert_eq!(refused.status, 403, "what development allows production does not");
    server.finish().await;
}

#[tokio::test]
async fn another_subprotocol_is_refused_at_the_handshake() {
    let server = TestServer::start().await;
    for (protocol, told) in [
        ("graphql-ws", "came before it"),
        ("chat", "must be graphql-transport-ws"),
    ] {
        let refused = TestSocket::handshake(&server.anonymous(), protocol)
            .await
            .err()
            .unwrap();
        assert_eq!(refused.status, 400, "{protocol}");
        let error = &refused.body["errors"][0];
        assert_eq!(error["extensions"]["code"], "BAD_REQUEST", "{refused:?}");
        assert!(error["message"].as_str().unwrap().contains(told), "{refused:?}");
    }
    server.finish().await;
}

#[tokio::test]
async fn the_order_of_messages_is_kept_by_close_codes() {
    let server = TestServer::start().await;
    let anonymous = server.anonymous();
    let mut early = TestSocket::open(&anonymous).await;
    early.subscribe("1", "{ __typename }", json!({})).await;
    assert_eq!(early.closed().await.0, 4401);
    let mut twice = TestSocket::connect(&anonymous, json!({})).await;
    twice.initialise(json!({})).await;
    assert_eq!(twice.closed().await.0, 4429);
    for text in [
        "",
        "{",
        "[]",
        "{\"type\":\"start\"}",
        "{\"type\":\"subscribe\",\"id\":\"1\"}",
    ] {
        let mut garbled = TestSocket::connect(&anonymous, json!({})).await;
        garbled.send_text(text.to_owned()).await;
        assert_eq!(garbled.closed().await.0, 4400, "{text}");
    }
    let (client, _) = signed_in(&server).await;
    let mut doubled = TestSocket::connect(&client, json!({})).await;
    for _ in 0..2 {
        doubled
            .subscribe("1", "subscription { clientUpdated { client { id } } }", json!({}))
            .await;
    }
    assert_eq!(doubled.closed().await.0, 4409);
    server.finish().await;
}

#[tokio::test]
async fn whoever_does_not_initialise_in_time_is_let_go() {
    let server = TestServer::start().await;
    let mut silent = TestSocket::open(&server.anonymous()).await;
    assert_eq!(silent.closed().await.0, 4408);
    server.finish().await;
}

#[tokio::test]
async fn a_message_that_is_too_large_ends_the_socket() {
    let server = TestServer::start().await;
    let mut socket = TestSocket::connect(&server.anonymous(), json!({})).await;
    socket
        .send(json!({ "type": "ping", "payload": { "x": "x".repeat(300_000) } }))
        .await;
    assert_eq!(socket.closed().await.0, 1009);
    server.finish().await;
}

#[tokio::test]
async fn a_socket_is_cut_when_its_client_is_deleted_or_replaced() {
    let server = TestServer::start().await;
    for mutation in ["clientDelete", "clientReplace"] {
        let client = server.anonymous();
        let email = format!("{}@example.com", mutation.to_lowercase());
        Face::Graphql.sign_up(&server, &client, &email).await;
        let other = server.anonymous();
        Face::Graphql.sign_in(&other, &email).await;
        let mut bystander = TestSocket::connect(&other, json!({})).await;
        let mut busy = TestSocket::connect(&client, json!({})).await;
        busy.subscribe("1", "subscription { clientUpdated { client { id } } }", json!({}))
            .await;
        let mut idle = TestSocket::connect(&client, json!({})).await;
        mutate(&client, mutation).await;
        // Who has another client in its place may come back with that.
        let code = if mutation == "clientDelete" { 4401 } else { 1012 };
        assert_eq!(busy.closed().await.0, code, "{mutation}");
        assert_eq!(idle.closed().await.0, code, "{mutation}");
        is_open(&mut bystander).await;
    }
    server.finish().await;
}

#[tokio::test]
async fn a_socket_that_named_a_session_is_cut_with_it_and_others_are_not() {
    let server = TestServer::start().await;
    server
        .settings(json!({ "session": { "single_session_mode": false } }))
        .await;
    for verb in ["end", "remove"] {
        let client = server.anonymous();
        let (_, session) = Face::Graphql
            .sign_up(&server, &client, &format!("{verb}@example.com"))
            .await;
        let mut named = TestSocket::connect(&client, json!({ "sessionId": session })).await;
        let mut unnamed = TestSocket::connect(&client, json!({})).await;
        is_open(&mut named).await;
        Face::Graphql.session(&client, verb, &session).await.ok();
        assert_eq!(named.closed().await.0, 4403, "{verb}");
        is_open(&mut unnamed).await;
        let mut late = TestSocket::open(&client).await;
        late.initialise(json!({ "sessionId": session })).await;
        assert_eq!(late.closed().await.0, 4403, "{verb}");
    }
    server.finish().await;
}

#[tokio::test]
async fn a_socket_of_a_session_token_ends_with_the_session_and_with_the_token() {
    let server = TestServer::start().await;
    let (client, session) = signed_in(&server).await;
    let jwt = Face::Graphql.token(&client, &session).await.unwrap();
    let payload = json!({ "authorization": format!("Bearer {jwt}") });
    let mut expiring = TestSocket::connect(&server.anonymous(), payload.clone()).await;
    expiring.subscribe("q", "{ viewer { id } }", json!({})).await;
    assert!(expiring.next().await["payload"]["data"]["viewer"]["id"].is_string());
    server.advance(Duration::from_secs(61));
    assert_eq!(expiring.closed().await.0, 4403);
    let jwt = Face::Graphql.token(&client, &session).await.unwrap();
    let payload = json!({ "authorization": format!("Bearer {jwt}") });
    let mut ended = TestSocket::connect(&server.anonymous(), payload).await;
    Face::Graphql.session(&client, "end", &session).await.ok();
    assert_eq!(ended.closed().await.0, 4403);
    server.finish().await;
}

#[tokio::test]
async fn a_socket_of_a_secret_key_ends_when_the_key_is_revoked() {
    let server = TestServer::start().await;
    let mut socket = TestSocket::connect(&server.backend(), json!({})).await;
    is_open(&mut socket).await;
    server.execute("UPDATE secret_key SET revoked_at = 1").await;
    server.app.notices().publish(&[Notice::Lost]);
    assert_eq!(socket.closed().await.0, 4401);
    server.finish().await;
}

#[tokio::test]
async fn credentials_that_are_no_good_are_refused_at_the_first_message() {
    let server = TestServer::start().await;
    for (payload, code) in [
        (json!({ "authorization": "Bearer a.b.c" }), 4401),
        (json!({ "authorization": "nonsense" }), 4401),
        (json!({ "authorization": 7 }), 4401),
        (json!({ "authorization": "Bearer sk_test_nonsense" }), 4401),
        (json!({ "sessionId": "nonsense" }), 4401),
    ] {
        let mut socket = TestSocket::open(&server.anonymous()).await;
        socket.initialise(payload.clone()).await;
        let (closed, reason) = socket.closed().await;
        assert_eq!(closed, code, "{payload}: {reason}");
        assert!(!reason.contains("nonsense"), "{reason}");
    }
    server.finish().await;
}

#[tokio::test]
async fn native_callers_show_their_token_in_the_first_message() {
    let server = TestServer::start().await;
    let (client, _) = signed_in(&server).await;
    let token = client.cookie("__client").unwrap();
    let native = server.anonymous().with_header("vestibule-native", "1");
    let mut socket = TestSocket::connect(&native, json!({ "authorization": token })).await;
    socket.subscribe("q", "{ client { id } }", json!({})).await;
    assert!(socket.next().await["payload"]["data"]["client"]["id"].is_string());
    server.finish().await;
}

#[tokio::test]
async fn one_holder_has_so_many_sockets_and_one_socket_so_many_operations() {
    let server = TestServer::start().await;
    let (client, _) = signed_in(&server).await;
    let mut sockets = Vec::new();
    for _ in 0..32 {
        sockets.push(TestSocket::connect(&client, json!({})).await);
    }
    let mut one_more = TestSocket::open(&client).await;
    one_more.initialise(json!({})).await;
    assert_eq!(one_more.closed().await.0, 1013);
    let socket = &mut sockets[0];
    for number in 0..51 {
        let id = number.to_string();
        socket
            .subscribe(&id, "subscription { clientUpdated { client { id } } }", json!({}))
            .await;
    }
    let mut told = Vec::new();
    for _ in 0..51 {
        told.push(socket.next().await);
    }
    let (begun, refused): (Vec<_>, Vec<_>) = told.iter().partition(|message| message["type"] == "next");
    let [refused] = refused[..] else { panic!("{told:?}") };
    assert_eq!(
        (begun.len(), &refused["id"], &refused["type"]),
        (50, &json!("50"), &json!("error")),
        "{refused}"
    );
    assert_eq!(refused["payload"][0]["extensions"]["code"], "TOO_MANY_OPERATIONS");
    is_open(socket).await;
    server.finish().await;
}

#[tokio::test]
async fn a_server_that_stops_says_goodbye() {
    let mut server = TestServer::start().await;
    let (client, _) = signed_in(&server).await;
    let mut socket = TestSocket::connect(&client, json!({})).await;
    let closing = async { socket.closed().await };
    let ((code, _), ()) = tokio::join!(closing, server.restart());
    assert_eq!(code, 1001);
    server.finish().await;
}

#[tokio::test]
async fn settings_that_changed_are_in_force_on_an_open_socket() {
    let server = TestServer::start().await;
    let mut socket = TestSocket::connect(&server.anonymous(), json!({})).await;
    let name = async |socket: &mut TestSocket| -> Value {
        socket
            .subscribe("e", "{ environment { applicationName } }", json!({}))
            .await;
        let answer = socket.next().await;
        assert_eq!(socket.next().await["type"], "complete");
        answer["payload"]["data"]["environment"]["applicationName"].clone()
    };
    let before = name(&mut socket).await;
    server.settings(json!({ "application_name": "Changed" })).await;
    assert_ne!(before, "Changed");
    assert_eq!(name(&mut socket).await, "Changed");
    server.finish().await;
}

#[tokio::test]
async fn strangers_leave_sockets_for_those_who_are_known() {
    let server = TestServer::start_with(&[("VESTIBULE_HTTP_MAX_CONNECTIONS", "16")]).await;
    let known = server.anonymous();
    crate::support::Face::Rest
        .sign_up(&server, &known, "ada@example.com")
        .await;
    // Half of the connections may be sockets, a quarter of those belong to strangers.
    let mut strangers = Vec::new();
    for _ in 0..2 {
        strangers.push(TestSocket::connect(&server.anonymous(), json!({})).await);
    }
    let mut refused = TestSocket::open(&server.anonymous()).await;
    refused.initialise(json!({})).await;
    assert_eq!(refused.closed().await.0, 1013);
    let mut socket = TestSocket::connect(&known, json!({})).await;
    socket.subscribe("1", "{ viewer { id } }", json!({})).await;
    assert!(socket.next().await["payload"]["data"]["viewer"]["id"].is_string());
    drop((strangers, socket));
    server.finish().await;
}

#[tokio::test]
async fn who_finds_no_place_for_another_connection_is_told_when_to_ask_again() {
    let server = TestServer::start().await;
    let (client, _) = signed_in(&server).await;
    let mut taken = Vec::new();
    for _ in 0..32 {
        taken.push(TestSocket::connect(&client, json!({})).await);
    }
    let events = client.clone().with_header("accept", "text/event-stream");
    let refused = events
        .graphql("subscription { clientUpdated { client { id } } }", json!({}))
        .await;
    assert_eq!(refused.status, 429, "{}", refused.text);
    assert_eq!(refused.codes(), ["too_many_requests"], "{}", refused.text);
    assert_eq!(refused.header("retry-after"), Some("10"));
    server.finish().await;
}
