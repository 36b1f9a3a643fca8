//! Documents that cost more than they say (ASVS V4.3.1; the alias amplification of GHSA-6q22-g298-grjh, the
//! introspection-named fragments of GHSA-224p-v68g-5g8f): each is refused quickly, before anything is executed.

use crate::support::{Face, Reply, TestClient, TestServer, face::PASSWORD};
use reqwest::Method;
use serde_json::{Value, json};
use std::{fmt::Write as _, time::Duration};

/// The ceiling for a refusal: generous for a busy machine, hopeless for anything that grows with what is asked for.
const CEILING: Duration = Duration::from_secs(5);

async fn asked(client: &TestClient, document: &str, variables: Value) -> Reply {
    tokio::time::timeout(CEILING, client.graphql(document, variables))
        .await
        .expect("a document was not refused in time")
}

/// The code of a document of which nothing was executed.
async fn refused(client: &TestClient, document: &str) -> String {
    let reply = asked(client, document, json!({})).await;
    assert!(
        reply.body.get("data").is_none(),
        "something was executed: {}",
        reply.text
    );
    let error = &reply.body["errors"][0];
    assert!(
        error["message"].as_str().is_some_and(|message| message.len() < 1_000),
        "{}",
        reply.text
    );
    error["extensions"]["code"].as_str().unwrap().to_owned()
}

fn repeated(count: usize, text: impl Fn(usize) -> String) -> String {
    (0..count).fold(String::new(), |mut all, index| {
        write!(all, " {}", text(index)).unwrap();
        all
    })
}

const TOO_COMPLEX: &str = "DOCUMENT_TOO_COMPLEX";
const TOO_LARGE: &str = "DOCUMENT_TOO_LARGE";

#[tokio::test]
async fn a_thousand_aliases_are_refused() {
    let server = TestServer::start().await;
    let anonymous = server.anonymous();
    let aliases = |count| format!("{{ {} }}", repeated(count, |index| format!("a{index}: __typename")));
    assert_eq!(asked(&anonymous, &aliases(30), json!({})).await.status, 200);
    assert_eq!(refused(&anonymous, &aliases(1_000)).await, TOO_COMPLEX);
    let nested = repeated(1_000, |index| format!("a{index}: applicationName"));
    assert_eq!(
        refused(&anonymous, &format!("{{ environment {{ {nested} }} }}")).await,
        TOO_COMPLEX
    );
    let through_fragments = "{ ...A ...A ...A } fragment A on Query { ...B ...B ...B } \
                             fragment B on Query { a: client { id } b: client { id } c: client { id } \
                             d: client { id } e: client { id } f: client { id } }";
    assert_eq!(refused(&anonymous, through_fragments).await, TOO_COMPLEX);
    server.finish().await;
}

#[tokio::test]
async fn a_wide_document_is_refused() {
    let server = TestServer::start().await;
    let anonymous = server.anonymous();
    assert_eq!(
        refused(
            &anonymous,
            &format!("{{ {} }}", repeated(500, |_| "__typename".to_owned()))
        )
        .await,
        TOO_COMPLEX
    );
    let wide = repeated(1_900, |_| "id".to_owned());
    let spread = format!(
        "{{ client {{ ...F }} ...G }} fragment F on Client {{ {wide} }} fragment G on Query {{ client {{ ...F }} }}"
    );
    assert_eq!(refused(&anonymous, &spread).await, TOO_COMPLEX);
    server.finish().await;
}

/// `{ client { sessions { client { sessions … } } } }`
fn nested(levels: usize) -> String {
    let steps = ["client", "sessions"];
    let open = repeated(levels, |level| format!("{} {{", steps[level % 2]));
    format!("{{ {open} id {} }}", "}".repeat(levels))
}

