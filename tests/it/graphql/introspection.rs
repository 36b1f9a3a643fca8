use crate::support::{
    Face, SchemaView, TestClient, TestServer,
    introspection::{ROOTS, named},
};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

const REFUSALS: [&str; 2] = ["authentication_invalid", "authorization_invalid"];

#[tokio::test]
async fn in_development_everybody_may_look_at_the_schema_and_is_helped_with_names() {
    let server = TestServer::start().await;
    for client in [server.anonymous(), server.backend()] {
        let schema = SchemaView::read(&client).await;
        assert!(schema.names().contains("Query.viewer"));
        let wrong = client.graphql("{ viewr { id } }", json!({})).await;
        assert!(wrong.text.contains("viewer"), "{}", wrong.text);
    }
    server.finish().await;
}

#[tokio::test]
async fn in_production_only_the_application_may_look_at_the_schema() {
    let server = TestServer::start().await;
    let signed_in = server.anonymous();
    let (_, session) = Face::Graphql.sign_up(&server, &signed_in, "ada@example.com").await;
    let jwt = Face::Graphql.token(&signed_in, &session).await.unwrap();
    let holder = server
        .anonymous()
        .with_header("authorization", &format!("Bearer {jwt}"));
    server.make_production().await;
    for client in [server.anonymous(), signed_in, holder] {
        for document in [
            "{ __schema { types { name } } }",
            "{ __type(name: \"User\") { name fields { name } } }",
            "query { ...F } fragment F on Query { s: __schema { queryType { name } } }",
        ] {
            let reply = client.graphql(document, json!({})).await;
            assert_eq!(reply.codes(), ["introspection_closed"], "{}", reply.text);
            assert!(reply.body.get("data").is_none(), "{}", reply.text);
            assert!(
                !reply.text.contains("User") && !reply.text.contains("\"Query\""),
                "{}",
                reply.text
            );
        }
        let wrong = client
            .graphql("{ viewr { id } environment { applicationNam } }", json!({}))
            .await;
        assert!(!wrong.codes().is_empty());
        for name in ["viewer", "applicationName", "Did you mean"] {
            assert!(!wrong.text.contains(name), "{name} in {}", wrong.text);
        }
        let named = client.graphql("{ viewer { __typename } __typename }", json!({})).await;
        assert_eq!(
            named.body["data"]["__typename"], "Query",
            "clients with caches need it: {}",
            named.text
        );
    }
    let schema = SchemaView::read(&server.backend()).await;
    assert!(schema.names().contains("Query.instance"));
    server.finish().await;
}

/// What only the secret key's introspection shows.
async fn hidden(server: &TestServer) -> (SchemaView, BTreeSet<String>) {
    let of_application = SchemaView::read(&server.backend()).await;
    let of_anybody = SchemaView::read(&server.anonymous()).await.names();
    assert!(of_anybody.is_subset(&of_application.names()));
    let hidden = of_application.names().difference(&of_anybody).cloned().collect();
    (of_application, hidden)
}

#[tokio::test]
async fn what_needs_a_secret_key_is_hidden_from_everybody_else() {
    let server = TestServer::start().await;
    let (_, hidden) = hidden(&server).await;
    for name in [
        "InstanceSettings",
        "InstanceSettings.session",
        "InstanceSettingsUpdateInput.session",
        "InstanceSettingsUpdatePayload",
        "SessionSettings.tokenLifetimeSeconds",
        "SessionSettingsInput.tokenLifetimeSeconds",
        "TokenVersionSetting",
        "PasswordRulesInput",
        "Mutation.instanceSettingsUpdate",
        "Mutation.documentManifestSet",
        "DocumentManifest",
        "DocumentManifestSetInput.manifest",
        "DocumentManifestSetPayload",
        "GraphqlSettings.documentsOnly",
        "Instance.documentManifest",
        "Instance.settings",
        "Query.instance",
        "User.privateMetadata",
    ] {
        assert!(hidden.contains(name), "{name} is not in {hidden:?}");
    }
    let signed_in = server.anonymous();
    Face::Graphql.sign_up(&server, &signed_in, "ada@example.com").await;
    let of_person = SchemaView::read(&signed_in).await.names();
    assert_eq!(of_person.intersection(&hidden).count(), 0);
    server.finish().await;
}

