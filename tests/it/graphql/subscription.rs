use crate::support::{Authenticator, Face, TestClient, TestEvents, TestServer, TestSocket, face::PASSWORD};
use serde_json::{Value, json};
use std::time::Duration;

const CLIENT: &str = "subscription { clientUpdated { client { id updatedAt signIn { id } signUp { id firstName } sessions { id status user { id } } } } }";
const SIGN_UP: &str = "subscription($id: ID!) { signUpUpdated(id: $id) { signUp { id firstName status } } }";
const SIGN_IN: &str = "subscription($id: ID!) { signInUpdated(id: $id) { signIn { id status firstFactorVerification { strategy attempts } } } }";

async fn server_of_many_sessions() -> TestServer {
    let server = TestServer::start().await;
    server
        .settings(json!({ "session": { "single_session_mode": false } }))
        .await;
    server
}

/// A change of the client that can be made again and again.
async fn begin(client: &TestClient) {
    Face::Graphql.sign_in_create(client, &[]).await.ok();
}

async fn named(client: &TestClient, id: &str, name: &str) {
    Face::Graphql
        .sign_up_update(client, id, &[("first_name", name)])
        .await
        .ok();
}

/// Reads events until one satisfies: each change is told, and the one that is waited for is the last.
async fn until(socket: &mut TestSocket, satisfied: impl Fn(&Value) -> bool) -> Value {
    loop {
        let message = socket.next().await;
        assert_eq!(message["type"], "next", "{message}");
        assert!(message["payload"]["errors"].is_null(), "{message}");
        if satisfied(&message["payload"]["data"]) {
            return message["payload"]["data"].clone();
        }
    }
}

/// A socket that follows the client, and the client as it is told at once.
async fn following(client: &TestClient) -> (TestSocket, Value) {
    let mut socket = TestSocket::connect(client, json!({})).await;
    socket.subscribe("1", CLIENT, json!({})).await;
    let first = socket.next().await;
    assert_eq!((&first["id"], &first["type"]), (&json!("1"), &json!("next")), "{first}");
    (socket, first["payload"]["data"]["clientUpdated"]["client"].clone())
}

#[tokio::test]
async fn a_client_is_told_as_it_is_and_of_its_changes() {
    let server = server_of_many_sessions().await;
    let client = server.anonymous();
    let (ada, session) = Face::Graphql.sign_up(&server, &client, "ada@example.com").await;
    let sign_up = Face::Graphql.sign_up_create(&client, &[]).await.ok().id();
    let (mut socket, first) = following(&client).await;
    assert_eq!(first["sessions"][0]["user"]["id"], ada);
    assert_eq!(first["signUp"]["id"], sign_up);
    named(&client, &sign_up, "Grace").await;
    until(&mut socket, |data| {
        data["clientUpdated"]["client"]["signUp"]["firstName"] == "Grace"
    })
    .await;
    Face::Rest.session(&client, "end", &session).await.ok();
    until(&mut socket, |data| {
        data["clientUpdated"]["client"]["sessions"][0]["status"] == "ENDED"
    })
    .await;
    server.finish().await;
}

#[tokio::test]
async fn a_client_is_told_of_changes_of_the_users_that_it_shows() {
    let server = TestServer::start().await;
    server
        .settings(json!({ "attribute": { "authenticator_app": { "enabled": true } } }))
        .await;
    let client = server.anonymous();
    Face::Graphql.sign_up(&server, &client, "ada@example.com").await;
    let mut socket = TestSocket::connect(&client, json!({})).await;
    let query = "subscription { clientUpdated { client { sessions { user { totpEnabled } } } } }";
    socket.subscribe("1", query, json!({})).await;
    let enabled = |data: &Value| data["clientUpdated"]["client"]["sessions"][0]["user"]["totpEnabled"].clone();
    until(&mut socket, |data| enabled(data) == false).await;
    Authenticator::set_up(Face::Graphql, &server, &client).await;
    until(&mut socket, |data| enabled(data) == true).await;
    server.finish().await;
}

