//! ASVS V7.2 and RFC 8725 section 3.9: an application hands session tokens to every backend, so one that leaks reads and
//! changes nothing.

use crate::support::{Face, SchemaView, TestClient, TestServer};
use serde_json::json;

/// What changes something by REST, all of it; words in braces stand for identifiers of the person's own.
const WRITES: [(&str, &str); 18] = [
    ("PATCH", "/v1/environment"),
    ("POST", "/v1/dev_browser"),
    ("PUT", "/v1/client"),
    ("POST", "/v1/client"),
    ("DELETE", "/v1/client"),
    ("POST", "/v1/client?_method=DELETE"),
    ("DELETE", "/v1/client/sessions"),
    ("POST", "/v1/client/sign_ups"),
    ("PATCH", "/v1/client/sign_ups/{sign_up}"),
    ("POST", "/v1/client/sign_ups/{sign_up}/prepare_verification"),
    ("POST", "/v1/client/sign_ups/{sign_up}/attempt_verification"),
    ("POST", "/v1/client/sign_ins"),
    ("POST", "/v1/client/sign_ins/{sign_in}/prepare_first_factor"),
    ("POST", "/v1/client/sign_ins/{sign_in}/attempt_first_factor"),
    ("POST", "/v1/client/sessions/{session}/touch"),
    ("POST", "/v1/client/sessions/{session}/end"),
    ("POST", "/v1/client/sessions/{session}/remove"),
    ("POST", "/v1/client/sessions/{session}/tokens"),
];

/// Somebody who is signed in: a caller by their session token, and what `{…}` stands for.
async fn somebody(server: &TestServer) -> (TestClient, Vec<(&'static str, String)>) {
    server
        .settings(json!({ "session": { "single_session_mode": false } }))
        .await;
    let browser = server.anonymous();
    let (_, session) = Face::Rest.sign_up(server, &browser, "ada@example.com").await;
    let sign_up = Face::Rest
        .sign_up_create(&browser, &[("email_address", "grace@example.com")])
        .await
        .ok()
        .id();
    let sign_in = Face::Rest
        .sign_in_create(&browser, &[("identifier", "ada@example.com")])
        .await
        .ok()
        .id();
    let jwt = Face::Rest.token(&browser, &session).await.unwrap();
    let caller = server
        .anonymous()
        .with_header("authorization", &format!("Bearer {jwt}"));
    let ids = vec![("{session}", session), ("{sign_up}", sign_up), ("{sign_in}", sign_in)];
    (caller, ids)
}

/// Everything that a write could have left behind.
async fn traces(server: &TestServer) -> Vec<i64> {
    let mut counts = Vec::new();
    for table in [
        "client",
        "session",
        "sign_in",
        "sign_up",
        "dev_browser",
        "verification",
        "job",
        "event",
    ] {
        counts.push(server.count(&format!("SELECT COUNT(*) FROM {table}")).await);
    }
    counts.push(
        server
            .count("SELECT COUNT(*) FROM session WHERE status = 'active'")
            .await,
    );
    counts.push(
        server
            .count("SELECT COUNT(*) FROM instance WHERE home_origin IS NOT NULL")
            .await,
    );
    counts
}

#[tokio::test]
async fn a_session_token_changes_nothing_by_rest() {
    let server = TestServer::start().await;
    let (caller, ids) = somebody(&server).await;
    assert_eq!(caller.get("/v1/me").await.status, 200, "it reads");
    server.run_jobs().await;
    let before = traces(&server).await;
    let fields = [
        ("strategy", "email_code"),
        ("code", "424242"),
        ("email_address", "eve@example.com"),
        ("identifier", "ada@example.com"),
    ];
    for (method, path) in WRITES {
        let path = ids
            .iter()
            .fold(path.to_owned(), |path, (name, id)| path.replace(name, id));
        for origin in [None, Some("http://localhost:3000")] {
            let caller = match origin {
                Some(origin) => caller.clone().with_header("origin", origin),
                None => caller.clone(),
            };
            let known: Vec<_> = fields
                .into_iter()
                .filter(|(name, _)| match path.rsplit('/').next().unwrap_or_default() {
                    "sign_ups" => *name == "email_address",
                    "sign_ins" => *name == "identifier",
                    "prepare_verification" | "prepare_first_factor" => *name == "strategy",
                    "attempt_verification" | "attempt_first_factor" => matches!(*name, "strategy" | "code"),
                    _ => false,
                })
                .collect();
            let refused = caller.form(method, &path, &known).await;
            let told = (refused.status, refused.codes());
            assert_eq!(
                told,
                (403, vec!["authorization_invalid".to_owned()]),
                "{method} {path} {}",
                refused.text
            );
            assert_eq!(refused.body["errors"][0]["message"], "You may not do this.");
            assert!(refused.set_cookies("__client").is_empty());
        }
    }
    assert_eq!(traces(&server).await, before);
    server.finish().await;
}

#[tokio::test]
async fn a_session_token_changes_nothing_by_any_mutation() {
    let server = TestServer::start().await;
    let (caller, ids) = somebody(&server).await;
    let id = |name: &str| ids.iter().find(|(known, _)| *known == name).unwrap().1.clone();
    server.run_jobs().await;
    let before = traces(&server).await;
    let schema = SchemaView::read(&server.backend()).await;
    let mutations: Vec<_> = schema
        .fields("Mutation")
        .iter()
        .map(|field| field["name"].as_str().unwrap().to_owned())
        .collect();
    assert!(mutations.len() >= 15, "{mutations:?}");
    for mutation in mutations {
        let input = match mutation.as_str() {
            "signUpUpdate" => json!({ "signUpId": id("{sign_up}") }),
            "signUpPrepareVerification" => json!({ "signUpId": id("{sign_up}"), "strategy": "EMAIL_CODE" }),
            "signUpAttemptVerification" => {
                json!({ "signUpId": id("{sign_up}"), "strategy": "EMAIL_CODE", "code": "424242" })
            }
            "signInPrepareFirstFactor" => json!({ "signInId": id("{sign_in}"), "strategy": "EMAIL_CODE" }),
            "signInAttemptFirstFactor" => {
                json!({ "signInId": id("{sign_in}"), "strategy": "EMAIL_CODE", "code": "424242" })
            }
            "instanceSettingsUpdate" => json!({ "patch": { "application_name": "Eve" } }),
            name if name.starts_with("session") => json!({ "sessionId": id("{session}") }),
            _ => json!({}),
        };
        let argument = schema.field("Mutation", &mutation)["args"][0]["type"].clone();
        let kind = argument["ofType"]["name"]
            .as_str()
            .or(argument["name"].as_str())
            .unwrap();
        let document = format!("mutation($input: {kind}!) {{ {mutation}(input: $input) {{ userErrors {{ code }} }} }}");
        let refused = caller.graphql(&document, json!({ "input": input })).await;
        assert_eq!(
            refused.codes(),
            ["authorization_invalid"],
            "{mutation} {}",
            refused.text
        );
    }
    assert_eq!(traces(&server).await, before);
    server.finish().await;
}
