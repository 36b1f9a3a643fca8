//! Documents that an instance trusts: set by manifest, run by their identifiers.

use crate::support::{Face, Reply, TestClient, TestEvents, TestServer, TestSocket, statements::CountingNode};
use serde_json::{Map, Value, json};
use std::time::Duration;
use vestibule::graphql_transport::DocumentId;

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
    let mut socket = TestSocket::connect(&client, json!({})).await;
    for payload in [json!({ "documentId": digits }), json!({ "extensions": hash })] {
        socket
            .send(json!({ "id": "a", "type": "subscribe", "payload": payload }))
            .await;
        assert_eq!(socket.next().await["payload"]["data"], sent);
        assert_eq!(socket.next().await["type"], "complete");
    }
    let signed_in = server.anonymous();
    Face::Graphql.sign_up(&server, &signed_in, "ada@example.com").await;
    let mut socket = TestSocket::connect(&signed_in, json!({})).await;
    socket
        .send(json!({ "id": "f", "type": "subscribe", "payload": { "documentId": id(FOLLOW) } }))
        .await;
    assert_eq!(
        socket.next().await["payload"]["data"]["clientUpdated"]["query"]["__typename"],
        "Query"
    );
    server.finish().await;
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
async fn only_a_secret_key_sets_a_manifest() {
    let server = TestServer::start().await;
    let person = server.anonymous();
    let (_, session) = Face::Graphql.sign_up(&server, &person, "ada@example.com").await;
    let token = Face::Graphql.token(&person, &session).await.unwrap();
    let holder = server
        .anonymous()
        .with_header("authorization", &format!("Bearer {token}"));
    for (client, expected) in [
        (server.anonymous(), "AUTHENTICATION_INVALID"),
        (person, "AUTHORIZATION_INVALID"),
        (holder, "AUTHORIZATION_INVALID"),
    ] {
        // What is wrong with the manifest is nobody else's business.
        for manifest in [manifest(&[NAME]), json!(7)] {
            let document = "mutation($input: DocumentManifestSetInput!) { documentManifestSet(input: $input) { userErrors { code } } }";
            let reply = client
                .graphql(document, json!({ "input": { "manifest": manifest } }))
                .await;
            assert_eq!(code(&reply), expected, "{}", reply.text);
        }
    }
    assert_eq!(server.count("SELECT COUNT(*) FROM trusted_document").await, 0);
    server.finish().await;
}

#[tokio::test]
async fn each_tools_manifest_is_read() {
    let server = TestServer::start().await;
    let (backend, client) = (server.backend(), server.anonymous());
    let operation = |id: String, body: &str| json!({ "id": id, "name": "A", "type": "query", "body": body });
    let apollo = json!({
        "format": "apollo-persisted-query-manifest",
        "version": 1,
        "operations": [operation(id(NAME), NAME), operation(format!("sha256:{}", id(VIEWER)), VIEWER)],
    });
    let relay = json!({ id(NAME): NAME, id(VIEWER): VIEWER });
    let twice = json!({ id(NAME): NAME, format!("sha256:{}", id(NAME)): NAME, id(VIEWER): VIEWER });
    for manifest in [apollo, relay, twice, manifest(&[NAME, VIEWER])] {
        trust(&backend, json!({ "manifest": {} })).await;
        assert_eq!(code(&by_id(&client, &id(NAME)).await), "PERSISTED_QUERY_NOT_SUPPORTED");
        assert_eq!(trust(&backend, json!({ "manifest": manifest })).await, 2, "{manifest}");
        assert_eq!(code(&by_id(&client, &id(NAME)).await), "");
        assert_eq!(code(&by_id(&client, &id(VIEWER)).await), "");
    }
    server.finish().await;
}