#[tokio::test]
async fn a_connection_ends_with_the_token_that_opened_it_and_the_next_one_is_told_what_it_missed() {
    let server = server_of_many_sessions().await;
    let client = server.anonymous();
    let (ada, _) = Face::Graphql.sign_up(&server, &client, "ada@example.com").await;
    let again = (1012, "The client has a new token: connect again".to_owned());
    let (mut socket, _) = following(&client).await;
    let mut events = TestEvents::open(&client, CLIENT, &json!({})).await;
    begin(&client).await;
    assert_eq!(socket.closed().await, again);
    let rest = events.rest().await;
    assert!(
        rest.iter().all(|(event, _)| event == "next"),
        "a client would not come back: {rest:?}"
    );
    let (mut socket, shown) = following(&client).await;
    assert!(shown["signIn"]["id"].is_string(), "{shown}");
    // Sessions of the same moment have no order.
    server.advance(std::time::Duration::from_secs(1));
    let (grace, _) = Face::Graphql.sign_up(&server, &client, "grace@example.com").await;
    assert_eq!(socket.closed().await, again);
    let (_socket, shown) = following(&client).await;
    let users = [0, 1].map(|index| shown["sessions"][index]["user"]["id"].clone());
    assert_eq!(users, [json!(ada), json!(grace)], "{shown}");
    server.finish().await;
}

/// What is told of something that has ended with a new token, by a connection with that: its last state, and no more.
async fn last_state(client: &TestClient, mut before: TestSocket, (query, id): (&str, &str)) -> Value {
    assert_eq!(before.closed().await.0, 1012);
    let mut socket = TestSocket::connect(client, json!({})).await;
    socket.subscribe("s", query, json!({ "id": id })).await;
    let last = socket.next().await;
    assert_eq!(socket.next().await, json!({ "id": "s", "type": "complete" }));
    last["payload"]["data"].clone()
}

#[tokio::test]
async fn a_sign_up_is_followed_to_its_end() {
    let server = TestServer::start().await;
    let client = server.anonymous();
    let fields = [
        ("email_address", "ada@example.com"),
        ("password", crate::support::face::PASSWORD),
    ];
    let id = Face::Graphql.sign_up_create(&client, &fields).await.ok().id();
    let mut socket = TestSocket::connect(&client, json!({})).await;
    socket.subscribe("s", SIGN_UP, json!({ "id": id })).await;
    let first = socket.next().await;
    assert_eq!(first["payload"]["data"]["signUpUpdated"]["signUp"]["id"], id, "{first}");
    named(&client, &id, "Augusta").await;
    until(&mut socket, |data| {
        data["signUpUpdated"]["signUp"]["firstName"] == "Augusta"
    })
    .await;
    Face::Graphql.sign_up_prepare(&client, &id).await.ok();
    let code = server.last_code("ada@example.com").await;
    Face::Graphql.sign_up_attempt(&client, &id, &code).await.ok();
    let last = last_state(&client, socket, (SIGN_UP, &id)).await;
    assert_eq!(last["signUpUpdated"]["signUp"]["status"], "COMPLETE");
    server.finish().await;
}

#[tokio::test]
async fn a_sign_in_is_followed_step_by_step() {
    let server = TestServer::start().await;
    Face::Graphql
        .sign_up(&server, &server.anonymous(), "ada@example.com")
        .await;
    let client = server.anonymous();
    let id = Face::Graphql
        .sign_in_create(&client, &[("identifier", "ada@example.com")])
        .await
        .ok()
        .id();
    let mut socket = TestSocket::connect(&client, json!({})).await;
    socket.subscribe("s", SIGN_IN, json!({ "id": id })).await;
    let wrong = [("strategy", "password"), ("password", "wrong wrong wrong")];
    let code = [("strategy", "email_code")];
    let first = socket.next().await;
    assert_eq!(
        first["payload"]["data"]["signInUpdated"]["signIn"]["status"], "NEEDS_FIRST_FACTOR",
        "{first}"
    );
    Face::Graphql.sign_in_prepare(&client, &id, &code).await.ok();
    until(&mut socket, |data| {
        data["signInUpdated"]["signIn"]["firstFactorVerification"]["strategy"] == "EMAIL_CODE"
    })
    .await;
    assert_eq!(
        Face::Graphql.sign_in_attempt(&client, &id, &wrong).await.code(),
        "form_password_incorrect"
    );
    let guess = [("strategy", "email_code"), ("code", "000000")];
    Face::Graphql.sign_in_attempt(&client, &id, &guess).await;
    until(&mut socket, |data| {
        data["signInUpdated"]["signIn"]["firstFactorVerification"]["attempts"] == 1
    })
    .await;
    let right = [("strategy", "password"), ("password", crate::support::face::PASSWORD)];
    Face::Graphql.sign_in_attempt(&client, &id, &right).await.ok();
    let last = last_state(&client, socket, (SIGN_IN, &id)).await;
    assert_eq!(last["signInUpdated"]["signIn"]["status"], "COMPLETE");
    server.finish().await;
}

