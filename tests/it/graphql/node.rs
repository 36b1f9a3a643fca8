use crate::support::{Face, SchemaView, TestClient, TestServer};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// A server with one object of every type, and those who may ask for them.
struct Scene {
    server: TestServer,
    /// Type and identifier.
    objects: BTreeMap<&'static str, String>,
    /// Who, by name: the owner, somebody else, nobody, the owner's session token, the application.
    callers: Vec<(&'static str, TestClient)>,
}

async fn scene() -> Scene {
    let server = TestServer::start().await;
    server
        .settings(json!({ "session": { "single_session_mode": false } }))
        .await;
    let face = Face::Graphql;
    let (owner, other) = (server.anonymous(), server.anonymous());
    let (user, session) = face.sign_up(&server, &owner, "ada@example.com").await;
    face.sign_up(&server, &other, "eve@example.com").await;
    let jwt = face.token(&owner, &session).await.unwrap();
    let sign_in = face.sign_in_create(&owner, &[]).await.ok().id();
    let sign_up = face.sign_up_create(&owner, &[]).await.ok().id();
    let document = "{ client { id } viewer { emailAddresses { id } } devInbox(first: 1) { nodes { id } } }";
    let found = owner.graphql(document, json!({})).await.body["data"].clone();
    let settings = server
        .backend()
        .graphql("{ instance { id settings { id } } environment { id } }", json!({}))
        .await;
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let objects = BTreeMap::from([
        ("Client", text(&found["client"]["id"])),
        ("Session", session),
        ("SignIn", sign_in),
        ("SignUp", sign_up),
        ("User", user),
        ("EmailAddress", text(&found["viewer"]["emailAddresses"][0]["id"])),
        ("DevMessage", text(&found["devInbox"]["nodes"][0]["id"])),
        ("Environment", text(&settings.body["data"]["environment"]["id"])),
        ("Instance", text(&settings.body["data"]["instance"]["id"])),
        (
            "InstanceSettings",
            text(&settings.body["data"]["instance"]["settings"]["id"]),
        ),
    ]);
    let holder = server
        .anonymous()
        .with_header("authorization", &format!("Bearer {jwt}"));
    let callers = vec![
        ("the owner", owner),
        ("somebody else", other),
        ("nobody", server.anonymous()),
        ("a session token", holder),
        ("the application", server.backend()),
    ];
    Scene {
        server,
        objects,
        callers,
    }
}

/// What everybody can be asked for on its own path, as one document; whoever finds an object there finds it by `node`.
const PATHS: &str = "query($session: ID!, $signIn: ID!, $signUp: ID!) { \
                     client { id } viewer { id emailAddresses { id } } \
                     session(id: $session) { id user { id emailAddresses { id } } } \
                     signIn(id: $signIn) { id } signUp(id: $signUp) { id } \
                     devInbox(first: 100) { nodes { id } } instance { id settings { id } } environment { id } }";

async fn node(client: &TestClient, id: &str) -> (Value, Vec<String>) {
    let reply = client
        .graphql(
            "query($id: ID!) { node(id: $id) { __typename id } }",
            json!({ "id": id }),
        )
        .await;
    assert!(reply.body["data"].is_object(), "{}", reply.text);
    (reply.body["data"]["node"].clone(), reply.codes())
}

#[tokio::test]
async fn every_type_that_has_an_identifier_is_found_by_its_owner() {
    let scene = scene().await;
    let schema = SchemaView::read(&scene.server.backend()).await;
    let known: BTreeSet<String> = scene.objects.keys().map(|name| (*name).to_owned()).collect();
    assert_eq!(
        schema.possible_types("Node"),
        known,
        "a new type of node needs a row in this test"
    );
    for (name, id) in &scene.objects {
        let owner = match *name {
            "Instance" | "InstanceSettings" => &scene.callers[4].1,
            _ => &scene.callers[0].1,
        };
        let expected = json!({ "__typename": name, "id": id });
        assert_eq!(node(owner, id).await, (expected, Vec::new()), "{name}");
    }
    scene.server.finish().await;
}

#[tokio::test]
async fn an_object_is_found_by_exactly_those_who_find_it_on_its_path() {
    let scene = scene().await;
    let objects = &scene.objects;
    let variables = json!({
        "session": objects["Session"], "signIn": objects["SignIn"], "signUp": objects["SignUp"],
    });
    for (who, client) in &scene.callers {
        let paths = client.graphql(PATHS, variables.clone()).await.text;
        let (mut by_path, mut by_node) = (Vec::new(), Vec::new());
        for (name, id) in objects {
            if paths.contains(&format!("\"{id}\"")) {
                by_path.push(*name);
            }
            let (found, codes) = node(client, id).await;
            assert_eq!(codes, Vec::<String>::new(), "{name} for {who}");
            if found.is_object() {
                by_node.push(*name);
            }
        }
        assert_eq!(by_node, by_path, "{who}");
    }
    let (_, nobody) = &scene.callers[2];
    for (name, id) in objects {
        let is_public = ["DevMessage", "Environment"].contains(name);
        assert_eq!(node(nobody, id).await.0.is_object(), is_public, "{name}");
    }
    scene.server.finish().await;
}

/// Another identifier of the same kind and time.
fn unknown(id: &str) -> String {
    let (head, tail) = id.split_at(id.len() - 1);
    format!("{head}{}", if tail == "x" { "y" } else { "x" })
}

#[tokio::test]
async fn what_does_not_exist_is_null_and_no_error() {
    let scene = scene().await;
    for (who, client) in &scene.callers {
        for id in scene.objects.values() {
            let (prefix, tail) = id.split_once('_').unwrap();
            for wrong in [
                unknown(id),
                format!("{prefix}_"),
                format!("{prefix}_{tail}x"),
                format!("{prefix}_{}", &tail[1..]),
                format!("{prefix}_{}'", &tail[1..]),
                format!(" {id}"),
                prefix.to_owned(),
            ] {
                assert_eq!(
                    node(client, &wrong).await,
                    (Value::Null, Vec::new()),
                    "{wrong} for {who}"
                );
            }
        }
        for wrong in [
            "",
            "_",
            "x_000000000000000000000000000",
            "é",
            "user_\u{0}",
            &"a".repeat(10_000),
        ] {
            assert_eq!(
                node(client, wrong).await,
                (Value::Null, Vec::new()),
                "{wrong} for {who}"
            );
        }
    }
    scene.server.finish().await;
}

#[tokio::test]
async fn many_are_found_in_their_order_with_null_for_what_is_not() {
    let scene = scene().await;
    let (_, owner) = &scene.callers[0];
    let (user, session) = (&scene.objects["User"], &scene.objects["Session"]);
    let ids = json!([session, unknown(user), user, "nonsense", session]);
    let query = "query($ids: [ID!]!) { nodes(ids: $ids) { id } }";
    let reply = owner.graphql(query, json!({ "ids": ids })).await;
    let expected = json!([{ "id": session }, null, { "id": user }, null, { "id": session }]);
    assert_eq!(reply.body["data"]["nodes"], expected);
    let none = owner.graphql(query, json!({ "ids": [] })).await;
    assert_eq!(none.body["data"]["nodes"], json!([]));
    let hundred = owner.graphql(query, json!({ "ids": vec![user; 100] })).await;
    assert_eq!(hundred.body["data"]["nodes"].as_array().unwrap().len(), 100);
    let more = owner.graphql(query, json!({ "ids": vec![user; 101] })).await;
    assert_eq!(more.codes(), ["bad_user_input"], "{}", more.text);
    scene.server.finish().await;
}

#[tokio::test]
async fn any_type_can_be_read_again_by_its_identifier() {
    let scene = scene().await;
    let schema = SchemaView::read(&scene.server.backend()).await;
    let fragments: String = schema
        .possible_types("Node")
        .iter()
        .filter(|name| !["Instance", "InstanceSettings"].contains(&name.as_str()))
        .map(|name| {
            let fields: Vec<_> = schema
                .fields(name)
                .iter()
                .filter(|field| {
                    schema
                        .selection(crate::support::introspection::named(&field["type"]), 0)
                        .is_empty()
                })
                .map(|field| field["name"].as_str().unwrap())
                .filter(|field| *field != "privateMetadata")
                .map(|field| format!("{name}_{field}: {field}"))
                .take(6)
                .collect();
            format!("... on {name} {{ {} }} ", fields.join(" "))
        })
        .collect();
    let query = format!("query($id: ID!) {{ node(id: $id) {{ {fragments} }} }}");
    let is_own = |name: &str| !["Instance", "InstanceSettings"].contains(&name);
    for (name, id) in scene.objects.iter().filter(|(name, _)| is_own(name)) {
        let reply = scene.callers[0].1.graphql(&query, json!({ "id": id })).await;
        assert_eq!(reply.codes(), Vec::<String>::new(), "{name}: {}", reply.text);
        let found = reply.body["data"]["node"].as_object().unwrap();
        assert!(
            found.len() > 2 && found.keys().all(|key| key.starts_with(&format!("{name}_"))),
            "{found:?}"
        );
    }
    scene.server.finish().await;
}
