//! Documents that cost more than they say, and confusions about which one is meant, by every way that leads to GraphQL: `POST`, `GET`,
//! event streams opened by either, and sockets. Each is refused before anything runs, quickly, and in few words.

use crate::support::{
    Face, Hostile, TestClient, TestServer, TestSocket,
    face::PASSWORD,
    transport::{Said, Transport, ask, ask_members},
};
use serde_json::{Value, json};
use std::{fmt::Write as _, time::Duration};
use vestibule::graphql_transport::DocumentId;

/// The ceiling for a refusal: generous for a busy machine, hopeless for anything that grows with what is asked for.
const CEILING: Duration = Duration::from_secs(5);
/// The most bytes of a refusal.
const BYTES: usize = 8 * 1024;

const TOO_COMPLEX: &str = "DOCUMENT_TOO_COMPLEX";
const TOO_LARGE: &str = "DOCUMENT_TOO_LARGE";
const INVALID: &str = "GRAPHQL_VALIDATION_FAILED";

fn document(query: impl Into<String>) -> Hostile {
    let query = query.into();
    Hostile {
        label: query.chars().take(60).collect(),
        query,
        variables: json!({}),
        operation_name: None,
    }
}

fn repeated(count: usize, text: impl Fn(usize) -> String) -> String {
    (0..count).fold(String::new(), |mut all, index| {
        write!(all, " {}", text(index)).unwrap();
        all
    })
}

/// Nothing was executed, and that was said in few words.
fn is_refused(said: &Said, what: &str) {
    assert!(said.body.get("data").is_none(), "{what} was executed: {}", said.body);
    assert!(said.bytes < BYTES, "{what} was answered with {} bytes", said.bytes);
    // What does not fit into the address of a request is no document yet.
    let is_too_long = matches!(said.status, 414 | 431);
    assert!(is_too_long || said.body["errors"].is_array(), "{what}: {said:?}");
}

/// By every way a document is refused with one of these codes.
async fn refused_everywhere(documents: &[Hostile], codes: &[&str]) {
    let server = TestServer::start().await;
    let client = server.anonymous();
    for hostile in documents {
        for transport in Transport::ALL
            .into_iter()
            .filter(|transport| transport.can_carry(hostile))
        {
            let what = format!("{} by {transport:?}", hostile.label);
            let asking = ask(&client, transport, hostile);
            let said = tokio::time::timeout(CEILING, asking)
                .await
                .unwrap_or_else(|_| panic!("{what} took too long"));
            is_refused(&said, &what);
            let is_known = codes.contains(&said.code()) || matches!(said.status, 414 | 431);
            assert!(is_known, "{what}: {said:?}");
        }
    }
    server.finish().await;
}

#[tokio::test]
async fn a_thousand_aliases_are_refused_by_every_transport() {
    let flat = repeated(1_000, |index| format!("a{index}: __typename"));
    let nested = repeated(1_000, |index| format!("a{index}: applicationName"));
    let spread = "{ ...A ...A ...A } fragment A on Query { ...B ...B ...B } fragment B on Query { a: client { id } b: client { id } \
                  c: client { id } d: client { id } e: client { id } f: client { id } }";
    let documents = [
        document(format!("{{ {flat} }}")),
        document(format!("{{ environment {{ {nested} }} }}")),
        document(spread),
    ];
    refused_everywhere(&documents, &[TOO_COMPLEX, TOO_LARGE]).await;
}

#[tokio::test]
async fn a_flood_of_directives_is_refused_by_every_transport() {
    let skips = |count: usize| " @include(if: true)".repeat(count);
    let documents = [
        document(format!("{{ __typename{} }}", skips(400))),
        document(format!("query{} {{ __typename }}", " @x".repeat(600))),
        document(format!("{{ ...F{} }} fragment F on Query {{ __typename }}", skips(300))),
        document(format!(
            "subscription {{ clientUpdated {{ client{} {{ id }} }} }}",
            skips(400)
        )),
    ];
    refused_everywhere(&documents, &[TOO_COMPLEX]).await;
}

