//! Following a session: its end, and its tokens until then.

use crate::support::{Face, TestClient, TestEvents, TestServer, TestSocket, for_each_face};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use std::time::Duration;

const REVOKED: &str =
    "subscription($id: ID) { sessionRevoked(sessionId: $id) { session { id status } query { viewer { id } } } }";
const TOKENS: &str = "subscription($id: ID) { sessionTokenRefreshed(sessionId: $id) \
                      { sessionToken { jwt expiresAt } session { id status } query { viewer { id } } } }";

async fn server_of_many_sessions() -> TestServer {
    let server = TestServer::start().await;
    server
        .settings(json!({ "session": { "single_session_mode": false } }))
        .await;
    server
}

/// A socket that follows something, and what it is told at once.
async fn following(client: &TestClient, document: &str, id: Option<&str>) -> (TestSocket, Value) {
    let mut socket = TestSocket::connect(client, json!({})).await;
    socket.subscribe("1", document, json!({ "id": id })).await;
    let first = pushed(&mut socket).await;
    (socket, first)
}

/// The next push.
async fn pushed(socket: &mut TestSocket) -> Value {
    let message = socket.next().await;
    assert_eq!(message["type"], "next", "{message}");
    assert!(message["payload"]["errors"].is_null(), "{message}");
    let data = &message["payload"]["data"];
    let name = data.as_object().unwrap().keys().next().unwrap();
    data[name].clone()
}

async fn is_complete(socket: &mut TestSocket) {
    assert_eq!(socket.next().await, json!({ "id": "1", "type": "complete" }));
}

async fn is_open(socket: &mut TestSocket) {
    socket.send(json!({ "type": "ping" })).await;
    assert_eq!(socket.next().await, json!({ "type": "pong" }));
}

fn payload(jwt: &str) -> Value {
    json!({ "authorization": format!("Bearer {jwt}") })
}

fn holder(server: &TestServer, jwt: &str) -> TestClient {
    server
        .anonymous()
        .with_header("authorization", &format!("Bearer {jwt}"))
}

fn issued_at(jwt: &str) -> i64 {
    let claims = jwt.split('.').nth(1).unwrap();
    let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap();
    claims["iat"].as_i64().unwrap()
}

#[tokio::test]
async fn a_socket_whose_token_ends_while_a_gateways_question_comes_is_cut_as_any() {
    let server = TestServer::start().await;
    let client = server.anonymous();
    let (user, session) = Face::Graphql.sign_up(&server, &client, "ada@example.com").await;
    let jwt = Face::Graphql.token(&client, &session).await.unwrap();
    let mut socket =
        TestSocket::connect(&server.anonymous(), json!({ "authorization": format!("Bearer {jwt}") })).await;
    server.advance(Duration::from_secs(90));
    let document = "query($r: [_Any!]!) { _entities(representations: $r) { __typename } }";
    let representations = json!({ "r": [{ "__typename": "User", "id": user }] });
    socket.subscribe("1", document, representations).await;
    assert_eq!(socket.closed().await.0, 4403);
    server.finish().await;
}

