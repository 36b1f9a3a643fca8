//! GHSA-xg6x-h9c9-2m83 (better-auth): a session was served before the last factor. Here nothing of a person is served
//! between naming them and proving to be them, however often it is asked for.

use super::raw;
use crate::support::{
    Face, SchemaView, TestClient, TestServer, face::PASSWORD, for_each_face, introspection::capitalised, route,
};
use serde_json::{Value, json};
use std::{collections::BTreeSet, time::Duration};
use tokio::io::AsyncReadExt as _;

/// How often each surface is read.
const READS: usize = 100;

/// Reads every surface once and finds nobody there.
async fn nobody_is_here(client: &TestClient, user: &str, session: &str) {
    let query = "query($user: ID!, $session: ID!) { viewer { id } client { sessions { id } lastActiveSessionId } \
                 session(id: $session) { id } nodes(ids: [$user, $session]) { id } }";
    let reply = client.graphql(query, json!({ "user": user, "session": session })).await;
    let read = &reply.body["data"];
    assert!(read["viewer"].is_null() && read["session"].is_null(), "{}", reply.text);
    assert!(
        read["nodes"]
            .as_array()
            .is_none_or(|nodes| nodes.iter().all(Value::is_null)),
        "{}",
        reply.text
    );
    assert_eq!(
        read["client"]["sessions"].as_array().map_or(0, Vec::len),
        0,
        "{}",
        reply.text
    );
    assert!(read["client"]["lastActiveSessionId"].is_null(), "{}", reply.text);
    let me = client.get("/v1/me").await;
    assert_eq!(
        (me.status, me.codes()),
        (401, vec!["authentication_invalid".to_owned()])
    );
    let listed = client.get("/v1/client").await;
    assert_eq!(listed.body["response"]["sessions"], json!([]), "{}", listed.text);
    assert!(
        !listed.text.contains("\"jwt\"") && !listed.text.contains("\"object\":\"user\""),
        "{}",
        listed.text
    );
    assert_eq!(client.get(&format!("/v1/client/sessions/{session}")).await.status, 404);
    for face in [Face::Rest, Face::Graphql] {
        assert!(face.token(client, session).await.is_err());
        assert!(!face.session(client, "touch", session).await.codes.is_empty());
    }
}

#[tokio::test]
async fn between_the_name_and_the_proof_nothing_is_served() {
    for_each_face(async |face| {
        let server = TestServer::start().await;
        let (user, session) = face.sign_up(&server, &server.anonymous(), "ada@example.com").await;
        let client = server.anonymous();
        let id = face
            .sign_in_create(&client, &[("identifier", "ada@example.com")])
            .await
            .ok()
            .id();
        for number in 0..READS {
            if number == READS / 3 {
                face.sign_in_prepare(&client, &id, &[("strategy", "email_code")])
                    .await
                    .ok();
            }
            if number == READS / 2 {
                let wrong = [("strategy", "password"), ("password", "wrong wrong wrong")];
                assert_eq!(
                    face.sign_in_attempt(&client, &id, &wrong).await.code(),
                    "form_password_incorrect"
                );
            }
            nobody_is_here(&client, &user, &session).await;
        }
        server.finish().await;
    })
    .await;
}

#[tokio::test]
async fn a_sign_up_that_waits_for_its_proof_is_nobody_either() {
    for_each_face(async |face| {
        let server = TestServer::start().await;
        let (user, session) = face.sign_up(&server, &server.anonymous(), "ada@example.com").await;
        let client = server.anonymous();
        let fields = [("email_address", "grace@example.com"), ("strategy", "email_code")];
        face.sign_up_create(&client, &fields).await.ok();
        for _ in 0..10 {
            nobody_is_here(&client, &user, &session).await;
        }
        server.finish().await;
    })
    .await;
}

/// What only somebody who is this person may read.
const PRIVATE: [&str; 4] = ["Zebulon", "Quixotic", "zebu_q", "sauce"];

/// The words of [`PRIVATE`], and tokens, that any query of the schema tells this caller, whatever it asks for by `ids`.
async fn told(schema: &SchemaView, client: &TestClient, ids: &[(&str, &str)]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let slots = schema.slots();
    for field in schema.fields("Query") {
        let name = field["name"].as_str().unwrap();
        let operation = ("query", name);
        let mut requests = Vec::new();
        for slot in slots
            .iter()
            .filter(|slot| slot.operation == "query" && slot.field == name)
        {
            let kinds = schema.kinds(slot);
            let offered = ids.iter().filter(|(kind, _)| kinds.contains(*kind));
            requests
                .extend(offered.map(|(_, id)| schema.request(operation, None, &|_| String::new(), Some((slot, id)))));
        }
        if requests.is_empty() {
            requests.push(schema.request(operation, None, &|_| String::new(), None));
        }
        for (document, variables) in requests {
            let reply = client.graphql(&document, variables).await;
            let words = PRIVATE.into_iter().chain(["\"jwt\":\""]);
            let told = words.filter(|word| reply.text.contains(word));
            found.extend(told.map(|word| format!("{name}: {word}")));
        }
    }
    found
}