#[tokio::test]
async fn fragments_that_contain_themselves_are_refused_by_every_transport() {
    let ring = repeated(100, |index| {
        format!("fragment F{index} on Query {{ ...F{} }}", (index + 1) % 100)
    });
    let documents = [
        document("{ ...A } fragment A on Query { ...A }"),
        document("{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }"),
        document("{ client { ...A } } fragment A on Client { sessions { client { ...A } } }"),
        document(
            "subscription { clientUpdated { ...A } } fragment A on ClientUpdatedPayload { query { client { id } } ...A }",
        ),
        document(format!("{{ ...F0 }} {ring}")),
    ];
    refused_everywhere(&documents, &[INVALID, TOO_COMPLEX]).await;
}

#[tokio::test]
async fn a_document_that_is_too_deep_is_refused_by_every_transport() {
    let nested = |levels: usize| {
        let open = repeated(levels, |level| format!("{} {{", ["client", "sessions"][level % 2]));
        format!("{{ {open} id {} }}", "}".repeat(levels))
    };
    let types = "fields { type {".repeat(30);
    let documents = [
        document(nested(25)),
        document(nested(1_000)),
        document(format!(
            "{{ __schema {{ types {{ {types} name {} }} }} }}",
            "} }".repeat(30)
        )),
        document(format!(
            "{{ node(id: {}{}) {{ id }} }}",
            "[".repeat(3_000),
            "]".repeat(3_000)
        )),
        document(format!(
            "query($a: {}Int{}) {{ __typename }}",
            "[".repeat(3_000),
            "]".repeat(3_000)
        )),
    ];
    let codes = [TOO_COMPLEX, TOO_LARGE, INVALID, "GRAPHQL_PARSE_FAILED"];
    refused_everywhere(&documents, &codes).await;
}

#[tokio::test]
async fn a_document_that_is_too_wide_is_refused_by_every_transport() {
    let wide = repeated(1_900, |_| "id".to_owned());
    let documents = [
        document(format!("{{ {} }}", repeated(500, |_| "__typename".to_owned()))),
        document(format!(
            "{{ client {{ ...F }} ...G }} fragment F on Client {{ {wide} }} fragment G on Query {{ client {{ ...F }} }}"
        )),
        document(format!("subscription {{ clientUpdated {{ client {{ {wide} }} }} }}")),
    ];
    refused_everywhere(&documents, &[TOO_COMPLEX, TOO_LARGE]).await;
}

#[tokio::test]
async fn too_many_tokens_are_refused_by_every_transport() {
    let documents = [
        document(format!("{{ {} }}", "a ".repeat(10_000))),
        document(format!("{{ __typename }} #{}", "x".repeat(60_000))),
        document(format!("{{ __typename{} }}", ",".repeat(66_000))),
    ];
    let server = TestServer::start().await;
    // A comment is no token, and this one fits.
    let fits = ask(&server.anonymous(), Transport::Post, &documents[1]).await;
    assert_eq!(fits.body["data"]["__typename"], "Query");
    server.finish().await;
    refused_everywhere(
        &[documents[0].clone(), documents[2].clone()],
        &[TOO_LARGE, TOO_COMPLEX, "BAD_REQUEST"],
    )
    .await;
}

#[tokio::test]
async fn a_fragment_that_is_named_like_introspection_hides_no_depth_from_any_transport() {
    let inner = format!("{} name {}", "ofType {".repeat(25), "}".repeat(25));
    let sessions = format!("{} id {}", "client { sessions {".repeat(12), "} }".repeat(12));
    let documents: Vec<_> = ["__schema", "__type", "__typename", "IntrospectionQuery"]
        .into_iter()
        .flat_map(|name| {
            [
                format!("{{ __schema {{ queryType {{ ...{name} }} }} }} fragment {name} on __Type {{ {inner} }}"),
                format!("{{ ...{name} }} fragment {name} on Query {{ client {{ sessions {{ {sessions} }} }} }}"),
            ]
        })
        .map(document)
        .collect();
    refused_everywhere(&documents, &[TOO_COMPLEX]).await;
}