#[tokio::test]
async fn deep_nesting_is_refused_however_it_is_written() {
    let server = TestServer::start().await;
    let anonymous = server.anonymous();
    assert_eq!(asked(&anonymous, &nested(10), json!({})).await.status, 200);
    assert_eq!(refused(&anonymous, &nested(25)).await, TOO_COMPLEX);
    for levels in [100, 1_000, 20_000] {
        assert!(
            [TOO_LARGE, TOO_COMPLEX].contains(&refused(&anonymous, &nested(levels)).await.as_str()),
            "{levels}"
        );
    }
    for (open, close) in [
        ("{a", "}"),
        ("{ ... ", "}"),
        ("[", "]"),
        ("{a:", "}"),
        ("(", ")"),
        ("\"\"\"", ""),
    ] {
        let bare = format!("{}{}", open.repeat(10_000), close.repeat(10_000));
        refused(&anonymous, &bare).await;
        refused(&anonymous, &format!("{{ node(id: {bare}) {{ id }} }}")).await;
    }
    let types = format!(
        "query($a: {}Int{}) {{ __typename }}",
        "[".repeat(5_000),
        "]".repeat(5_000)
    );
    refused(&anonymous, &types).await;
    server.finish().await;
}

#[tokio::test]
async fn the_depth_of_a_fragment_counts_whatever_it_is_called_and_however_often_it_was_seen() {
    let server = TestServer::start().await;
    let anonymous = server.anonymous();
    let inner = format!("{} name {}", "ofType {".repeat(15), "}".repeat(15));
    for name in [
        "F",
        "__schema",
        "__type",
        "__typename",
        "IntrospectionQuery",
        "n",
        "flattenFragments",
    ] {
        let fragment = format!("fragment {name} on __Type {{ {inner} }}");
        let shallow = format!("{{ __schema {{ queryType {{ ...{name} }} }} }} {fragment}");
        let reply = asked(&anonymous, &shallow, json!({})).await;
        assert!(reply.body.get("data").is_some(), "{name}: {}", reply.text);
        let document = format!(
            "{{ __schema {{ queryType {{ ...{name} fields {{ type {{ ofType {{ ofType {{ ...{name} }} }} }} }} }} }} }} {fragment}"
        );
        assert_eq!(refused(&anonymous, &document).await, TOO_COMPLEX, "{name}");
    }
    server.finish().await;
}

#[tokio::test]
async fn the_depth_of_introspection_counts() {
    let server = TestServer::start().await;
    let levels = 30;
    let open = "fields { type {".repeat(levels);
    let document = format!("{{ __schema {{ types {{ {open} name {} }} }} }}", "} }".repeat(levels));
    assert_eq!(refused(&server.anonymous(), &document).await, TOO_COMPLEX);
    server.finish().await;
}

#[tokio::test]
async fn fragments_that_contain_themselves_are_refused() {
    let server = TestServer::start().await;
    let anonymous = server.anonymous();
    for cycle in [
        "{ ...A } fragment A on Query { ...A }",
        "{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }",
        "{ client { ...A } } fragment A on Client { sessions { client { ...A } } }",
        "{ ...A } fragment A on Query { ... { ...B } } fragment B on Query { ... on Query { ...C } } fragment C on Query { ...A }",
        "{ __typename } fragment A on Query { ...A }",
    ] {
        assert_eq!(refused(&anonymous, cycle).await, "GRAPHQL_VALIDATION_FAILED", "{cycle}");
    }
    let ring = repeated(300, |index| {
        format!("fragment F{index} on Query {{ ...F{} }}", (index + 1) % 300)
    });
    let code = refused(&anonymous, &format!("{{ ...F0 }} {ring}")).await;
    assert!(
        [TOO_COMPLEX, "GRAPHQL_VALIDATION_FAILED"].contains(&code.as_str()),
        "{code}"
    );
    server.finish().await;
}