#[tokio::test]
async fn nobody_follows_what_is_not_theirs() {
    let server = server_of_many_sessions().await;
    let (ada, eve) = (server.anonymous(), server.anonymous());
    Face::Graphql.sign_up(&server, &eve, "eve@example.com").await;
    let (_, session) = Face::Graphql.sign_up(&server, &ada, "ada@example.com").await;
    let jwt = Face::Graphql.token(&ada, &session).await.unwrap();
    let sign_in = Face::Graphql.sign_in_create(&ada, &[]).await.ok().id();
    let sign_up = Face::Graphql.sign_up_create(&ada, &[]).await.ok().id();
    let holder = server
        .anonymous()
        .with_header("authorization", &format!("Bearer {jwt}"));
    for (client, code) in [
        (&eve, "RESOURCE_NOT_FOUND"),
        (&server.anonymous(), "AUTHENTICATION_INVALID"),
        (&server.backend(), "AUTHORIZATION_INVALID"),
        (&holder, "AUTHORIZATION_INVALID"),
    ] {
        let mut socket = TestSocket::connect(client, json!({})).await;
        for (query, id) in [(SIGN_IN, &sign_in), (SIGN_UP, &sign_up)] {
            socket.subscribe("x", query, json!({ "id": id })).await;
            let refused = socket.next().await;
            let errors = if refused["type"] == "error" {
                &refused["payload"]
            } else {
                &refused["payload"]["errors"]
            };
            assert_eq!(errors[0]["extensions"]["code"], code, "{refused}");
            assert!(refused["payload"]["data"].is_null(), "{refused}");
            if refused["type"] == "next" {
                assert_eq!(socket.next().await, json!({ "id": "x", "type": "complete" }));
            }
        }
    }
    server.finish().await;
}

#[tokio::test]
async fn changes_of_others_are_not_told() {
    let server = server_of_many_sessions().await;
    let (ada, eve) = (server.anonymous(), server.anonymous());
    let (of_ada, _) = Face::Graphql.sign_up(&server, &ada, "ada@example.com").await;
    Face::Graphql.sign_up(&server, &eve, "eve@example.com").await;
    let sign_up = Face::Graphql.sign_up_create(&ada, &[]).await.ok().id();
    let (mut socket, _) = following(&ada).await;
    begin(&eve).await;
    Face::Graphql.sign_up_create(&eve, &[("first_name", "Eve")]).await.ok();
    named(&ada, &sign_up, "Last").await;
    let last = until(&mut socket, |data| {
        assert_ne!(data["clientUpdated"]["client"]["signUp"]["firstName"], "Eve");
        assert_eq!(data["clientUpdated"]["client"]["sessions"][0]["user"]["id"], of_ada);
        data["clientUpdated"]["client"]["signUp"]["firstName"] == "Last"
    })
    .await;
    assert_eq!(last["clientUpdated"]["client"]["sessions"].as_array().unwrap().len(), 1);
    server.finish().await;
}

#[tokio::test]
async fn what_is_completed_is_told_no_more_and_its_id_is_free_again() {
    let server = server_of_many_sessions().await;
    let client = server.anonymous();
    Face::Graphql.sign_up(&server, &client, "ada@example.com").await;
    let sign_up = Face::Graphql.sign_up_create(&client, &[]).await.ok().id();
    let (mut socket, _) = following(&client).await;
    socket.send(json!({ "id": "1", "type": "complete" })).await;
    socket.send(json!({ "type": "ping" })).await;
    while socket.next().await != json!({ "type": "pong" }) {}
    named(&client, &sign_up, "Grace").await;
    socket.subscribe("1", "{ __typename }", json!({})).await;
    assert_eq!(socket.next().await["payload"]["data"], json!({ "__typename": "Query" }));
    assert_eq!(socket.next().await, json!({ "id": "1", "type": "complete" }));
    server.finish().await;
}

