//! Documents of a few kilobytes that make answers of megabytes, or seconds of work (ASVS V4.3.1): whatever the grammar lets
//! a document repeat, multiplied by whatever else it lets it repeat, against the real process.

use crate::support::{
    Face, Reply, TestClient, TestEvents, TestServer, TestSocket,
    hostile::{self, Hostile},
    process::{Installation, Serving, value_of},
    settings::update_settings,
};
use rand::{SeedableRng as _, rngs::StdRng};
use serde_json::{Value, json};

/// The most bytes of an answer in which nothing was executed.
const REFUSAL: usize = 64 * 1024;
/// The most bytes of any answer.
const ANSWER: usize = 3 * 1024 * 1024;
/// The memory that the process may ever use, in KiB.
const MEMORY: u64 = 512 * 1024;

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |value| value.parse().unwrap())
}

/// Somebody who has signed in and out of one client so often that it lists all it can.
async fn somebody(origin: &str) -> TestClient {
    let client = TestClient::new(origin);
    let address = "ada+clerk_test@example.com";
    let fields = [
        ("email_address", address),
        ("password", crate::support::face::PASSWORD),
        ("strategy", "email_code"),
    ];
    let created = client.post("/v1/client/sign_ups", &fields).await;
    let id = created.body["response"]["id"].as_str().unwrap();
    let path = format!("/v1/client/sign_ups/{id}/attempt_verification");
    client
        .post(&path, &[("strategy", "email_code"), ("code", "424242")])
        .await;
    let fields = [
        ("identifier", address),
        ("strategy", "password"),
        ("password", crate::support::face::PASSWORD),
    ];
    for _ in 0..32 {
        let listed = client.get("/v1/client").await;
        let session = listed.body["response"]["last_active_session_id"]
            .as_str()
            .unwrap()
            .to_owned();
        client.post(&format!("/v1/client/sessions/{session}/end"), &[]).await;
        let signed_in = client.post("/v1/client/sign_ins", &fields).await;
        assert_eq!(signed_in.body["response"]["status"], "complete", "{}", signed_in.text);
    }
    client
}

/// A server of this process, and somebody who has signed up there.
async fn signed_in() -> (TestServer, TestClient) {
    let server = TestServer::start().await;
    let client = server.anonymous();
    Face::Rest.sign_up(&server, &client, "ada@example.com").await;
    (server, client)
}

/// Budgets by network would end these tests before anything else does.
async fn without_budgets(serving: &Serving) {
    let limits = json!({ "limit": {
        "sign_up_create_per_network": 10_000_000, "sign_in_create_per_network": 10_000_000,
        "attempt_per_network": 10_000_000, "client_create_per_network": 10_000_000, "code_send_per_network": 10_000_000,
        "sign_up_create_per_instance": 10_000_000, "sign_in_create_per_instance": 10_000_000,
        "attempt_per_instance": 10_000_000, "code_send_per_instance": 10_000_000,
    } });
    let key = value_of(&serving.printed, "CLERK_SECRET_KEY");
    let backend = TestClient::new(&serving.origin).with_secret_key(key);
    let reply = update_settings(&backend, &limits).await;
    assert_eq!(reply.codes(), [""; 0], "{}", reply.text);
}

/// Whether the document was refused. Its answer is short and no fault of the server's in any case.
fn is_refused(document: &Hostile, reply: &Reply) -> bool {
    let (label, text) = (&document.label, &reply.text);
    let is_refused = text.find("\"data\":").is_none();
    let most = if is_refused { REFUSAL } else { ANSWER };
    assert!(text.len() <= most, "{} bytes: {label}", text.len());
    assert!(reply.status < 500, "{label}: {} {text}", reply.status);
    assert!(!text.contains("\"code\":\"INTERNAL_ERROR\""), "{label}: {text}");
    is_refused
}