#[tokio::test]
async fn bombs_in_variables_are_refused_by_every_transport() {
    let list = |count: usize| json!(vec!["user_x"; count]);
    let deep = (0..120).fold(json!(1), |inner, _| json!([inner]));
    let of_many = "query($ids: [ID!]!) { nodes(ids: $ids) { id } }";
    let uses = repeated(100, |index| format!("n{index}: nodes(ids: $ids) {{ id }}"));
    let with = |query: &str, variables: Value| Hostile {
        variables,
        ..document(query)
    };
    let defined = repeated(1_000, |index| format!("$v{index}: Int = 1"));
    let documents = [
        with(of_many, json!({ "ids": list(3_000) })),
        with(
            &format!("query($ids: [ID!]!) {{ {uses} }}"),
            json!({ "ids": list(100) }),
        ),
        with(of_many, json!({ "ids": deep })),
        document(format!("query({defined}) {{ __typename }}")),
    ];
    refused_everywhere(
        &documents,
        &[TOO_COMPLEX, TOO_LARGE, "BAD_USER_INPUT", INVALID, "BAD_REQUEST"],
    )
    .await;
}

#[tokio::test]
async fn parts_that_would_come_later_are_unknown_to_every_transport() {
    let documents = [
        document("{ ... @defer { __typename } }"),
        document("{ client { sessions @stream(initialCount: 0) { id } } }"),
        document("query @cached { __typename }"),
        document("subscription { ... @defer { clientUpdated { client { id } } } }"),
    ];
    refused_everywhere(&documents, &[INVALID]).await;
}

#[tokio::test]
async fn several_requests_at_once_are_refused_by_every_transport_that_could_carry_them() {
    let server = TestServer::start().await;
    let client = server.anonymous();
    let one = json!({ "query": "{ __typename }" });
    for batch in [json!([one]), json!([]), json!(vec![one; 100])] {
        for accept in [
            "application/json",
            "application/graphql-response+json",
            "text/event-stream",
        ] {
            let client = client.clone().with_header("accept", accept);
            let reply = client.json("POST", "/graphql", &batch).await;
            assert!(
                reply.text.len() < BYTES && reply.text.contains("BAD_REQUEST"),
                "{accept}: {}",
                reply.text
            );
            assert!(!reply.text.contains("\"data\""), "{accept}: {}", reply.text);
        }
        let mut socket = TestSocket::connect(&client, json!({})).await;
        let message = json!({ "id": "1", "type": "subscribe", "payload": batch });
        socket.send(message.clone()).await;
        assert_eq!(socket.closed().await.0, 4400, "{batch}");
        let mut socket = TestSocket::connect(&client, json!({})).await;
        socket.send(json!([message])).await;
        assert_eq!(socket.closed().await.0, 4400, "{batch}");
    }
    for query in [
        "query=%7B__typename%7D&query=%7B__typename%7D",
        "query[]=%7B__typename%7D",
    ] {
        for accept in ["application/json", "text/event-stream"] {
            let client = client.clone().with_header("accept", accept);
            let reply = client.get(&format!("/graphql?{query}")).await;
            assert!(!reply.text.contains("\"data\""), "{query} {accept}: {}", reply.text);
        }
    }
    server.finish().await;
}

/// How often a proof was tried.
async fn attempts(server: &TestServer) -> (i64, i64) {
    let failures = "SELECT CAST(COALESCE(SUM(failures), 0) AS BIGINT) FROM lockout WHERE subject NOT LIKE '%@%'";
    let attempts = "SELECT CAST(SUM(attempts) AS BIGINT) FROM verification";
    (server.count(failures).await, server.count(attempts).await)
}