/// The shortest way from a root to each object type, as (operation, root field, path of fields below it).
fn ways(schema: &SchemaView) -> BTreeMap<String, (&'static str, String, Vec<String>)> {
    let mut ways: BTreeMap<String, (&'static str, String, Vec<String>)> = BTreeMap::new();
    let mut open = VecDeque::new();
    for (operation, root) in [("query", "Query"), ("mutation", "Mutation")] {
        for field in schema.fields(root) {
            let name = field["name"].as_str().unwrap();
            open.push_back((
                named(&field["type"]).to_owned(),
                (operation, name.to_owned(), Vec::new()),
            ));
        }
    }
    while let Some((owner, way)) = open.pop_front() {
        let is_object = schema.type_named(&owner)["kind"] == "OBJECT";
        if !is_object || ways.contains_key(&owner) {
            continue;
        }
        for field in schema.fields(&owner) {
            let mut path = way.2.clone();
            path.push(field["name"].as_str().unwrap().to_owned());
            open.push_back((named(&field["type"]).to_owned(), (way.0, way.1.clone(), path)));
        }
        ways.insert(owner, way);
    }
    ways
}

/// Executes a hidden field, wherever it is, and gives the codes and what came out of its root field.
async fn executed(schema: &SchemaView, client: &TestClient, hidden: &str, user: &str) -> (Vec<String>, Value) {
    let (owner, field) = hidden.split_once('.').unwrap();
    let id = |_: &str| user.to_owned();
    let leaf = |owner: &str, field: &str| {
        let target = named(&schema.field(owner, field)["type"]).to_owned();
        format!("{field} {}", schema.selection(&target, 1))
    };
    let of_root = ROOTS.iter().find(|(_, root)| *root == owner);
    let (root, (document, variables)) = if let Some((operation, _)) = of_root {
        (field.to_owned(), schema.request((operation, field), None, &id, None))
    } else {
        let ways = ways(schema);
        let (operation, root, path) = &ways[owner];
        // A person finds themselves by `viewer`, which needs nothing else.
        let (root, path) = if owner == "User" {
            ("viewer", &[][..])
        } else {
            (root.as_str(), path.as_slice())
        };
        let inner = path
            .iter()
            .rev()
            .fold(leaf(owner, field), |inner, step| format!("{step} {{ {inner} }}"));
        (
            root.to_owned(),
            schema.request((operation, root), Some(&inner), &id, None),
        )
    };
    let reply = client.graphql(&document, variables).await;
    (reply.codes(), reply.body["data"][&root].clone())
}

#[tokio::test]
async fn every_field_that_only_the_secret_keys_introspection_shows_is_refused_to_others() {
    let server = TestServer::start().await;
    let (schema, hidden) = hidden(&server).await;
    let person = server.anonymous();
    let (user, session) = Face::Graphql.sign_up(&server, &person, "ada@example.com").await;
    let jwt = Face::Graphql.token(&person, &session).await.unwrap();
    let holder = server
        .anonymous()
        .with_header("authorization", &format!("Bearer {jwt}"));
    let fields: Vec<_> = hidden
        .iter()
        .filter(|name| {
            let owner = name.split_once('.').map(|(owner, _)| owner);
            owner.is_some_and(|owner| schema.type_named(owner)["kind"] == "OBJECT")
        })
        .collect();
    assert!(fields.len() >= 5, "{fields:?}");
    for field in fields {
        for (who, caller) in [("a person", &person), ("a session token", &holder)] {
            let (codes, data) = executed(&schema, caller, field, &user).await;
            assert!(
                !codes.is_empty() && codes.iter().all(|code| REFUSALS.contains(&code.as_str())),
                "{field} by {who}: {codes:?} {data}"
            );
            let shown = data.as_object().into_iter().flatten().map(|(_, value)| value);
            let mut shown = shown.chain(data.as_array().into_iter().flatten());
            assert!(shown.all(Value::is_null), "{field} by {who}: {data}");
        }
        let (codes, data) = executed(&schema, &server.anonymous(), field, &user).await;
        let is_nothing = data.is_null() || data.as_array().is_some_and(|items| items.iter().all(Value::is_null));
        assert!(is_nothing, "{field}: {data}");
        // Anonymous callers have no user whose field could be refused.
        assert!(
            field.starts_with("User.") || codes.iter().any(|code| REFUSALS.contains(&code.as_str())),
            "{field}: {codes:?}"
        );
    }
    let version = server
        .backend()
        .graphql(
            "{ instance { settings { version session { tokenLifetimeSeconds } } } }",
            json!({}),
        )
        .await;
    assert_eq!(
        version.codes(),
        Vec::<String>::new(),
        "the application itself may: {}",
        version.text
    );
    server.finish().await;
}