#[tokio::test]
async fn every_problem_of_a_manifest_is_told_with_its_place_and_nothing_is_stored() {
    let server = TestServer::start().await;
    let backend = server.backend();
    trust(&backend, json!({ "manifest": manifest(&[NAME]) })).await;
    for (manifest, sentence) in [
        (json!([]), "none of the forms"),
        (json!("text"), "none of the forms"),
        (
            json!({ "format": "apollo-persisted-query-manifest", "version": 2, "operations": [] }),
            "version 1",
        ),
    ] {
        let told = problems(&backend, manifest).await;
        assert!(
            matches!(&*told, [(code, _, said)] if code == "FORM_PARAM_VALUE_INVALID" && said.contains(sentence)),
            "{told:?}"
        );
    }
    let md5 = "900150983cd24fb0d6963f7d28e17f72";
    let several = json!({ id(VIEWER): VIEWER, md5: NAME, id("a"): NAME, id("b"): 7, "c": NAME });
    let mut told = problems(&backend, several).await;
    told.sort();
    let mut expected = [
        (md5.to_owned(), "SHA256"),
        (id("a"), "another text"),
        (id("b"), "no text"),
        ("c".to_owned(), "64 lower-case"),
    ];
    expected.sort();
    assert_eq!(told.len(), expected.len(), "{told:?}");
    for ((_, place, said), (expected_place, sentence)) in told.iter().zip(&expected) {
        assert!(place == expected_place && said.contains(sentence), "{told:?}");
    }
    let wrong = json!({ "format": "apollo-persisted-query-manifest", "version": 1, "operations": [
        { "id": id(NAME), "body": NAME }, { "id": id(NAME), "body": VIEWER }] });
    assert_eq!(problems(&backend, wrong).await[0].1, "operations[1]");
    let many: Map<_, _> = (0..30).map(|number| (number.to_string(), json!(NAME))).collect();
    assert_eq!(problems(&backend, Value::Object(many)).await.len(), 20);
    assert_eq!(server.count("SELECT COUNT(*) FROM trusted_document").await, 1);
    server.finish().await;
}

#[tokio::test]
async fn a_document_that_could_never_run_is_not_trusted() {
    let server = TestServer::start().await;
    let backend = server.backend();
    let dear: String = (0..20)
        .map(|n| format!("a{n}: devInbox(first: 100) {{ nodes {{ id }} edges {{ node {{ id }} }} }} "))
        .collect();
    let dear = format!("{{ {dear} }}");
    let deep = format!(
        "{{ environment {{ {} }} }}",
        (0..60).map(|n| format!("a{n}: id ")).collect::<String>()
    );
    for (text, reason) in [
        ("{", "not GraphQL"),
        ("", "not GraphQL"),
        ("{ nothing }", "nothing"),
        ("{ environment }", ""),
        ("{ environment { id nothing } }", "nothing"),
        ("fragment A on User { id }", ""),
        ("query A { viewer { id } } query A { viewer { id } }", ""),
        ("query($id: ID!) { viewer { id } }", ""),
        ("query($id: Int!) { node(id: $id) { id } }", ""),
        ("query { node { id } }", ""),
        ("query { devInbox(first: \"1\") { nodes { id } } }", ""),
        (
            "mutation { signInCreate(input: { identifier: 7 }) { signIn { id } } }",
            "",
        ),
        (
            "subscription { a: clientUpdated { query { id } } b: clientUpdated { query { id } } }",
            "",
        ),
        ("query { viewer { ...A } } fragment A on User { ...A }", ""),
        (deep.as_str(), "aliases"),
        (dear.as_str(), "may cost"),
    ] {
        let reply = set(&backend, json!({ "manifest": manifest(&[text]) })).await;
        let error = &reply.body["data"]["documentManifestSet"]["userErrors"][0];
        assert_eq!(error["code"], "FORM_PARAM_VALUE_INVALID", "{text} {}", reply.text);
        assert_eq!(error["meta"]["place"], format!("sha256:{}", id(text)));
        let told = error["meta"]["reason"].as_str().unwrap();
        assert!(!told.is_empty() && told.contains(reason), "{text}: {told}");
    }
    // What depends on variables is judged when they are there, and what a secret key may ask for is asked for by one.
    for text in [
        "query($id: ID!) { node(id: $id) { id } }",
        "query($ids: [ID!]!) { nodes(ids: $ids) { id } }",
        "query($first: Int!) { devInbox(first: $first) { nodes { id } } }",
        "mutation($proof: SignInCreateInput!) { signInCreate(input: $proof) { signIn { id } } }",
        "query A { viewer { id } } mutation B { clientDelete { userErrors { code } } } subscription C { clientUpdated { query { id } } }",
        "{ __schema { queryType { name } } }",
        SETTINGS,
    ] {
        assert_eq!(
            trust(&backend, json!({ "manifest": manifest(&[text]) })).await,
            1,
            "{text}"
        );
    }
    // Judging carries nothing out.
    assert_eq!(server.count("SELECT COUNT(*) FROM client").await, 0);
    server.finish().await;
}