#[tokio::test]
async fn events_come_as_server_sent_events_too() {
    let server = server_of_many_sessions().await;
    let client = server.anonymous();
    let (user, _) = Face::Graphql.sign_up(&server, &client, "ada@example.com").await;
    let mut events = TestEvents::open(&client, CLIENT, &json!({})).await;
    assert_eq!((events.status(), events.content_type()), (200, "text/event-stream"));
    let (event, carried) = events.next().await.unwrap();
    assert_eq!(event, "next");
    assert_eq!(
        carried["data"]["clientUpdated"]["client"]["sessions"][0]["user"]["id"], user,
        "{carried}"
    );
    let sign_up = Face::Graphql.sign_up_create(&client, &[]).await.ok().id();
    let mut followed = TestEvents::open(&client, SIGN_UP, &json!({ "id": sign_up })).await;
    named(&client, &sign_up, "Grace").await;
    let mut told = Value::Null;
    while told["data"]["signUpUpdated"]["signUp"]["firstName"] != "Grace" {
        told = followed.next().await.unwrap().1;
        assert_eq!(told["data"]["signUpUpdated"]["signUp"]["id"], sign_up);
    }
    server.finish().await;
}

#[tokio::test]
async fn a_connection_that_names_a_session_ends_when_time_ends_that() {
    let server = TestServer::start().await;
    let client = server.anonymous();
    let (_, session) = Face::Graphql.sign_up(&server, &client, "ada@example.com").await;
    let mut idle = TestSocket::connect(&client, json!({ "sessionId": session })).await;
    let mut following = TestSocket::connect(&client, json!({ "sessionId": session })).await;
    following.subscribe("1", CLIENT, json!({})).await;
    assert_eq!(following.next().await["type"], "next");
    server.advance(std::time::Duration::from_hours(24 * 400));
    for socket in [&mut idle, &mut following] {
        assert_eq!(socket.closed().await.0, 4403);
    }
    server.finish().await;
}

#[tokio::test]
async fn who_follows_what_another_beginning_supersedes_is_told_so_and_no_more() {
    let server = TestServer::start().await;
    let created = server.anonymous().post("/v1/dev_browser", &[]).await;
    // By a token that no beginning changes, so that the connection stays.
    let client = server
        .anonymous()
        .with_query("__clerk_db_jwt", created.body["token"].as_str().unwrap());
    let sign_in = Face::Rest.sign_in_create(&client, &[]).await.ok().id();
    let mut socket = TestSocket::connect(&client, json!({})).await;
    socket.subscribe("1", SIGN_IN, json!({ "id": sign_in })).await;
    assert_eq!(
        socket.next().await["payload"]["data"]["signInUpdated"]["signIn"]["id"],
        sign_in
    );
    Face::Rest.sign_in_create(&client, &[]).await.ok();
    is_told_of_the_end(&mut socket, "signIn").await;
    server.finish().await;
}

/// A client that has begun a flow, `signIn` or `signUp`, and follows it.
async fn following_flow(server: &TestServer, flow: &str) -> (TestClient, TestSocket) {
    let client = server.anonymous();
    let (document, begun) = match flow {
        "signIn" => (SIGN_IN, Face::Graphql.sign_in_create(&client, &[]).await),
        _ => (SIGN_UP, Face::Graphql.sign_up_create(&client, &[]).await),
    };
    let id = begun.ok().id();
    let mut socket = TestSocket::connect(&client, json!({})).await;
    socket.subscribe("1", document, json!({ "id": id })).await;
    let first = socket.next().await;
    assert_eq!(
        first["payload"]["data"][format!("{flow}Updated")][flow]["id"],
        id,
        "{first}"
    );
    (client, socket)
}

/// The last of what is told of a flow: that there is none any more.
async fn is_told_of_the_end(socket: &mut TestSocket, flow: &str) {
    let last = socket.next().await;
    let expected = json!({ format!("{flow}Updated"): { flow: null } });
    assert_eq!(last["payload"]["data"], expected, "{last}");
    assert_eq!(socket.next().await, json!({ "id": "1", "type": "complete" }));
}

#[tokio::test]
async fn a_flow_that_time_gives_up_says_so_and_ends() {
    let server = TestServer::start().await;
    for flow in ["signIn", "signUp"] {
        let (_, mut socket) = following_flow(&server, flow).await;
        server.advance(Duration::from_hours(25));
        is_told_of_the_end(&mut socket, flow).await;
    }
    server.finish().await;
}

