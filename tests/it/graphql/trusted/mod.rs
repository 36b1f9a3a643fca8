//! Documents that an instance trusts, run by their identifiers.

mod manifest;

use crate::support::{Face, Reply, TestClient, TestEvents, TestServer, TestSocket, statements::CountingNode};
use serde_json::{Map, Value, json};
use vestibule::{graphql_transport::DocumentId, notice::Notice};

const NAME: &str = "{ environment { applicationName } }";
const VIEWER: &str = "query Viewer { viewer { id } }";
const SETTINGS: &str = "query Settings { instance { settings { version } } }";
const BUMP: &str = "mutation Name($input: InstanceSettingsUpdateInput!) { instanceSettingsUpdate(input: $input) { userErrors { code } } }";
const FOLLOW: &str = "subscription Follow { clientUpdated { query { __typename } } }";
const SET: &str = "mutation($input: DocumentManifestSetInput!) { documentManifestSet(input: $input) { \
                   instance { id documentManifest { documentCount updatedAt } } \
                   userErrors { code longMessage field maximum meta } query { instance { documentManifest { documentCount } } } } }";

/// The SHA-256 of a text, in hexadecimal digits.
fn id(text: &str) -> String {
    DocumentId::of(text).to_string()
}

/// As graphql-codegen writes it.
fn manifest(texts: &[&str]) -> Value {
    let documents = texts.iter().map(|text| (format!("sha256:{}", id(text)), json!(text)));
    Value::Object(documents.collect::<Map<_, _>>())
}

async fn set(client: &TestClient, input: Value) -> Reply {
    client.graphql(SET, json!({ "input": input })).await
}

/// Sets a manifest that is taken, and gives how many documents are trusted then.
async fn trust(client: &TestClient, input: Value) -> i64 {
    let reply = set(client, input).await;
    let payload = &reply.body["data"]["documentManifestSet"];
    assert_eq!(payload["userErrors"], json!([]), "{}", reply.text);
    let count = &payload["instance"]["documentManifest"]["documentCount"];
    assert_eq!(
        &payload["query"]["instance"]["documentManifest"]["documentCount"],
        count
    );
    count.as_i64().unwrap()
}

/// What is wrong with a manifest: the code, the place and the sentence of each problem.
async fn problems(client: &TestClient, manifest: Value) -> Vec<(String, String, String)> {
    let reply = set(client, json!({ "manifest": manifest })).await;
    let payload = &reply.body["data"]["documentManifestSet"];
    assert_eq!(payload["instance"], Value::Null, "{}", reply.text);
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let told = payload["userErrors"].as_array().unwrap().iter().map(|error| {
        assert_eq!(error["field"], json!(["manifest"]));
        (
            text(&error["code"]),
            text(&error["meta"]["place"]),
            text(&error["longMessage"]),
        )
    });
    told.collect()
}

async fn by_id(client: &TestClient, id: &str) -> Reply {
    client.json("POST", "/graphql", &json!({ "documentId": id })).await
}

fn code(reply: &Reply) -> &str {
    reply.body["errors"][0]["extensions"]["code"]
        .as_str()
        .unwrap_or_default()
}

async fn documents_only(server: &TestServer) {
    server.settings(json!({ "graphql": { "documents_only": true } })).await;
}

#[tokio::test]
async fn a_trusted_document_runs_by_its_identifier_in_every_form_and_over_every_transport() {
    let server = TestServer::start().await;
    assert_eq!(
        trust(&server.backend(), json!({ "manifest": manifest(&[NAME, FOLLOW]) })).await,
        2
    );
    let client = server.anonymous();
    let sent = client.graphql(NAME, json!({})).await.body["data"].clone();
    assert!(sent["environment"]["applicationName"].is_string(), "{sent}");
    let digits = id(NAME);
    let hash = json!({ "persistedQuery": { "version": 1, "sha256Hash": digits } });
    for body in [
        json!({ "documentId": format!("sha256:{digits}") }),
        json!({ "documentId": digits, "query": null }),
        json!({ "extensions": hash }),
        json!({ "documentId": digits, "extensions": hash }),
        json!({ "documentId": digits, "query": NAME }),
        json!({ "extensions": hash, "query": NAME }),
    ] {
        let posted = client.json("POST", "/graphql", &body).await;
        assert_eq!(
            (posted.status, &posted.body["data"]),
            (200, &sent),
            "{body} {}",
            posted.text
        );
    }
    for (name, value) in [
        ("documentId", format!("sha256:{digits}")),
        ("extensions", hash.to_string()),
    ] {
        let got = client.clone().with_query(name, &value).get("/graphql").await;
        assert_eq!((got.status, &got.body["data"]), (200, &sent), "{}", got.text);
    }
    let events = client
        .clone()
        .with_header("accept", "text/event-stream")
        .json("POST", "/graphql", &json!({ "documentId": digits }))
        .await;
    assert!(
        events.text.starts_with("event: next") && events.text.contains("applicationName"),
        "{}",
        events.text
    );
    over_sockets(&server, &sent).await;
    server.finish().await;
}