async fn signing_in(server: &TestServer) -> (TestClient, String) {
    Face::Graphql
        .sign_up(server, &server.anonymous(), "ada@example.com")
        .await;
    let client = server.anonymous();
    let by_mail = [("identifier", "ada@example.com"), ("strategy", "email_code")];
    let begun = Face::Graphql.sign_in_create(&client, &by_mail).await.ok().id();
    server.run_jobs().await;
    (client, begun)
}

#[tokio::test]
async fn sign_ins_under_many_names_count_for_nothing_by_any_transport() {
    let server = TestServer::start().await;
    let (client, id) = signing_in(&server).await;
    let before = attempts(&server).await;
    let by_code = |index: usize| {
        format!(
            "c{index}: signInAttemptFirstFactor(input: {{ signInId: \"{id}\", proof: {{ emailCode: \"{index:06}\" }} }}) \
             {{ userErrors {{ code }} }}"
        )
    };
    for count in [2, 10, 25, 100] {
        let hostile = document(format!("mutation {{ {} }}", repeated(count, by_code)));
        for transport in Transport::ALL {
            let what = format!("{count} by {transport:?}");
            let said = ask(&client, transport, &hostile).await;
            is_refused(&said, &what);
            let told = said.code();
            let expected = ["CREDENTIAL_CHECK_REPEATED", TOO_COMPLEX, TOO_LARGE];
            assert!(expected.contains(&told), "{what}: {said:?}");
            assert_eq!(attempts(&server).await, before, "{what}");
        }
    }
    // One alone is a mutation all the same, which goes by one way only.
    for transport in Transport::ALL {
        let said = ask(&client, transport, &document(format!("mutation {{ {} }}", by_code(0)))).await;
        assert_eq!(
            said.body.get("data").is_some(),
            transport.takes_mutations(),
            "{transport:?}: {said:?}"
        );
    }
    assert_eq!(attempts(&server).await.1, before.1 + 1);
    let right = [("strategy", "password"), ("password", PASSWORD)];
    Face::Graphql.sign_in_attempt(&client, &id, &right).await.ok();
    server.finish().await;
}

#[tokio::test]
async fn a_hash_never_stands_for_a_document_that_somebody_else_has_sent_by_any_transport() {
    let server = TestServer::start().await;
    let client = server.anonymous();
    let planting = "{ planted: __typename }";
    let digest = DocumentId::of(planting).to_string();
    let hash = json!({ "persistedQuery": { "version": 1, "sha256Hash": digest } });
    let named = |query: &str| json!({ "query": query, "extensions": hash });
    for first in Transport::ALL {
        let planted = ask_members(&client, first, &named(planting)).await;
        assert_eq!(planted.body["data"], json!({ "planted": "Query" }), "{first:?}");
        for then in Transport::ALL {
            let alone = ask_members(&client, then, &json!({ "extensions": hash })).await;
            assert_eq!(
                alone.code(),
                "PERSISTED_QUERY_NOT_SUPPORTED",
                "{first:?}, {then:?}: {alone:?}"
            );
            is_refused(&alone, "a hash alone");
            // Whoever could give a document another one's hash would choose what others run.
            let other = ask_members(&client, then, &named("{ meant: __typename }")).await;
            is_refused(&other, "the hash of another document");
        }
    }
    for strange in [
        json!({ "persistedQuery": { "version": 1, "sha256Hash": ["a"] } }),
        json!({ "persistedQuery": { "version": "1", "sha256Hash": 7 } }),
        json!({ "persistedQuery": { "version": 99 } }),
        json!({ "persistedQuery": [] }),
        json!({ "persistedQuery": null }),
    ] {
        for transport in Transport::ALL {
            let said = ask_members(&client, transport, &json!({ "extensions": strange })).await;
            is_refused(&said, &format!("{strange} by {transport:?}"));
        }
    }
    server.finish().await;
}