/// The words of [`PRIVATE`], and tokens, that any route which reads tells this caller, whatever it asks for by `ids`.
async fn told_by_rest(client: &TestClient, ids: &[(&str, &str)]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for route in route::reads() {
        let path = route::path(route, &|place| {
            let kind: String = place.trim_end_matches("_id").split('_').map(capitalised).collect();
            let known = ids.iter().find(|(known, _)| *known == kind);
            known.map_or_else(|| route::nobodys(place), |(_, id)| (*id).to_owned())
        });
        let reply = client.get(&path).await;
        let words = PRIVATE.into_iter().chain(["\"jwt\":\""]);
        let told = words.filter(|word| reply.text.contains(word));
        found.extend(told.map(|word| format!("{}: {word}", route.path)));
    }
    found
}

/// Somebody of whom everything private is known, who signs up as `owner`: the sign-up, the user and the session.
async fn private_person(server: &TestServer, owner: &TestClient) -> (String, String, String) {
    let (face, [first, last, username, sauce]) = (Face::Graphql, PRIVATE);
    let metadata = json!({ "secret": sauce }).to_string();
    let fields = [
        ("email_address", "ada@example.com"),
        ("password", PASSWORD),
        ("first_name", first),
        ("last_name", last),
        ("username", username),
        ("unsafe_metadata", &*metadata),
        ("strategy", "email_code"),
    ];
    let sign_up = face.sign_up_create(owner, &fields).await.ok().id();
    let code = server.last_code("ada@example.com").await;
    let done = face.sign_up_attempt(owner, &sign_up, &code).await.ok();
    (sign_up, done.text("created_user_id"), done.text("created_session_id"))
}

#[tokio::test]
async fn neither_a_query_of_the_schema_nor_a_route_tells_of_the_person_before_the_proof() {
    let server = TestServer::start().await;
    server
        .settings(json!({
            "attribute": { "username": { "enabled": true } },
            // Where accounts are not concealed, a sign-in greets who is named.
            "attack_protection": { "enumeration_protection": true },
        }))
        .await;
    let (face, owner) = (Face::Graphql, server.anonymous());
    let (sign_up, user, session) = private_person(&server, &owner).await;
    let read = owner
        .graphql("{ client { id } viewer { emailAddresses { id } } }", json!({}))
        .await;
    let text = |pointer: &str| read.body.pointer(pointer).unwrap().as_str().unwrap().to_owned();
    let (theirs, address) = (text("/data/client/id"), text("/data/viewer/emailAddresses/0/id"));
    let schema = SchemaView::read(&owner).await;
    let client = server.anonymous();
    let by_code = [("identifier", "ada@example.com"), ("strategy", "email_code")];
    let sign_in = face.sign_in_create(&client, &by_code).await.ok().id();
    let ids = [
        ("User", &*user),
        ("Session", &session),
        ("Client", &theirs),
        ("EmailAddress", &address),
        ("SignUp", &sign_up),
        ("SignIn", &sign_in),
    ];
    assert_eq!(
        told(&schema, &client, &ids).await,
        BTreeSet::new(),
        "a code was asked for"
    );
    assert_eq!(
        told_by_rest(&client, &ids).await,
        BTreeSet::new(),
        "a code was asked for"
    );
    let wrong = [("strategy", "password"), ("password", "wrong wrong wrong")];
    assert_eq!(
        face.sign_in_attempt(&client, &sign_in, &wrong).await.code(),
        "form_password_incorrect"
    );
    assert_eq!(told(&schema, &client, &ids).await, BTreeSet::new(), "a proof was wrong");
    assert_eq!(told_by_rest(&client, &ids).await, BTreeSet::new(), "a proof was wrong");
    let right = [("strategy", "password"), ("password", PASSWORD)];
    face.sign_in_attempt(&client, &sign_in, &right).await.ok();
    let told = told(&schema, &client, &ids).await;
    assert!(told.len() > PRIVATE.len(), "afterwards they read themselves: {told:?}");
    let told = told_by_rest(&client, &ids).await;
    assert!(told.len() > PRIVATE.len(), "afterwards they read themselves: {told:?}");
    server.finish().await;
}

#[tokio::test]
async fn what_is_pushed_before_the_proof_names_nobody() {
    let server = TestServer::start().await;
    let face = Face::Rest;
    let (user, _) = face.sign_up(&server, &server.anonymous(), "ada@example.com").await;
    let client = server.anonymous();
    let id = face
        .sign_in_create(&client, &[("identifier", "ada@example.com")])
        .await
        .ok()
        .id();
    let cookie = format!("__client={}", client.cookie("__client").unwrap());
    let headers = [
        ("Cookie", &*cookie),
        ("Content-Type", "application/json"),
        ("Accept", "text/event-stream"),
    ];
    let query = "subscription { clientUpdated { client { id sessions { id user { id } lastActiveToken { jwt } } } } }";
    let body = json!({ "query": query }).to_string();
    let mut stream = raw::open(&server, ("POST", "/graphql"), &headers, &body).await;
    let mut text = String::new();
    while !text.contains("\"sessions\"") {
        // Each attempt changes the client; the first ones may come before the subscription stands.
        let wrong = [("strategy", "password"), ("password", "wrong wrong wrong")];
        face.sign_in_attempt(&client, &id, &wrong).await;
        let mut bytes = [0; 4_096];
        if let Ok(read) = tokio::time::timeout(Duration::from_millis(50), stream.read(&mut bytes)).await {
            let length = read.unwrap();
            assert_ne!(length, 0, "the stream ended: {text}");
            text.push_str(&String::from_utf8_lossy(&bytes[..length]));
        }
    }
    assert!(text.contains("\"sessions\":[]") && !text.contains(&user), "{text}");
    server.finish().await;
}