async fn over_sockets(server: &TestServer, sent: &Value) {
    let hash = json!({ "persistedQuery": { "version": 1, "sha256Hash": id(NAME) } });
    let mut socket = TestSocket::connect(&server.anonymous(), json!({})).await;
    for payload in [json!({ "documentId": id(NAME) }), json!({ "extensions": hash })] {
        socket
            .send(json!({ "id": "a", "type": "subscribe", "payload": payload }))
            .await;
        assert_eq!(socket.next().await["payload"]["data"], *sent);
        assert_eq!(socket.next().await["type"], "complete");
    }
    let signed_in = server.anonymous();
    Face::Graphql.sign_up(server, &signed_in, "ada@example.com").await;
    let mut socket = TestSocket::connect(&signed_in, json!({})).await;
    socket
        .send(json!({ "id": "f", "type": "subscribe", "payload": { "documentId": id(FOLLOW) } }))
        .await;
    assert_eq!(
        socket.next().await["payload"]["data"]["clientUpdated"]["query"]["__typename"],
        "Query"
    );
}

#[tokio::test]
async fn an_identifier_that_is_not_trusted_is_told_in_the_words_of_clients_wherever_it_is_asked_for() {
    let server = TestServer::start().await;
    let unknown = id(VIEWER);
    for (code_word, word) in [
        ("PERSISTED_QUERY_NOT_SUPPORTED", "PersistedQueryNotSupported"),
        ("PERSISTED_QUERY_NOT_FOUND", "PersistedQueryNotFound"),
    ] {
        for (accept, status) in [("application/json", 200), ("application/graphql-response+json", 400)] {
            let client = server.anonymous().with_header("accept", accept);
            for id in [unknown.as_str(), "900150983cd24fb0d6963f7d28e17f72", "x-mine:1", ""] {
                let reply = by_id(&client, id).await;
                assert_eq!((reply.status, code(&reply)), (status, code_word), "{id} {}", reply.text);
                assert_eq!(reply.body["errors"][0]["message"], word);
            }
            let got = client.with_query("documentId", &unknown).get("/graphql").await;
            assert_eq!((got.status, code(&got)), (status, code_word));
        }
        let client = server.anonymous();
        let events = by_id(&client.clone().with_header("accept", "text/event-stream"), &unknown).await;
        assert!(
            events.text.starts_with("event: next") && events.text.contains(word),
            "{}",
            events.text
        );
        let mut socket = TestSocket::connect(&client, json!({})).await;
        socket
            .send(json!({ "id": "a", "type": "subscribe", "payload": { "documentId": unknown } }))
            .await;
        assert_eq!(socket.next().await["payload"][0]["message"], word);
        // Apollo's link sends the document then, with its hash.
        let hash = json!({ "persistedQuery": { "version": 1, "sha256Hash": unknown } });
        let whole = json!({ "query": VIEWER, "extensions": hash });
        let answered = client.json("POST", "/graphql", &whole).await;
        assert_eq!(answered.body["data"], json!({ "viewer": null }), "{}", answered.text);
        assert_eq!(
            code(&by_id(&client, &unknown).await),
            code_word,
            "a request trusts nothing"
        );
        trust(&server.backend(), json!({ "manifest": manifest(&[NAME]) })).await;
    }
    server.finish().await;
}