#[tokio::test]
async fn who_follows_a_client_is_told_what_time_alone_ends_of_it() {
    let server = TestServer::start().await;
    server
        .settings(json!({ "session": { "maximum_lifetime_seconds": 3_600, "single_session_mode": false } }))
        .await;
    let client = server.anonymous();
    Face::Graphql.sign_up(&server, &client, "ada@example.com").await;
    let document = "subscription { clientUpdated { \
        client { sessions { status } signIn { id } signUp { verifications { emailAddress { verification { status } } } } } \
        query { viewer { id } } } }";
    let begun = Face::Graphql
        .sign_up_create(
            &client,
            &[
                ("email_address", "grace@example.com"),
                ("password", PASSWORD),
                ("strategy", "email_code"),
            ],
        )
        .await;
    begun.ok();
    let mut socket = TestSocket::connect(&client, json!({})).await;
    socket.subscribe("1", document, json!({})).await;
    let mut next = async || {
        let told = socket.next().await["payload"]["data"]["clientUpdated"].clone();
        let client = &told["client"];
        let code = &client["signUp"]["verifications"]["emailAddress"]["verification"]["status"];
        (
            code.clone(),
            client["sessions"][0]["status"].clone(),
            told["query"]["viewer"].is_object(),
        )
    };
    assert_eq!(next().await, (json!("UNVERIFIED"), json!("ACTIVE"), true));
    server.advance(Duration::from_mins(11));
    assert_eq!(next().await, (json!("EXPIRED"), json!("ACTIVE"), true));
    server.advance(Duration::from_mins(50));
    assert_eq!(next().await, (json!("EXPIRED"), json!("EXPIRED"), false));
    server.advance(Duration::from_hours(25));
    assert_eq!(
        next().await,
        (Value::Null, json!("EXPIRED"), false),
        "the sign-up is given up"
    );
    server.finish().await;
}

#[tokio::test]
async fn who_comes_back_to_a_client_that_was_deleted_is_told_that_there_is_none() {
    let server = TestServer::start().await;
    let client = server.anonymous();
    Face::Graphql.sign_up(&server, &client, "ada@example.com").await;
    let before = client.forked();
    client
        .graphql("mutation { clientDelete { deletedClientId } }", json!({}))
        .await;
    let document = "subscription { clientUpdated { client { id } query { client { id } viewer { id } } } }";
    let nobody = json!({ "client": null, "query": { "client": null, "viewer": null } });
    for who in [&before, &client, &server.anonymous()] {
        let mut socket = TestSocket::connect(who, json!({})).await;
        socket.subscribe("1", document, json!({})).await;
        let told = socket.next().await;
        assert_eq!(told["payload"]["data"]["clientUpdated"], nobody, "{told}");
        assert_eq!(socket.next().await, json!({ "id": "1", "type": "complete" }));
        let events = TestEvents::open(who, document, &json!({})).await.rest().await;
        assert_eq!(events[0].1["data"]["clientUpdated"], nobody, "{events:?}");
    }
    server.finish().await;
}

#[tokio::test]
async fn the_root_field_may_stand_in_fragments() {
    let server = TestServer::start().await;
    let client = server.anonymous();
    Face::Graphql.sign_up(&server, &client, "ada@example.com").await;
    let mut socket = TestSocket::connect(&client, json!({})).await;
    for (id, document) in [
        ("1", "subscription { ... { clientUpdated { client { id } } } }"),
        (
            "2",
            "subscription { ... on Subscription { clientUpdated { client { id } } } }",
        ),
        (
            "3",
            "subscription { ...F } fragment F on Subscription { clientUpdated { ...G } } fragment G on ClientUpdatedPayload { client { id } }",
        ),
    ] {
        socket.subscribe(id, document, json!({})).await;
        let told = socket.next().await;
        assert!(
            told["payload"]["data"]["clientUpdated"]["client"]["id"].is_string(),
            "{told}"
        );
    }
    socket
        .subscribe(
            "4",
            "subscription { ... @include(if: true) { clientUpdated { client { id } } } }",
            json!({}),
        )
        .await;
    let refused = socket.next().await;
    assert_eq!(
        refused["payload"][0]["extensions"]["code"], "GRAPHQL_VALIDATION_FAILED",
        "{refused}"
    );
    server.finish().await;
}