#[tokio::test]
async fn whatever_a_document_multiplies_costs_little_and_is_refused_briefly() {
    let documents = setting("VESTIBULE_TEST_AMPLIFY_DOCUMENTS", 400);
    // Another build is slower, and its times say nothing.
    let cpu_limit = std::env::var("VESTIBULE_TEST_AMPLIFY_CPU_MS").map(|limit| limit.parse::<u64>().unwrap() * 1_000);
    let installation = Installation::new().await;
    let serving = installation.serve().await;
    without_budgets(&serving).await;
    let anonymous = TestClient::new(&serving.origin);
    let known = somebody(&serving.origin).await;
    let before = serving.usage().unwrap();
    let mut random = StdRng::seed_from_u64(setting("VESTIBULE_TEST_AMPLIFY_SEED", 0x000a_11fe));
    let (mut dearest, mut longest, mut refused) = ((0, String::new()), (0, String::new()), 0);
    for number in 0..documents {
        let document = hostile::next(&mut random);
        // A mutation may replace the client or sign it out; the next document shall meet it as it was.
        let client = if number % 2 == 0 {
            anonymous.forked()
        } else {
            known.forked()
        };
        let client = match number % 5 {
            0 => client.with_header("accept", "text/event-stream"),
            _ => client,
        };
        let is_endless = number % 5 == 0 && document.query.starts_with("subscription");
        if is_endless {
            continue;
        }
        let used = serving.usage().unwrap().cpu_microseconds;
        let reply = client.try_json("POST", "/graphql", &document.body()).await;
        let (Some(reply), Some(usage)) = (reply, serving.usage()) else {
            panic!(
                "no answer to {}: {} {}",
                document.label, document.query, document.variables
            );
        };
        let cpu = usage.cpu_microseconds.saturating_sub(used);
        let is_refused = is_refused(&document, &reply);
        refused += u64::from(is_refused);
        assert!(
            usage.peak <= MEMORY,
            "{} KiB after {}: {}",
            usage.peak,
            document.label,
            document.query
        );
        if let Ok(limit) = cpu_limit {
            assert!(cpu <= limit, "{cpu} us for {}: {}", document.label, document.query);
        }
        if cpu > dearest.0 {
            dearest = (cpu, document.label.clone());
        }
        if !is_refused && reply.text.len() > longest.0 {
            longest = (reply.text.len(), document.label.clone());
        }
    }
    let after = serving.usage().unwrap();
    println!("{documents} documents, {refused} refused; dearest {dearest:?}; longest answer {longest:?}");
    println!("before {before:?}; after {after:?}");
    assert!(after.resident <= before.resident + 64 * 1024, "{before:?} {after:?}");
    assert_eq!(anonymous.get("/livez").await.status, 200);
    serving.stop().await;
    installation.remove().await;
}