#[tokio::test]
async fn a_document_and_an_identifier_that_do_not_belong_together_are_refused() {
    let server = TestServer::start().await;
    trust(&server.backend(), json!({ "manifest": manifest(&[NAME, VIEWER]) })).await;
    let client = server.anonymous();
    let hash = |text: &str| json!({ "persistedQuery": { "version": 1, "sha256Hash": id(text) } });
    for body in [
        json!({ "query": NAME, "documentId": id(VIEWER) }),
        json!({ "query": NAME, "extensions": hash(VIEWER) }),
        json!({ "query": NAME, "documentId": "of-nothing" }),
        json!({ "documentId": id(NAME), "extensions": hash(VIEWER) }),
        json!({ "query": NAME, "documentId": id(NAME), "extensions": hash(VIEWER) }),
    ] {
        let reply = client.json("POST", "/graphql", &body).await;
        assert_eq!(
            (reply.status, code(&reply)),
            (400, "BAD_REQUEST"),
            "{body} {}",
            reply.text
        );
        assert!(reply.text.contains("belong together") && reply.body["data"].is_null());
        let mut socket = TestSocket::connect(&client, json!({})).await;
        socket
            .send(json!({ "id": "a", "type": "subscribe", "payload": body }))
            .await;
        assert_eq!(socket.closed().await.0, 4400);
    }
    let got = client
        .with_query("documentId", &id(VIEWER))
        .with_query("query", NAME)
        .get("/graphql")
        .await;
    assert_eq!((got.status, code(&got)), (400, "BAD_REQUEST"));
    server.finish().await;
}

#[tokio::test]
async fn a_trusted_document_gets_no_more_than_the_same_document_sent() {
    let server = TestServer::start().await;
    let dear = "query Dear { devInbox(first: 100) { nodes { id } } a: devInbox(first: 100) { nodes { id } } \
                b: devInbox(first: 100) { nodes { id } } c: devInbox(first: 100) { nodes { id } } \
                d: devInbox(first: 100) { nodes { id } } }";
    let texts = [SETTINGS, BUMP, dear];
    trust(&server.backend(), json!({ "manifest": manifest(&texts) })).await;
    let client = server.anonymous();
    for text in texts {
        let variables = json!({ "input": { "applicationName": "Stolen" } });
        let sent = client.graphql(text, variables.clone()).await;
        let named = client
            .json(
                "POST",
                "/graphql",
                &json!({ "documentId": id(text), "variables": variables }),
            )
            .await;
        assert_eq!(code(&named), code(&sent), "{text}");
        assert!(!code(&named).is_empty(), "{}", named.text);
    }
    for client in [client.clone(), server.backend()] {
        let variables = json!({ "input": { "applicationName": "Stolen" } }).to_string();
        let got = client
            .with_query("documentId", &id(BUMP))
            .with_query("variables", &variables)
            .get("/graphql")
            .await;
        assert_eq!((got.status, code(&got)), (405, "METHOD_NOT_ALLOWED"), "{}", got.text);
    }
    let simple = client
        .send(
            "POST".parse().unwrap(),
            "/graphql",
            Some("text/plain"),
            json!({ "documentId": id(BUMP) }).to_string().into_bytes(),
        )
        .await;
    assert_eq!(simple.status, 415);
    let foreign = server.anonymous().with_header("origin", "https://evil.example");
    let refused = by_id(&foreign, &id(SETTINGS)).await;
    assert_eq!(code(&refused), "ORIGIN_INVALID", "{}", refused.text);
    let mut socket = TestSocket::connect(&client, json!({})).await;
    let payload = json!({ "documentId": id(BUMP), "variables": { "input": {} } });
    socket
        .send(json!({ "id": "a", "type": "subscribe", "payload": payload }))
        .await;
    assert_eq!(
        socket.next().await["payload"][0]["extensions"]["code"],
        "OPERATION_NOT_SUPPORTED"
    );
    let name = client.graphql(NAME, json!({})).await;
    assert_ne!(name.body["data"]["environment"]["applicationName"], "Stolen");
    server.finish().await;
}

#[tokio::test]
async fn nobody_runs_the_documents_of_another_instance() {
    let server = TestServer::start().await;
    let (host, key) = server.second_instance().await;
    let (first, other) = (server.anonymous(), server.anonymous().at_host(&host));
    let other_backend = server.anonymous().at_host(&host).with_secret_key(&key);
    trust(&server.backend(), json!({ "manifest": manifest(&[NAME]) })).await;
    assert_eq!(code(&by_id(&other, &id(NAME)).await), "PERSISTED_QUERY_NOT_SUPPORTED");
    trust(&other_backend, json!({ "manifest": manifest(&[VIEWER]) })).await;
    assert_eq!(code(&by_id(&first, &id(NAME)).await), "");
    assert_eq!(code(&by_id(&other, &id(NAME)).await), "PERSISTED_QUERY_NOT_FOUND");
    assert_eq!(code(&by_id(&first, &id(VIEWER)).await), "PERSISTED_QUERY_NOT_FOUND");
    // A secret key is that of its instance, whatever host it is sent to.
    let at_first = server.anonymous().with_secret_key(&key);
    assert_eq!(code(&by_id(&at_first, &id(NAME)).await), "PERSISTED_QUERY_NOT_FOUND");
    assert_eq!(code(&by_id(&at_first, &id(VIEWER)).await), "");
    let mut socket = TestSocket::connect(&other, json!({})).await;
    socket
        .send(json!({ "id": "a", "type": "subscribe", "payload": { "documentId": id(NAME) } }))
        .await;
    assert_eq!(socket.next().await["payload"][0]["message"], "PersistedQueryNotFound");
    let wrong = server
        .anonymous()
        .with_secret_key(&format!("sk_test_{}", "0".repeat(64)));
    assert_eq!(by_id(&wrong, &id(NAME)).await.status, 401);
    server.finish().await;
}