#[tokio::test]
async fn a_session_is_told_as_it_is_and_how_it_ends() {
    for_each_face(async |face| {
        let server = server_of_many_sessions().await;
        for (verb, status) in [("end", "ENDED"), ("remove", "REMOVED")] {
            let client = server.anonymous();
            let (user, session) = face.sign_up(&server, &client, &format!("{verb}@example.com")).await;
            let expected = |status: &str| json!({ "id": session, "status": status });
            let (mut socket, first) = following(&client, REVOKED, None).await;
            assert_eq!(first["session"], expected("ACTIVE"));
            assert_eq!(first["query"]["viewer"]["id"], user);
            let mut events = TestEvents::open(&client, REVOKED, &json!({ "id": session })).await;
            assert_eq!(events.next().await.unwrap().0, "next");
            // What else changes of its client is not told.
            face.session(&client, "touch", &session).await.ok();
            face.session(&client, verb, &session).await.ok();
            let last = json!({ "session": expected(status), "query": { "viewer": null } });
            assert_eq!(pushed(&mut socket).await, last);
            is_complete(&mut socket).await;
            is_open(&mut socket).await;
            let rest = events.rest().await;
            assert_eq!(rest[0].1["data"]["sessionRevoked"], last, "{rest:?}");
            assert_eq!((rest.len(), rest[1].0.as_str()), (2, "complete"), "{rest:?}");
        }
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn a_session_that_time_ends_says_so() {
    for (settings, status) in [
        (
            json!({ "inactivity_timeout_enabled": true, "inactivity_timeout_seconds": 600 }),
            "EXPIRED",
        ),
        (json!({ "abandon_after_seconds": 600 }), "ABANDONED"),
    ] {
        let server = TestServer::start().await;
        server.settings(json!({ "session": settings })).await;
        let client = server.anonymous();
        Face::Graphql.sign_up(&server, &client, "ada@example.com").await;
        let (mut socket, _) = following(&client, REVOKED, None).await;
        let (mut tokens, _) = following(&client, TOKENS, None).await;
        server.advance(Duration::from_secs(600));
        assert_eq!(pushed(&mut socket).await["session"]["status"], status);
        is_complete(&mut socket).await;
        let last = pushed(&mut tokens).await;
        assert_eq!(
            (&last["sessionToken"], &last["session"]["status"]),
            (&Value::Null, &json!(status))
        );
        is_complete(&mut tokens).await;
        server.finish().await;
    }
}

#[tokio::test]
async fn a_session_token_follows_the_end_of_its_own_session_and_nothing_else() {
    let server = server_of_many_sessions().await;
    let client = server.anonymous();
    let (_, other) = Face::Graphql.sign_up(&server, &client, "grace@example.com").await;
    let (_, session) = Face::Graphql.sign_up(&server, &client, "ada@example.com").await;
    let jwt = Face::Graphql.token(&client, &session).await.unwrap();
    let by_token = holder(&server, &jwt);
    for (document, id, code) in [
        (REVOKED, &other, "RESOURCE_NOT_FOUND"),
        (TOKENS, &session, "AUTHORIZATION_INVALID"),
        (TOKENS, &other, "AUTHORIZATION_INVALID"),
    ] {
        let told = TestEvents::open(&by_token, document, &json!({ "id": id }))
            .await
            .rest()
            .await;
        assert_eq!(told[0].1["errors"][0]["extensions"]["code"], code, "{told:?}");
        assert!(told[0].1["data"].is_null(), "{told:?}");
    }
    let mut events = TestEvents::open(&by_token, REVOKED, &json!({})).await;
    assert_eq!(
        events.next().await.unwrap().1["data"]["sessionRevoked"]["session"]["id"],
        session
    );
    let mut socket = TestSocket::connect(&server.anonymous(), payload(&jwt)).await;
    socket.subscribe("1", REVOKED, json!({ "id": session })).await;
    assert_eq!(pushed(&mut socket).await["session"]["status"], "ACTIVE");
    Face::Graphql.session(&client, "end", &session).await.ok();
    let last = json!({ "session": { "id": session, "status": "ENDED" }, "query": { "viewer": null } });
    assert_eq!(pushed(&mut socket).await, last);
    is_complete(&mut socket).await;
    assert_eq!(socket.said().await.unwrap_err().0, 4403);
    let rest = events.rest().await;
    assert_eq!(rest[0].1["data"]["sessionRevoked"], last, "{rest:?}");
    assert_eq!((rest.len(), rest[1].0.as_str()), (2, "complete"), "{rest:?}");
    server.finish().await;
}

#[tokio::test]
async fn nobody_follows_the_session_of_somebody_else() {
    let server = TestServer::start().await;
    let (ada, eve) = (server.anonymous(), server.anonymous());
    let (_, session) = Face::Graphql.sign_up(&server, &ada, "ada@example.com").await;
    Face::Graphql.sign_up(&server, &eve, "eve@example.com").await;
    for (client, code) in [
        (&eve, "RESOURCE_NOT_FOUND"),
        (&server.anonymous(), "AUTHENTICATION_INVALID"),
        (&server.backend(), "AUTHORIZATION_INVALID"),
    ] {
        for document in [REVOKED, TOKENS] {
            let told = TestEvents::open(client, document, &json!({ "id": session }))
                .await
                .rest()
                .await;
            assert_eq!(told[0].1["errors"][0]["extensions"]["code"], code, "{told:?}");
            assert!(told[0].1["data"].is_null(), "{told:?}");
        }
    }
    // Whose client acts in no session has none to follow.
    let begun = server.anonymous();
    Face::Graphql.sign_in_create(&begun, &[]).await.ok();
    for document in [REVOKED, TOKENS] {
        let told = TestEvents::open(&begun, document, &json!({})).await.rest().await;
        assert_eq!(
            told[0].1["errors"][0]["extensions"]["code"], "AUTHENTICATION_INVALID",
            "{told:?}"
        );
    }
    server.finish().await;
}

#[tokio::test]
async fn the_next_token_comes_ten_seconds_before_the_last_one_ends() {
    let server = TestServer::start().await;
    let client = server.anonymous();
    let (user, session) = Face::Graphql.sign_up(&server, &client, "ada@example.com").await;
    let (mut socket, first) = following(&client, TOKENS, None).await;
    let mut events = TestEvents::open(&client, TOKENS, &json!({ "id": session })).await;
    let token = |push: &Value| push["sessionToken"]["jwt"].as_str().unwrap().to_owned();
    let mut held = token(&first);
    assert_eq!(first["session"], json!({ "id": session, "status": "ACTIVE" }));
    assert_eq!(first["query"]["viewer"]["id"], user);
    events.next().await.unwrap();
    for _ in 0..3 {
        assert_eq!(holder(&server, &held).get("/v1/me").await.body["response"]["id"], user);
        // One change of its client more is no reason for another token.
        Face::Graphql.session(&client, "touch", &session).await.ok();
        server.advance(Duration::from_secs(49));
        is_open(&mut socket).await;
        server.advance(Duration::from_secs(1));
        let next = pushed(&mut socket).await;
        assert_eq!(issued_at(&token(&next)), issued_at(&held) + 50);
        let told = events.next().await.unwrap().1["data"]["sessionTokenRefreshed"].clone();
        assert_eq!(token(&told), token(&next), "who follows the same is given the same");
        held = token(&next);
    }
    Face::Graphql.session(&client, "end", &session).await.ok();
    let last = json!({
        "sessionToken": null, "session": { "id": session, "status": "ENDED" }, "query": { "viewer": null },
    });
    assert_eq!(pushed(&mut socket).await, last);
    is_complete(&mut socket).await;
    let rest = events.rest().await;
    assert_eq!(rest[0].1["data"]["sessionTokenRefreshed"], last, "{rest:?}");
    assert_eq!((rest.len(), rest[1].0.as_str()), (2, "complete"), "{rest:?}");
    server.finish().await;
}

#[tokio::test]
async fn tokens_of_a_short_life_come_when_a_third_of_it_is_left() {
    let server = TestServer::start().await;
    server
        .settings(json!({ "session": { "token_lifetime_seconds": 15 } }))
        .await;
    let client = server.anonymous();
    Face::Graphql.sign_up(&server, &client, "ada@example.com").await;
    let (mut socket, first) = following(&client, TOKENS, None).await;
    server.advance(Duration::from_secs(10));
    let next = pushed(&mut socket).await;
    let issued = [&first, &next].map(|push| issued_at(push["sessionToken"]["jwt"].as_str().unwrap()));
    assert_eq!(issued[1], issued[0] + 10);
    server.finish().await;
}

#[tokio::test]
async fn tokens_that_are_pushed_keep_no_session_alive() {
    let server = TestServer::start().await;
    server
        .settings(json!({ "session": { "inactivity_timeout_enabled": true, "inactivity_timeout_seconds": 600 } }))
        .await;
    let client = server.anonymous();
    let (_, session) = Face::Graphql.sign_up(&server, &client, "ada@example.com").await;
    let last_active = "SELECT last_active_at FROM session";
    let before = server.count(last_active).await;
    let (mut socket, _) = following(&client, TOKENS, None).await;
    for _ in 0..11 {
        server.advance(Duration::from_secs(50));
        assert!(pushed(&mut socket).await["sessionToken"]["jwt"].is_string());
    }
    server.advance(Duration::from_secs(50));
    let last = pushed(&mut socket).await;
    assert_eq!(last["sessionToken"], Value::Null);
    assert_eq!(last["session"], json!({ "id": session, "status": "EXPIRED" }));
    is_complete(&mut socket).await;
    assert_eq!(server.count(last_active).await, before);
    server.finish().await;
}

#[tokio::test]
async fn whoever_comes_back_is_told_what_became_of_a_session() {
    let server = server_of_many_sessions().await;
    for (verb, shown) in [
        (None, Some("ACTIVE")),
        (Some("end"), Some("ENDED")),
        (Some("remove"), None),
    ] {
        let client = server.anonymous();
        let address = format!("{}@example.com", verb.unwrap_or("nothing"));
        let (_, session) = Face::Graphql.sign_up(&server, &client, &address).await;
        for document in [REVOKED, TOKENS] {
            drop(following(&client, document, Some(&session)).await);
        }
        if let Some(verb) = verb {
            Face::Graphql.session(&client, verb, &session).await.ok();
        }
        let expected = shown.map_or(Value::Null, |status| json!({ "id": session, "status": status }));
        let (mut socket, first) = following(&client, REVOKED, Some(&session)).await;
        assert_eq!(first["session"], expected);
        let (mut tokens, first) = following(&client, TOKENS, Some(&session)).await;
        assert_eq!(first["session"], expected);
        assert_eq!(first["sessionToken"].is_object(), verb.is_none(), "{first}");
        for socket in [&mut socket, &mut tokens] {
            match verb {
                Some(_) => is_complete(socket).await,
                None => is_open(socket).await,
            }
        }
    }
    server.finish().await;
}

#[tokio::test]
async fn the_session_of_a_client_that_is_deleted_ends_for_who_follows_it_and_a_new_token_interrupts() {
    let server = server_of_many_sessions().await;
    let client = server.anonymous();
    let (_, session) = Face::Graphql.sign_up(&server, &client, "ada@example.com").await;
    let (mut socket, _) = following(&client, REVOKED, Some(&session)).await;
    let (mut tokens, _) = following(&client, TOKENS, Some(&session)).await;
    Face::Graphql.sign_in_create(&client, &[]).await.ok();
    for socket in [&mut socket, &mut tokens] {
        assert_eq!(socket.said().await.unwrap_err().0, 1012, "nothing is said to be over");
    }
    let (mut socket, first) = following(&client, REVOKED, Some(&session)).await;
    assert_eq!(first["session"]["status"], "ACTIVE");
    let (mut tokens, first) = following(&client, TOKENS, Some(&session)).await;
    assert!(first["sessionToken"]["jwt"].is_string(), "{first}");
    client
        .graphql("mutation { clientDelete { deletedClientId } }", json!({}))
        .await;
    let removed = json!({ "id": session, "status": "REMOVED" });
    assert_eq!(
        pushed(&mut socket).await,
        json!({ "session": removed, "query": { "viewer": null } })
    );
    let last = pushed(&mut tokens).await;
    assert_eq!(
        (&last["sessionToken"], &last["session"]),
        (&Value::Null, &removed),
        "{last}"
    );
    for socket in [&mut socket, &mut tokens] {
        is_complete(socket).await;
        assert_eq!(socket.said().await.unwrap_err().0, 4401);
    }
    server.finish().await;
}

#[tokio::test]
async fn a_ping_with_a_new_token_keeps_a_socket_and_what_runs_on_it() {
    let server = TestServer::start().await;
    let client = server.anonymous();
    let (user, session) = Face::Graphql.sign_up(&server, &client, "ada@example.com").await;
    let first = Face::Graphql.token(&client, &session).await.unwrap();
    let mut socket = TestSocket::connect(&server.anonymous(), payload(&first)).await;
    socket.subscribe("1", REVOKED, json!({})).await;
    assert_eq!(pushed(&mut socket).await["session"]["status"], "ACTIVE");
    for _ in 0..3 {
        let stale = Face::Graphql.token(&client, &session).await.unwrap();
        socket.send(json!({ "type": "ping", "payload": payload(&stale) })).await;
        assert_eq!(socket.next().await, json!({ "type": "pong" }));
        let mut left = TestSocket::connect(&server.anonymous(), payload(&stale)).await;
        server.advance(Duration::from_secs(30));
        let jwt = Face::Graphql.token(&client, &session).await.unwrap();
        // The older one, which may arrive later, takes nothing back.
        for shown in [&jwt, &stale] {
            socket.send(json!({ "type": "ping", "payload": payload(shown) })).await;
            assert_eq!(socket.next().await, json!({ "type": "pong" }));
        }
        server.advance(Duration::from_secs(31));
        assert_eq!(left.closed().await.0, 4403, "who renews nothing is let go");
        socket.subscribe("q", "{ viewer { id } }", json!({})).await;
        let answer = socket.next().await;
        assert_eq!(answer["payload"]["data"]["viewer"]["id"], user, "{answer}");
        assert_eq!(socket.next().await, json!({ "id": "q", "type": "complete" }));
    }
    Face::Graphql.session(&client, "end", &session).await.ok();
    assert_eq!(pushed(&mut socket).await["session"]["status"], "ENDED");
    is_complete(&mut socket).await;
    assert_eq!(socket.said().await.unwrap_err().0, 4403);
    server.finish().await;
}

#[tokio::test]
async fn a_ping_makes_nobody_somebody_else() {
    let server = server_of_many_sessions().await;
    let client = server.anonymous();
    let (_, other) = Face::Graphql.sign_up(&server, &client, "grace@example.com").await;
    let (_, session) = Face::Graphql.sign_up(&server, &client, "ada@example.com").await;
    let stale = Face::Graphql.token(&client, &session).await.unwrap();
    // Beyond the five seconds of leeway that each token is given where it is verified.
    server.advance(Duration::from_secs(66));
    let own = Face::Graphql.token(&client, &session).await.unwrap();
    let foreign = Face::Graphql.token(&client, &other).await.unwrap();
    let nobody = server.anonymous();
    let native = nobody.clone().with_header("vestibule-native", "1");
    let client_token = json!({ "authorization": client.cookie("__client").unwrap() });
    let secret = json!({ "authorization": format!("Bearer {}", crate::support::SECRET_KEY) });
    let (bad, none) = (json!({ "authorization": "Bearer a.b.c" }), json!({}));
    for (who, opened_with, shown, code) in [
        (&nobody, &payload(&own), &payload(&foreign), 4403),
        (&nobody, &payload(&own), &payload(&stale), 4401),
        (&nobody, &payload(&own), &bad, 4401),
        (&nobody, &payload(&own), &json!({ "authorization": 7 }), 4401),
        (&nobody, &payload(&own), &secret, 4403),
        (&nobody, &none, &payload(&own), 4403),
        (&client, &none, &payload(&own), 4403),
        (&native, &client_token, &client_token, 4403),
        (&nobody, &secret, &payload(&own), 4403),
    ] {
        let mut socket = TestSocket::connect(who, opened_with.clone()).await;
        // Without a credential it is a ping like any other, whoever sends it.
        for plain in [json!({}), json!({ "authorization": null }), json!("x"), Value::Null] {
            socket.send(json!({ "type": "ping", "payload": plain })).await;
            assert_eq!(socket.next().await, json!({ "type": "pong" }));
        }
        socket.send(json!({ "type": "ping", "payload": shown })).await;
        assert_eq!(socket.said().await.unwrap_err().0, code, "{opened_with} shows {shown}");
    }
    server.finish().await;
}

#[tokio::test]
async fn who_shows_the_token_of_a_client_that_was_just_replaced_is_told_to_come_back() {
    let server = TestServer::start().await;
    let client = server.anonymous();
    Face::Graphql.sign_up(&server, &client, "ada@example.com").await;
    let early = client.forked();
    client
        .graphql("mutation { clientReplace { client { id } } }", json!({}))
        .await;
    let mut socket = TestSocket::open(&early).await;
    socket.initialise(json!({})).await;
    assert_eq!(socket.closed().await.0, 1012);
    server.advance(Duration::from_secs(90));
    let mut socket = TestSocket::connect(&early, json!({})).await;
    is_open(&mut socket).await;
    server.finish().await;
}

#[tokio::test]
async fn a_stream_of_a_token_that_was_just_replaced_ends_so_that_its_client_comes_back() {
    let server = TestServer::start().await;
    let document = "subscription { clientUpdated { client { id } } }";
    for is_replaced in [false, true] {
        let client = server.anonymous();
        Face::Graphql.sign_up_create(&client, &[]).await.ok();
        let early = client.forked();
        if is_replaced {
            let mutation = "mutation { clientReplace { client { id } } }";
            client.graphql(mutation, json!({})).await;
        } else {
            Face::Graphql.sign_up(&server, &client, "ada@example.com").await;
        }
        let mut events = TestEvents::open(&early, document, &json!({})).await;
        assert_eq!(events.status(), 200);
        assert_eq!(events.rest().await, [], "libraries take up what was not completed");
        let mut events = TestEvents::open(&client, document, &json!({})).await;
        assert!(events.next().await.unwrap().1["data"]["clientUpdated"]["client"].is_object());
        server.advance(Duration::from_secs(90));
        let rest = TestEvents::open(&early, document, &json!({})).await.rest().await;
        assert_eq!(
            rest[0].1["data"],
            json!({ "clientUpdated": { "client": null } }),
            "{rest:?}"
        );
    }
    server.finish().await;
}