/// The three that took the server down.
fn historic() -> [(&'static str, String); 3] {
    let arguments: String = (0..500).map(|index| format!("a{index}:1 ")).collect();
    let errors = format!(
        "{{client{{{}id({arguments}){} {} }}}}",
        "...{".repeat(40),
        " id".repeat(700),
        "}".repeat(40)
    );
    let cycle = format!("{{{} id {}}}", "client{sessions{".repeat(5), "}}".repeat(5));
    let lists = format!(
        "{{__schema{{types{{{} name {}}}}}}}",
        "possibleTypes{interfaces{".repeat(3),
        "}}".repeat(3)
    );
    [
        ("errors of arguments", errors),
        ("sessions of clients", cycle),
        ("lists of introspection", lists),
    ]
}

#[tokio::test]
async fn errors_do_not_multiply_with_fields_and_fragments_around_them() {
    let server = TestServer::start().await;
    let [(_, errors), _, (_, lists)] = historic();
    for document in [
        errors.clone(),
        errors.replace("...{", "").replacen(&"}".repeat(40), "", 1),
        lists,
    ] {
        let reply = server.anonymous().graphql(&document, json!({})).await;
        assert!(
            reply.text.len() < 2_000 && reply.body.get("data").is_none(),
            "{}",
            reply.text
        );
        assert_eq!(reply.codes(), ["document_too_complex"], "{}", reply.text);
    }
    server.finish().await;
}

#[tokio::test]
async fn the_lists_of_introspection_lie_within_each_other_at_most_twice() {
    let server = TestServer::start().await;
    let nested = |fields: &[&str]| {
        let open: String = fields.iter().map(|field| format!("{field} {{ ")).collect();
        format!(
            "{{ __schema {{ types {{ {open} name {} }} }} }}",
            "}".repeat(fields.len())
        )
    };
    for (fields, passes) in [
        (&["fields", "type", "ofType"][..], true),
        (&["possibleTypes", "interfaces"], true),
        (&["fields", "type", "possibleTypes", "ofType"], true),
        (&["fields", "type", "fields", "type", "fields"], false),
        (&["possibleTypes", "interfaces", "possibleTypes"], false),
        (&["fields", "args", "type", "inputFields", "type", "inputFields"], false),
    ] {
        let reply = server.anonymous().graphql(&nested(fields), json!({})).await;
        assert_eq!(reply.body.get("data").is_some(), passes, "{fields:?} {}", reply.text);
    }
    let of_one = "{ __type(name: \"Query\") { fields { type { fields { type { fields { name } } } } } } }";
    let through_fragments = "{ __schema { types { ...A } } } fragment A on __Type { fields { type { ...B } } } \
                             fragment B on __Type { fields { type { fields { name } } } }";
    let names: String = (0..40).map(|index| format!("a{index}: name ")).collect();
    let wide = &format!("{{ __schema {{ types {{ fields {{ type {{ fields {{ {names} }} }} }} }} }} }}");
    for document in [of_one, through_fragments, wide] {
        let reply = server.anonymous().graphql(document, json!({})).await;
        assert_eq!(reply.codes(), ["document_too_complex"], "{document}");
    }
    server.finish().await;
}

#[tokio::test]
async fn what_clients_ask_to_learn_the_schema_passes() {
    let server = TestServer::start().await;
    let of = "ofType { kind name ".repeat(9) + &"}".repeat(9);
    let document = format!(
        "query IntrospectionQuery {{ __schema {{ description queryType {{ name kind }} mutationType {{ name kind }} \
         subscriptionType {{ name kind }} types {{ ...FullType }} directives {{ name description isRepeatable locations \
         args(includeDeprecated: true) {{ ...InputValue }} }} }} }} \
         fragment FullType on __Type {{ kind name description specifiedByURL isOneOf \
         fields(includeDeprecated: true) {{ name description args(includeDeprecated: true) {{ ...InputValue }} \
         type {{ ...TypeRef }} isDeprecated deprecationReason }} inputFields(includeDeprecated: true) {{ ...InputValue }} \
         interfaces {{ ...TypeRef }} enumValues(includeDeprecated: true) {{ name description isDeprecated \
         deprecationReason }} possibleTypes {{ ...TypeRef }} }} \
         fragment InputValue on __InputValue {{ name description type {{ ...TypeRef }} defaultValue isDeprecated \
         deprecationReason }} fragment TypeRef on __Type {{ kind name {of} }}"
    );
    let reply = server.anonymous().graphql(&document, json!({})).await;
    assert!(
        reply.body["data"]["__schema"]["types"]
            .as_array()
            .is_some_and(|types| types.len() > 50),
        "{}",
        reply.text
    );
    server.finish().await;
}

#[tokio::test]
async fn a_list_that_leads_back_to_itself_does_not_multiply() {
    let (server, client) = signed_in().await;
    let [_, (_, cycle), _] = historic();
    let reply = client.graphql(&cycle, json!({})).await;
    assert_eq!(reply.codes(), ["document_too_complex"], "{}", reply.text);
    let twice = "{ client { sessions { client { sessions { id } } } } }";
    let reply = client.graphql(twice, json!({})).await;
    assert_eq!(
        reply.body["data"]["client"]["sessions"].as_array().unwrap().len(),
        1,
        "{}",
        reply.text
    );
    server.finish().await;
}

#[tokio::test]
async fn a_client_lists_so_many_sessions_and_no_more() {
    let (server, client) = signed_in().await;
    let fields = [
        ("identifier", "ada@example.com"),
        ("strategy", "password"),
        ("password", crate::support::face::PASSWORD),
    ];
    for _ in 0..35 {
        server.advance(std::time::Duration::from_secs(1));
        let reply = client.get("/v1/client").await;
        let session = reply.body["response"]["last_active_session_id"]
            .as_str()
            .unwrap()
            .to_owned();
        client.post(&format!("/v1/client/sessions/{session}/end"), &[]).await;
        let signed_in = client.post("/v1/client/sign_ins", &fields).await;
        assert_eq!(signed_in.status, 200, "{}", signed_in.text);
    }
    let reply = client
        .graphql("{ client { lastActiveSessionId sessions { id status } } }", json!({}))
        .await;
    let listed = reply.body["data"]["client"]["sessions"].as_array().unwrap().clone();
    assert_eq!(listed.len(), 30, "{}", reply.text);
    let newest = listed.last().unwrap();
    assert_eq!(
        (&newest["status"], &newest["id"]),
        (&json!("ACTIVE"), &reply.body["data"]["client"]["lastActiveSessionId"])
    );
    assert_eq!(listed.iter().filter(|session| session["status"] == "ENDED").count(), 29);
    server.finish().await;
}

#[tokio::test]
async fn a_value_counts_as_often_as_it_is_used() {
    let server = TestServer::start().await;
    let anonymous = server.anonymous();
    let uses = |count: usize| {
        let fields: String = (0..count)
            .map(|index| format!("n{index}: nodes(ids: $ids) {{ id }} "))
            .collect();
        format!("query($ids: [ID!]!) {{ {fields} }}")
    };
    let ids = |count: usize| json!({ "ids": vec!["user_x"; count] });
    let reply = anonymous.graphql(&uses(2), ids(20)).await;
    assert!(reply.body["data"]["n1"].is_array(), "{}", reply.text);
    for (document, variables) in [
        (uses(30), ids(400)),
        (uses(1), ids(20_000)),
        (uses(20), json!({ "ids": "x".repeat(60_000) })),
    ] {
        let reply = anonymous.graphql(&document, variables).await;
        assert_eq!(reply.codes(), ["document_too_complex"], "{}", reply.text);
    }
    server.finish().await;
}

#[tokio::test]
async fn what_no_operation_uses_counts_all_the_same() {
    let server = TestServer::start().await;
    let anonymous = server.anonymous();
    let unused = |uses: usize| {
        format!(
            "{{ viewer {{ id }} }} fragment F on Query {{ node(id: [{}]) {{ id }} }}",
            "$v ".repeat(uses)
        )
    };
    for (document, variables) in [
        (unused(1_900), json!({ "v": vec![0; 9_000] })),
        (unused(2), json!({ "v": vec![0; 9_000] })),
        ("{ viewer { id } }".to_owned(), json!({ "v": vec![0; 100_000] })),
    ] {
        let reply = anonymous.graphql(&document, variables).await;
        assert_eq!(reply.codes(), ["document_too_complex"], "{}", reply.text);
    }
    server.finish().await;
}

#[tokio::test]
async fn what_is_dear_to_make_counts_for_more() {
    let (server, client) = signed_in().await;
    let tokens: String = (0..40)
        .map(|index| format!("t{index}: lastActiveToken {{ jwt }} "))
        .collect();
    let reply = client
        .graphql(&format!("{{ client {{ sessions {{ {tokens} }} }} }}"), json!({}))
        .await;
    assert_eq!(reply.codes(), ["document_too_complex"], "{}", reply.text);
    let sign_ups: String = (0..30)
        .map(|index| format!("s{index}: signUpCreate(input: {{ password: \"correct horse battery {index}\" }}) {{ signUp {{ id }} }} "))
        .collect();
    let reply = client.graphql(&format!("mutation {{ {sign_ups} }}"), json!({})).await;
    assert_eq!(reply.codes(), ["document_too_complex"], "{}", reply.text);
    assert_eq!(
        server
            .count("SELECT COUNT(*) FROM sign_up WHERE status = 'missing_requirements'")
            .await,
        0
    );
    server.finish().await;
}

/// Documents whose errors are many by nature.
fn mistaken() -> Vec<String> {
    let many = |count: usize, what: &dyn Fn(usize) -> String| (0..count).map(what).collect::<Vec<_>>().join(" ");
    vec![
        format!("{{ {} }}", many(19, &|index| format!("unknown{index}"))),
        format!("{{ client {{ {} }} }}", many(100, &|_| "sessions".to_owned())),
        format!("{{ viewer {{ {} }} }}", many(100, &|_| "id { a }".to_owned())),
        format!(
            "{{ {} }}",
            many(30, &|index| format!("a{index}: node(id: {{a: 1}}) {{ id }}"))
        ),
        format!(
            "query({}) {{ __typename }}",
            many(100, &|index| format!("$v{index}: Int"))
        ),
        format!(
            "{{ __typename }} {}",
            many(400, &|index| format!(
                "fragment F{index} on Query {{ client {{ id }} }}"
            ))
        ),
        format!(
            "{{ {} }}",
            many(30, &|index| format!(
                "a{index}: node(id: \"{}\") {{ id(x: 1) }}",
                "x".repeat(1_000)
            ))
        ),
        format!("{{ a \n {} )", "x ".repeat(1_500)),
    ]
}

#[tokio::test]
async fn an_answer_has_twenty_errors_of_three_hundred_characters() {
    let server = TestServer::start().await;
    let anonymous = server.anonymous();
    for document in mistaken() {
        let reply = anonymous.graphql(&document, json!({})).await;
        let errors = reply.body["errors"]
            .as_array()
            .unwrap_or_else(|| panic!("{document}: {}", reply.text));
        assert!((1..=20).contains(&errors.len()), "{document}: {}", errors.len());
        for error in errors {
            assert!(error["message"].as_str().unwrap().chars().count() <= 301, "{error}");
            assert!(
                error["locations"]
                    .as_array()
                    .is_none_or(|locations| locations.len() <= 2),
                "{error}"
            );
        }
        let mut events = TestEvents::open(&anonymous, &document, &json!({})).await;
        let streamed = events.rest().await[0].1["errors"].as_array().unwrap().len();
        assert!((1..=20).contains(&streamed), "{streamed}");
        let mut socket = TestSocket::connect(&anonymous, json!({})).await;
        socket.subscribe("1", &document, json!({})).await;
        let told = socket.next().await["payload"].clone();
        let told = told.as_array().or_else(|| told["errors"].as_array()).unwrap().len();
        assert!((1..=20).contains(&told), "{told}");
    }
    server.finish().await;
}

#[tokio::test]
async fn a_long_chain_of_fragments_is_refused_in_whatever_order_it_is_written() {
    let server = TestServer::start().await;
    let mut chain: Vec<_> = (0..300)
        .map(|index| format!("fragment F{index} on Query {{ ...F{} }}", index + 1))
        .collect();
    chain.push("fragment F300 on Query { __typename }".to_owned());
    let forward = chain.join(" ");
    chain.reverse();
    let backward = chain.join(" ");
    for document in [
        format!("{{ __typename }} {forward}"),
        format!("{{ __typename }} {backward}"),
        format!("{{ ...F0 }} {forward}"),
        format!("{{ ...F0 }} {backward}"),
        format!("{backward} {{ ...F0 }}"),
    ] {
        let reply = server.anonymous().graphql(&document, json!({})).await;
        assert_eq!(reply.codes(), ["document_too_complex"], "{}", reply.text);
    }
    server.finish().await;
}

#[tokio::test]
async fn a_subscription_has_one_root_field_and_a_document_few_operations() {
    let server = TestServer::start().await;
    let client = server.anonymous();
    let two = "subscription { a: clientUpdated { client { id } } b: clientUpdated { client { id } } }";
    let reply = client
        .clone()
        .with_header("accept", "text/event-stream")
        .graphql(two, json!({}))
        .await;
    assert!(reply.text.contains("GRAPHQL_VALIDATION_FAILED"), "{}", reply.text);
    let operations = |count: usize| {
        (0..count)
            .map(|index| format!("query Q{index} {{ __typename }} "))
            .collect::<String>()
    };
    let body = |count| json!({ "query": operations(count), "operationName": "Q0" });
    assert_eq!(client.json("POST", "/graphql", &body(20)).await.status, 200);
    assert_eq!(
        client.json("POST", "/graphql", &body(21)).await.codes(),
        ["document_too_complex"]
    );
    server.finish().await;
}

#[tokio::test]
async fn another_site_cannot_make_a_browser_ask() {
    let server = TestServer::start().await;
    let path = "/graphql?query=%7B__typename%7D";
    let with = |headers: &[(&str, &str)]| {
        headers.iter().fold(server.anonymous(), |client, (name, value)| {
            client.with_header(name, value)
        })
    };
    for (headers, status) in [
        (&[][..], 200),
        (&[("sec-fetch-site", "same-origin")], 200),
        (&[("sec-fetch-site", "none")], 200),
        (
            &[("sec-fetch-site", "cross-site"), ("origin", "http://localhost:3000")],
            200,
        ),
        (&[("sec-fetch-site", "cross-site")], 400),
        (
            &[("sec-fetch-site", "cross-site"), ("accept", "text/event-stream")],
            400,
        ),
        (&[("origin", "https://evil.example")], 400),
        (&[("origin", "null")], 400),
    ] {
        let reply = with(headers).get(path).await;
        assert_eq!(reply.status, status, "{headers:?} {}", reply.text);
        if status == 400 {
            assert_eq!(reply.codes(), ["origin_invalid"]);
            // The refusal comes before anything is looked at.
            let unread = with(headers).get("/graphql?query=%7B").await;
            assert!(unread.text.contains("ORIGIN_INVALID"), "{}", unread.text);
        }
    }
    server.finish().await;
}

#[tokio::test]
async fn an_identifier_of_an_operation_on_a_socket_is_short() {
    let server = TestServer::start().await;
    let mut socket = TestSocket::connect(&server.anonymous(), json!({})).await;
    socket.subscribe(&"x".repeat(128), "{ __typename }", json!({})).await;
    assert_eq!(socket.next().await["type"], "next");
    assert_eq!(socket.next().await["type"], "complete");
    socket.subscribe(&"x".repeat(129), "{ __typename }", json!({})).await;
    assert_eq!(socket.closed().await.0, 4400);
    server.finish().await;
}

/// What the server answers, as far as anything was executed.
fn executed(reply: &Value) -> &Value {
    &reply["data"]
}

#[tokio::test]
async fn repeating_a_field_neither_multiplies_its_answer_nor_is_it_forbidden() {
    let server = TestServer::start().await;
    let anonymous = server.anonymous();
    let times = |count: usize| format!("{{ environment {{ {} }} }}", "applicationName ".repeat(count));
    let reply = anonymous.graphql(&times(100), json!({})).await;
    assert_eq!(
        executed(&reply.body)["environment"].as_object().unwrap().len(),
        1,
        "{}",
        reply.text
    );
    let reply = anonymous.graphql(&times(101), json!({})).await;
    assert_eq!(reply.codes(), ["document_too_complex"], "{}", reply.text);
    server.finish().await;
}

#[tokio::test]
async fn a_long_setting_is_paid_for_each_time_it_is_shown() {
    let server = TestServer::start().await;
    let long = format!("https://app.example.com/{}", "a".repeat(60_000));
    let origins: Vec<_> = (0..2_000)
        .map(|index| format!("https://app{index}.example.com"))
        .collect();
    server
        .settings(json!({
            "issuer": long, "path": { "home_url": long }, "theme": { "logo_image_url": long }, "allowed_origins": origins,
        }))
        .await;
    for (client, open, field, close) in [
        (server.anonymous(), "environment { urls {", "homeUrl", "} }"),
        (server.backend(), "instance { settings { path {", "homeUrl", "} } }"),
        (
            server.backend(),
            "instance { settings { theme {",
            "logoImageUrl",
            "} } }",
        ),
        (server.backend(), "instance { settings {", "issuer", "} }"),
        (server.backend(), "instance { settings {", "allowedOrigins", "} }"),
    ] {
        for (times, is_too_much) in [(1, false), (50, true)] {
            let fields: String = (0..times).map(|index| format!("n{index}: {field} ")).collect();
            let reply = client
                .graphql(&format!("{{ {open} {fields} {close} }}"), json!({}))
                .await;
            let codes = reply.codes();
            assert_eq!(!codes.is_empty(), is_too_much, "{times} {open} {field}: {codes:?}");
            assert!(codes.iter().all(|code| code == "answer_too_large"), "{codes:?}");
            assert!(reply.text.len() < ANSWER, "{open} {field}: {}", reply.text.len());
        }
    }
    server.finish().await;
}