#[tokio::test]
async fn an_instance_that_takes_trusted_documents_alone_refuses_every_text_but_its_secret_keys() {
    let server = TestServer::start().await;
    let (backend, client) = (server.backend(), server.anonymous());
    trust(&backend, json!({ "manifest": manifest(&[NAME, FOLLOW]) })).await;
    let mut before = TestSocket::connect(&client, json!({})).await;
    documents_only(&server).await;
    for (accept, status) in [("application/json", 200), ("application/graphql-response+json", 403)] {
        let client = client.clone().with_header("accept", accept);
        // Not even whether it is a document is looked at.
        for text in [NAME, VIEWER, "{", "{ __schema { queryType { name } } }"] {
            let posted = client.graphql(text, json!({})).await;
            assert_eq!(
                (posted.status, code(&posted)),
                (status, "DOCUMENT_NOT_TRUSTED"),
                "{}",
                posted.text
            );
            let got = client.clone().with_query("query", text).get("/graphql").await;
            assert_eq!(
                (got.status, code(&got)),
                (status, "DOCUMENT_NOT_TRUSTED"),
                "{}",
                got.text
            );
        }
        assert_eq!(code(&by_id(&client, &id(NAME)).await), "");
        assert_eq!(code(&by_id(&client, &id(VIEWER)).await), "PERSISTED_QUERY_NOT_FOUND");
        let both = |text: &str| json!({ "query": text, "documentId": id(text) });
        assert_eq!(code(&client.json("POST", "/graphql", &both(NAME)).await), "");
        assert_eq!(
            code(&client.json("POST", "/graphql", &both(VIEWER)).await),
            "DOCUMENT_NOT_TRUSTED"
        );
    }
    let events = TestEvents::open(&client, NAME, &json!({})).await.rest().await;
    assert_eq!(events[0].1["errors"][0]["extensions"]["code"], "DOCUMENT_NOT_TRUSTED");
    // A socket that was open before is held to it too, and stays open.
    for socket in [&mut before, &mut TestSocket::connect(&client, json!({})).await] {
        socket.subscribe("a", NAME, json!({})).await;
        assert_eq!(
            socket.next().await["payload"][0]["extensions"]["code"],
            "DOCUMENT_NOT_TRUSTED"
        );
        socket
            .send(json!({ "id": "a", "type": "subscribe", "payload": { "documentId": id(NAME) } }))
            .await;
        assert_eq!(socket.next().await["type"], "next");
    }
    the_application_is_not_bound_by_it(&server).await;
    server.finish().await;
}

async fn the_application_is_not_bound_by_it(server: &TestServer) {
    let (backend, person) = (server.backend(), server.anonymous());
    let introspection = "{ __schema { queryType { name } } }";
    let asked = backend.graphql(introspection, json!({})).await;
    assert_eq!(
        asked.body["data"]["__schema"]["queryType"]["name"], "Query",
        "{}",
        asked.text
    );
    let mut socket = TestSocket::connect(&backend, json!({})).await;
    socket.subscribe("a", SETTINGS, json!({})).await;
    assert_eq!(socket.next().await["type"], "next");
    // The page that writes documents is still there, and is told why they do not run.
    let page = person.clone().with_header("accept", "text/html").get("/graphql").await;
    assert!(page.status == 200 && page.text.contains("<html"), "{}", page.text);
    let forged = person.with_secret_key(&format!("sk_test_{}", "0".repeat(64)));
    for text in [NAME, "{", "{ nodes(ids: 5.5) { id } }"] {
        let refused = forged.graphql(text, json!({})).await;
        assert_eq!((refused.status, code(&refused)), (401, "CLERK_KEY_INVALID"), "{text}");
    }
}