#[tokio::test]
async fn a_fragment_bomb_is_refused_before_it_goes_off() {
    let server = TestServer::start().await;
    let anonymous = server.anonymous();
    let doubling = repeated(60, |index| {
        let next = index + 1;
        format!("fragment F{index} on Query {{ ...F{next} ...F{next} }}")
    });
    let bomb = format!("{{ ...F0 }} {doubling} fragment F60 on Query {{ __typename }}");
    assert_eq!(refused(&anonymous, &bomb).await, TOO_COMPLEX);
    let unused = format!("{{ __typename }} {doubling} fragment F60 on Query {{ __typename }}");
    assert_ne!(refused(&anonymous, &unused).await, "INTERNAL_ERROR");
    let fields = repeated(15, |index| {
        let next = index + 1;
        format!(
            "fragment F{index} on Client {{ sessions {{ client {{ ...F{next} }} }} s: sessions {{ client {{ ...F{next} }} }} }}"
        )
    });
    let tree = format!("{{ client {{ ...F0 }} }} {fields} fragment F15 on Client {{ id }}");
    assert_eq!(refused(&anonymous, &tree).await, TOO_COMPLEX);
    // Those at the root of a subscription are looked into sooner than all others.
    let doubling = doubling.replace("on Query", "on Subscription");
    let followed = format!(
        "subscription {{ ...F0 }} {doubling} fragment F60 on Subscription {{ clientUpdated {{ client {{ id }} }} }}"
    );
    assert_eq!(refused(&anonymous, &followed).await, "GRAPHQL_VALIDATION_FAILED");
    server.finish().await;
}

#[tokio::test]
async fn a_flood_of_directives_is_refused() {
    let server = TestServer::start().await;
    let anonymous = server.anonymous();
    let skips = |count: usize| " @include(if: true)".repeat(count);
    for document in [
        format!("{{ __typename{} }}", skips(400)),
        format!("query{} {{ __typename }}", " @x".repeat(600)),
        format!("{{ ...F{} }} fragment F on Query {{ __typename }}", skips(300)),
        format!("{{ ...{} {{ __typename }} }}", skips(300)),
        format!("query($a: Int{}) {{ __typename }}", " @x".repeat(600)),
        format!("{{ ...F ...F ...F }} fragment F on Query {{ __typename{} }}", skips(20)),
    ] {
        assert_eq!(refused(&anonymous, &document).await, TOO_COMPLEX, "{}", &document[..40]);
    }
    server.finish().await;
}

#[tokio::test]
async fn a_huge_document_is_refused_by_its_bytes_and_by_its_tokens() {
    let server = TestServer::start().await;
    let anonymous = server.anonymous();
    for document in [
        format!("{{ __typename }} #{}", "x".repeat(70_000)),
        format!("{{ __typename{} }}", " ".repeat(70_000)),
        format!("{{ node(id: \"{}\") {{ id }} }}", "x".repeat(70_000)),
        format!("{{ {} }}", "a ".repeat(10_000)),
    ] {
        assert_eq!(refused(&anonymous, &document).await, TOO_LARGE, "{}", &document[..30]);
    }
    let huge = format!("{{ {} }}", "a ".repeat(1_000_000));
    let reply = asked(&anonymous, &huge, json!({})).await;
    assert_eq!(reply.status, 413, "{}", reply.text);
    server.finish().await;
}