#[tokio::test]
async fn pages_of_an_origin_that_is_withdrawn_follow_nothing_any_more() {
    let server = server_of_many_sessions().await;
    let withdrawn = "https://app.example.com";
    let allowed = async |origins: Value| server.settings(json!({ "allowed_origins": origins })).await;
    allowed(json!([withdrawn, "https://other.example.com"])).await;
    let client = server.anonymous();
    Face::Graphql.sign_up(&server, &client, "ada@example.com").await;
    let mut sockets = Vec::new();
    for origin in [withdrawn, "https://other.example.com"] {
        let page = client.clone().with_header("origin", origin);
        let mut socket = TestSocket::connect(&page, json!({})).await;
        socket.subscribe("1", CLIENT, json!({})).await;
        assert_eq!(socket.next().await["type"], "next");
        sockets.push(socket);
    }
    allowed(json!(["https://other.example.com"])).await;
    assert_eq!(sockets[0].closed().await.0, 4403);
    sockets[1].subscribe("2", "{ viewer { id } }", json!({})).await;
    let told = sockets[1].next().await;
    assert!(told["payload"]["data"]["viewer"].is_object(), "{told}");
    server.finish().await;
}

#[tokio::test]
async fn whoever_deletes_the_client_elsewhere_is_seen_by_everybody_who_follows_it() {
    let server = TestServer::start().await;
    let client = server.anonymous();
    Face::Graphql.sign_up(&server, &client, "ada@example.com").await;
    let document = "subscription { clientUpdated { client { id } query { client { id } viewer { id } } } }";
    let mut socket = TestSocket::connect(&client, json!({})).await;
    socket.subscribe("1", document, json!({})).await;
    let first = socket.next().await["payload"]["data"]["clientUpdated"].clone();
    assert_eq!(first["client"], first["query"]["client"]);
    assert!(first["query"]["viewer"].is_object(), "{first}");
    let mut events = TestEvents::open(&client, document, &json!({})).await;
    assert_eq!(events.next().await.unwrap().0, "next");
    client
        .graphql("mutation { clientDelete { deletedClientId } }", json!({}))
        .await;
    let nobody = json!({ "client": null, "query": { "client": null, "viewer": null } });
    let last = socket.next().await;
    assert_eq!(last["payload"]["data"]["clientUpdated"], nobody, "{last}");
    assert_eq!(socket.next().await, json!({ "id": "1", "type": "complete" }));
    assert_eq!(socket.said().await.unwrap_err().0, 4401);
    let rest = events.rest().await;
    assert_eq!(rest[0].1["data"]["clientUpdated"], nobody, "{rest:?}");
    assert_eq!(rest.len(), 2, "{rest:?}");
    server.finish().await;
}

#[tokio::test]
async fn who_follows_a_flow_of_a_client_that_is_deleted_is_told_that_it_is_no_more() {
    let server = TestServer::start().await;
    for flow in ["signIn", "signUp"] {
        let (client, mut socket) = following_flow(&server, flow).await;
        client
            .graphql("mutation { clientDelete { deletedClientId } }", json!({}))
            .await;
        is_told_of_the_end(&mut socket, flow).await;
        assert_eq!(socket.said().await.unwrap_err().0, 4401);
    }
    server.finish().await;
}

#[tokio::test]
async fn a_page_that_connects_with_the_token_before_the_last_one_is_told_to_come_back() {
    let server = TestServer::start().await;
    let client = server.anonymous();
    Face::Graphql.sign_up_create(&client, &[]).await.ok();
    let early = client.forked();
    Face::Graphql.sign_up(&server, &client, "ada@example.com").await;
    let mut socket = TestSocket::open(&early).await;
    socket.initialise(json!({})).await;
    socket.subscribe("1", CLIENT, json!({})).await;
    let cut = loop {
        match socket.said().await {
            Ok(message) => assert_eq!(message, json!({ "type": "connection_ack" })),
            Err(cut) => break cut,
        }
    };
    assert_eq!(cut.0, 1012, "it is not told that its operation is over");
    // Who comes with it much later has no answer under way, and is nobody.
    server.advance(Duration::from_secs(90));
    let mut socket = TestSocket::connect(&early, json!({})).await;
    socket.subscribe("1", CLIENT, json!({})).await;
    let told = socket.next().await;
    assert_eq!(
        told["payload"]["data"],
        json!({ "clientUpdated": { "client": null } }),
        "{told}"
    );
    server.finish().await;
}