#[tokio::test]
async fn a_manifest_replaces_the_one_before_or_is_added_to_it() {
    let server = TestServer::start().await;
    let (backend, client) = (server.backend(), server.anonymous());
    let runs = async |text: &str| code(&by_id(&client, &id(text)).await).is_empty();
    assert_eq!(trust(&backend, json!({ "manifest": manifest(&[NAME]) })).await, 1);
    let added = json!({ "manifest": manifest(&[VIEWER]), "replaces": false });
    assert_eq!(trust(&backend, added.clone()).await, 2);
    assert_eq!(trust(&backend, added).await, 2, "again changes nothing");
    assert!(runs(NAME).await && runs(VIEWER).await);
    assert_eq!(trust(&backend, json!({ "manifest": manifest(&[VIEWER]) })).await, 1);
    assert!(!runs(NAME).await && runs(VIEWER).await);
    // In parts: what none of them had is gone after the last.
    server.advance(Duration::from_secs(60));
    let first = set(&backend, json!({ "manifest": manifest(&[NAME]), "replaces": false })).await;
    let began = &first.body["data"]["documentManifestSet"]["instance"]["documentManifest"]["updatedAt"];
    server.advance(Duration::from_secs(60));
    let last = json!({ "manifest": manifest(&[SETTINGS]), "replaces": false, "removeBefore": began });
    assert_eq!(trust(&backend, last).await, 2);
    assert!(runs(NAME).await && !runs(VIEWER).await);
    let events = server
        .count("SELECT COUNT(*) FROM event WHERE event_type = 'document_manifest.updated'")
        .await;
    assert_eq!(events, 6);
    server.finish().await;
}

#[tokio::test]
async fn an_instance_has_so_many_documents_and_bytes_of_them() {
    let server = TestServer::start().await;
    let backend = server.backend();
    trust(&backend, json!({ "manifest": manifest(&[NAME]) })).await;
    let rows = "INSERT INTO trusted_document (instance_id, digest, body, bytes, set_at) \
                WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4999) \
                SELECT instance.id, 'filler' || n.i, '{a}', 3, 0 FROM n, instance WHERE instance.document_count = 1";
    server.execute(rows).await;
    let add = |text: &str| json!({ "manifest": manifest(&[text]), "replaces": false });
    assert_eq!(trust(&backend, add(NAME)).await, 5_000);
    let full = set(&backend, add(VIEWER)).await;
    let error = &full.body["data"]["documentManifestSet"]["userErrors"][0];
    assert_eq!(
        (&error["code"], &error["maximum"]),
        (&json!("FORM_PARAM_EXCEEDS_ALLOWED_SIZE"), &json!(5_000))
    );
    assert_eq!(server.count("SELECT COUNT(*) FROM trusted_document").await, 5_000);
    trust(&backend, json!({ "manifest": manifest(&[NAME]) })).await;
    server
        .execute("UPDATE trusted_document SET bytes = 16777216, digest = 'filler'")
        .await;
    let large = set(&backend, add(VIEWER)).await;
    let error = &large.body["data"]["documentManifestSet"]["userErrors"][0];
    assert_eq!(
        (&error["code"], &error["maximum"]),
        (&json!("FORM_PARAM_EXCEEDS_ALLOWED_SIZE"), &json!(16_777_216))
    );
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
    let person = server.anonymous();
    let introspection = "{ __schema { queryType { name } } }";
    assert_eq!(
        code(&person.graphql(introspection, json!({})).await),
        "DOCUMENT_NOT_TRUSTED"
    );
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
    let page = person.with_header("accept", "text/html").get("/graphql").await;
    assert!(page.status == 200 && page.text.contains("<html"), "{}", page.text);
    let forged = client.with_secret_key(&format!("sk_test_{}", "0".repeat(64)));
    assert_eq!(forged.graphql(NAME, json!({})).await.status, 401);
    server.finish().await;
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
    let mut heard = server.app.notices().subscribe();
    trust(&backend, json!({ "manifest": manifest(&[VIEWER]) })).await;
    drop(heard.next().await);
    // On another node once it has heard of the change, which comes by the database.
    let mut refused = by_id(&client, &id(NAME)).await;
    for _ in 0..1_000 {
        if code(&refused) == "PERSISTED_QUERY_NOT_FOUND" {
            break;
        }
        refused = by_id(&client, &id(NAME)).await;
    }
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