#[tokio::test]
async fn huge_and_deep_variables_are_refused() {
    let server = TestServer::start().await;
    let anonymous = server.anonymous();
    let large = asked(&anonymous, "{ __typename }", json!({ "x": "x".repeat(300_000) })).await;
    assert_eq!(large.status, 413, "{}", large.text);
    for depth in [200, 20_000, 100_000] {
        let body = format!(
            "{{\"query\":\"{{ __typename }}\",\"variables\":{{\"x\":{}{}}}}}",
            "[".repeat(depth),
            "]".repeat(depth)
        );
        let request = anonymous.send(Method::POST, "/graphql", Some("application/json"), body.into_bytes());
        let reply = tokio::time::timeout(CEILING, request).await.unwrap();
        assert_eq!(reply.status, 400, "{depth}: {}", reply.text);
    }
    let document = "query($ids: [ID!]!) { nodes(ids: $ids) { id } }";
    let many = asked(&anonymous, document, json!({ "ids": vec!["user_x"; 20_000] })).await;
    assert!(
        !many.codes().is_empty() && many.body["data"]["nodes"].is_null(),
        "{}",
        many.text
    );
    let document = "mutation($input: SignUpCreateInput!) { signUpCreate(input: $input) { userErrors { code } } }";
    let metadata = (0..100).fold(json!({}), |inner, _| json!({ "a": inner }));
    let reply = asked(&anonymous, document, json!({ "input": { "unsafeMetadata": metadata } })).await;
    assert!(
        reply.status < 500 && !reply.codes().contains(&"internal_error".to_owned()),
        "{}",
        reply.text
    );
    server.finish().await;
}

#[tokio::test]
async fn lists_cost_what_they_may_return() {
    let server = TestServer::start().await;
    let ids = json!(vec!["client_000000000000000000000000000"; 100]);
    let fields = "id createdAt updatedAt status sessions { id status createdAt updatedAt user { id firstName lastName \
                  username emailAddresses { id emailAddress verified } } }";
    let document = format!("query($ids: [ID!]!) {{ nodes(ids: $ids) {{ ... on Client {{ {fields} }} }} }}");
    let reply = asked(&server.anonymous(), &document, json!({ "ids": ids })).await;
    assert!(
        reply.body.get("data").is_none() && !reply.codes().is_empty(),
        "{}",
        reply.text
    );
    server.finish().await;
}

#[tokio::test]
async fn batches_are_refused() {
    let server = TestServer::start().await;
    let anonymous = server.anonymous();
    let one = json!({ "query": "{ __typename }" });
    for body in [json!([one]), json!([]), json!([one, one, one])] {
        let reply = anonymous.json("POST", "/graphql", &body).await;
        assert_eq!(reply.status, 400, "{}", reply.text);
        assert_eq!(reply.codes(), ["bad_request"]);
        assert!(reply.body.get("data").is_none() && reply.body.is_object());
    }
    server.finish().await;
}

#[tokio::test]
async fn what_is_not_there_cannot_be_used_against_us() {
    let server = TestServer::start().await;
    let anonymous = server.anonymous();
    for document in [
        "{ ... @defer { __typename } }",
        "{ client { sessions @stream(initialCount: 0) { id } } }",
        "query @cached { __typename }",
    ] {
        assert_eq!(
            refused(&anonymous, document).await,
            "GRAPHQL_VALIDATION_FAILED",
            "{document}"
        );
    }
    let persisted = json!({ "extensions": { "persistedQuery": { "version": 1, "sha256Hash": "00" } } });
    let reply = anonymous.json("POST", "/graphql", &persisted).await;
    assert_eq!(
        (reply.status, reply.codes()),
        (200, vec!["persisted_query_not_supported".to_owned()]),
        "{}",
        reply.text
    );
    server.finish().await;
}

/// Everything that counts attempts.
async fn attempts(server: &TestServer) -> (i64, i64, i64) {
    (
        server
            .count("SELECT CAST(COALESCE(SUM(failures), 0) AS BIGINT) FROM lockout WHERE subject NOT LIKE '%@%'")
            .await,
        server
            .count("SELECT CAST(SUM(attempts) AS BIGINT) FROM verification")
            .await,
        server.count("SELECT COUNT(*) FROM sign_in").await,
    )
}

/// An attempt at a sign-in by a wrong code, under a name of its own.
fn by_code(id: &str, index: usize) -> String {
    format!(
        "c{index}: signInAttemptFirstFactor(input: {{ signInId: \"{id}\", proof: {{ emailCode: \"{index:06}\" }} }}) \
         {{ userErrors {{ code }} }}"
    )
}

