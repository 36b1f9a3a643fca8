//! Setting the manifest: who may, what is read, what is refused, and what becomes of the one before.

use super::{NAME, SETTINGS, VIEWER, by_id, code, id, manifest, problems, set, trust};
use crate::support::{Face, TestServer};
use serde_json::{Map, Value, json};
use std::time::Duration;

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