#[tokio::test]
async fn no_setting_and_no_manifest_leaves_callers_nothing_to_send() {
    let server = TestServer::start().await;
    let backend = server.backend();
    let update = "mutation($input: InstanceSettingsUpdateInput!) { instanceSettingsUpdate(input: $input) { \
                  instanceSettings { graphql { documentsOnly } } userErrors { code field } } }";
    let switch = json!({ "input": { "graphql": { "documentsOnly": true } } });
    let refused = backend.graphql(update, switch.clone()).await;
    let errors = &refused.body["data"]["instanceSettingsUpdate"]["userErrors"];
    let expected = json!([{ "code": "FORM_PARAM_VALUE_INVALID", "field": ["graphql", "documentsOnly"] }]);
    assert_eq!(errors, &expected, "{}", refused.text);
    trust(&backend, json!({ "manifest": manifest(&[NAME]) })).await;
    let done = backend.graphql(update, switch).await;
    let settings = &done.body["data"]["instanceSettingsUpdate"]["instanceSettings"];
    assert_eq!(settings["graphql"]["documentsOnly"], true, "{}", done.text);
    let told = problems(&backend, json!({})).await;
    assert!(
        matches!(&*told, [(code, ..)] if code == "FORM_PARAM_VALUE_INVALID"),
        "{told:?}"
    );
    let both = json!({ "manifest": manifest(&[NAME]), "removeBefore": "2999-01-01T00:00:00.000Z" });
    let refused = set(&backend, both).await;
    let error = &refused.body["data"]["documentManifestSet"]["userErrors"][0];
    assert_eq!(error["field"], json!(["removeBefore"]), "{}", refused.text);
    let emptied = json!({ "manifest": {}, "replaces": false, "removeBefore": "2999-01-01T00:00:00.000Z" });
    let reply = set(&backend, emptied).await;
    assert_eq!(
        reply.body["data"]["documentManifestSet"]["userErrors"][0]["code"],
        "FORM_PARAM_VALUE_INVALID"
    );
    assert_eq!(code(&by_id(&server.anonymous(), &id(NAME)).await), "");
    server.finish().await;
}

#[tokio::test]
async fn an_identifier_costs_one_statement_and_none_once_it_is_remembered() {
    let server = TestServer::start().await;
    let backend = server.backend();
    trust(&backend, json!({ "manifest": manifest(&[NAME]) })).await;
    let node = CountingNode::apart(&server).await;
    let client = node.reached_by(&server.anonymous());
    by_id(&client, &id(NAME)).await;
    by_id(&client, &id(NAME)).await;
    node.take();
    client.graphql(NAME, json!({})).await;
    let sent = node.take();
    by_id(&client, &id(NAME)).await;
    assert_eq!(node.take(), sent, "as much as one that is sent");
    for _ in 0..2 {
        assert_eq!(code(&by_id(&client, &id("garbage")).await), "PERSISTED_QUERY_NOT_FOUND");
        let statements = node.take();
        assert!(
            matches!(&*statements, [one] if one.contains("trusted_document")),
            "{statements:?}"
        );
        assert_eq!(code(&by_id(&client, "garbage").await), "PERSISTED_QUERY_NOT_FOUND");
        assert_eq!(node.take(), Vec::<String>::new());
    }
    assert_eq!(
        code(&client.graphql("{ nothing", json!({})).await),
        "GRAPHQL_PARSE_FAILED"
    );
    assert_eq!(node.take(), Vec::<String>::new());
    let mut heard = node.notices.subscribe();
    trust(&backend, json!({ "manifest": manifest(&[VIEWER]) })).await;
    // On another node once it has heard of the change, which comes by the database.
    while !matches!(heard.next().await.unwrap(), Notice::Instance(_)) {}
    let refused = by_id(&client, &id(NAME)).await;
    assert_eq!(code(&refused), "PERSISTED_QUERY_NOT_FOUND", "{}", refused.text);
    trust(&backend, json!({ "manifest": {} })).await;
    let fresh = CountingNode::apart(&server).await;
    let client = fresh.reached_by(&server.anonymous());
    by_id(&client, &id("garbage")).await;
    fresh.take();
    assert_eq!(
        code(&by_id(&client, &id("garbage")).await),
        "PERSISTED_QUERY_NOT_SUPPORTED"
    );
    assert_eq!(
        fresh.take(),
        Vec::<String>::new(),
        "where nothing is trusted nothing is looked for"
    );
    fresh.finish().await;
    node.finish().await;
    server.finish().await;
}