/// Documents that check more than one credential.
fn several_checks(id: &str) -> [String; 7] {
    let password = |index: usize| {
        format!(
            "a{index}: signInAttemptFirstFactor(input: {{ signInId: \"{id}\", proof: {{ password: \"wrong{index}\" }} }}) \
             {{ userErrors {{ code }} }}"
        )
    };
    let code = |index: usize| by_code(id, index);
    let create = "signInCreate(input: { identifier: \"ada@example.com\", proof: { password: \"wrong\" } }) \
                  @skip(if: true) { userErrors { code } }";
    let sign_up = "signUpAttemptVerification(input: { signUpId: \"sua_x\", proof: { emailCode: \"000000\" } }) \
                   { userErrors { code } }";
    [
        format!("mutation {{ {} }}", repeated(2, password)),
        format!("mutation {{ {} }}", repeated(2, code)),
        format!("mutation {{ {} {create} }}", password(0)),
        format!("mutation {{ {create} {sign_up} }}"),
        format!(
            "mutation {{ ...F {} }} fragment F on Mutation {{ ... {{ {} }} }}",
            code(0),
            code(1)
        ),
        format!(
            "mutation {{ ...__schema ...__schema }} fragment __schema on Mutation {{ {} }}",
            code(0)
        ),
        format!("mutation {{ {} b: {create} }}", code(0)),
    ]
}

#[tokio::test]
async fn a_document_that_checks_two_credentials_is_refused_and_no_attempt_is_counted() {
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
    Face::Graphql
        .sign_in_prepare(&client, &id, &[("strategy", "email_code")])
        .await
        .ok();
    server.run_jobs().await;
    let before = attempts(&server).await;
    let code = |index: usize| by_code(&id, index);
    for document in several_checks(&id) {
        let codes = refused(&client, &document).await;
        assert_eq!(codes, "CREDENTIAL_CHECK_REPEATED", "{document}");
    }
    for count in [30, 1_000] {
        let code = refused(&client, &format!("mutation {{ {} }}", repeated(count, code))).await;
        assert!(
            ["CREDENTIAL_CHECK_REPEATED", TOO_COMPLEX, TOO_LARGE].contains(&code.as_str()),
            "{count}: {code}"
        );
    }
    let aliases = json!({ "query": format!("mutation {{ {} }}", repeated(100, code)) });
    let batch = client.json("POST", "/graphql", &json!(vec![aliases; 10])).await;
    assert_eq!(batch.status, 400);
    assert_eq!(attempts(&server).await, before, "no attempt is counted");
    let one = client.graphql(&format!("mutation {{ {} }}", code(0)), json!({})).await;
    assert_eq!(one.status, 200, "{}", one.text);
    assert_eq!(attempts(&server).await.1, before.1 + 1, "a single one is");
    let right = [("strategy", "password"), ("password", PASSWORD)];
    Face::Graphql.sign_in_attempt(&client, &id, &right).await.ok();
    server.finish().await;
}

#[tokio::test]
async fn the_limits_hold_on_get_on_sockets_and_on_event_streams() {
    let server = TestServer::start().await;
    let anonymous = server.anonymous();
    let document = format!("{{ {} }}", repeated(200, |index| format!("a{index}: __typename")));
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("query", &document)
        .finish();
    let reply = anonymous.get(&format!("/graphql?{query}")).await;
    assert_eq!(reply.codes(), ["document_too_complex"], "{}", reply.text);
    let mut socket = crate::support::TestSocket::connect(&anonymous, json!({})).await;
    socket.subscribe("1", &document, json!({})).await;
    let refused = socket.next().await;
    assert_eq!(
        (&refused["type"], &refused["payload"][0]["extensions"]["code"]),
        (&json!("error"), &json!(TOO_COMPLEX))
    );
    let mut events = crate::support::TestEvents::open(&anonymous, &document, &json!({})).await;
    let events = events.rest().await;
    assert_eq!(events[0].1["errors"][0]["extensions"]["code"], TOO_COMPLEX);
    server.finish().await;
}
