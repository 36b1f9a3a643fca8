//! GHSA-j628-q885-8gr5 (Keycloak: lines of a log could be forged) and ASVS V16: whatever a request holds, the log of the
//! real process is one JSON object per line and holds no secret.

use crate::support::{TestClient, TestServer, process::origin_of};
use serde_json::{Value, json};
use std::process::Stdio;
use tokio::{io::AsyncReadExt as _, process::Command};

const SECRET_KEY: &str = "sk_test_canarycanarycanarycanary00";
const PASSWORD: &str = "canary-password-of-a-person";

/// What the server wrote to its log while `work` ran.
async fn log_of(work: impl AsyncFnOnce(&str)) -> String {
    drop(rustls::crypto::aws_lc_rs::default_provider().install_default());
    let directory = tempfile::tempdir().unwrap();
    let mut server = Command::new(env!("CARGO_BIN_EXE_vestibule"))
        .current_dir(directory.path())
        .env("VESTIBULE_LISTEN", "127.0.0.1:0")
        .env("VESTIBULE_DATA_DIR", directory.path())
        .env("VESTIBULE_SECRET_KEY", SECRET_KEY)
        .env("VESTIBULE_HASHER_MEMORY_KIB", "16")
        .env("VESTIBULE_HASHER_ITERATIONS", "1")
        .env("VESTIBULE_TELEMETRY_LOG_FILTER", "trace")
        .env("VESTIBULE_TELEMETRY_LOG_FORMAT", "json")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut errors = server.stderr.take().unwrap();
    let log = tokio::spawn(async move {
        let mut text = String::new();
        errors.read_to_string(&mut text).await.unwrap();
        text
    });
    let origin = origin_of(&mut server).await;
    work(&origin).await;
    server.kill().await.unwrap();
    log.await.unwrap()
}

/// The token of a development browser, as it travels in a query.
async fn dev_browser(origin: &str) -> String {
    let created = TestClient::new(origin).post("/v1/dev_browser", &[]).await;
    let token = created.body["token"].as_str().unwrap().to_owned();
    TestClient::new(origin)
        .with_query("__clerk_db_jwt", &token)
        .get("/v1/client")
        .await;
    token
}

/// Whatever a stranger may write: an identifier, a path, headers.
async fn forge(origin: &str) {
    let variables = json!({ "input": {
        "identifier": "ada@example.com\r\n{\"level\":\"FORGED\"}", "proof": { "password": "wrong-canary" },
    } });
    let sign_in = "mutation($input: SignInCreateInput!) { signInCreate(input: $input) { userErrors { code } } }";
    TestClient::new(origin).graphql(sign_in, variables).await;
    for path in ["/v1/x%0d%0aFORGED", "/v1/%1b[31mFORGED", "/%e2%80%a8FORGED"] {
        TestClient::new(origin)
            .with_header("user-agent", "a\tFORGED")
            .with_header("x-request-id", "FORGED")
            .with_header("vestibule-trace-id", "FORGED")
            .get(path)
            .await;
    }
}

#[tokio::test]
async fn no_secret_and_no_forged_line_gets_into_the_log() {
    let mut secrets = vec![PASSWORD.to_owned(), SECRET_KEY.to_owned(), "wrong-canary".to_owned()];
    let seen = &mut secrets;
    let log = log_of(async |origin| {
        let client = TestClient::new(origin);
        let backend = TestClient::new(origin).with_secret_key(SECRET_KEY);
        let fields = [
            ("email_address", "ada@example.com"),
            ("password", PASSWORD),
            ("strategy", "email_code"),
        ];
        let created = client.post("/v1/client/sign_ups", &fields).await;
        let id = created.body["response"]["id"].as_str().unwrap();
        let mut code = None;
        while code.is_none() {
            let inbox = backend
                .graphql("{ devInbox(first: 1) { nodes { code } } }", json!({}))
                .await;
            code = inbox.body["data"]["devInbox"]["nodes"][0]["code"]
                .as_str()
                .map(str::to_owned);
        }
        let code = code.unwrap();
        seen.push(client.cookie("__client").unwrap());
        let proof = [("strategy", "email_code"), ("code", &*code)];
        let done = client
            .post(&format!("/v1/client/sign_ups/{id}/attempt_verification"), &proof)
            .await;
        assert_eq!(done.status, 200, "{}", done.text);
        seen.push(client.cookie("__client").unwrap());
        let read = client.get("/v1/client").await;
        let jwt = read.body["response"]["sessions"][0]["last_active_token"]["jwt"]
            .as_str()
            .unwrap();
        seen.push(jwt.to_owned());
        let bearer = TestClient::new(origin).with_header("authorization", &format!("Bearer {jwt}"));
        bearer.graphql("{ viewer { id } }", json!({})).await;
        seen.push(dev_browser(origin).await);
        forge(origin).await;
        seen.push(code);
    })
    .await;
    let code = secrets.pop().unwrap();
    assert!(log.contains("\"url.path\""), "requests are logged at this level");
    for line in log.lines() {
        let event: Value = serde_json::from_str(line).unwrap_or_else(|_| panic!("not one JSON object: {line}"));
        assert_ne!(event["level"], "FORGED");
        assert_ne!(event["span"]["trace.id"], "FORGED");
        assert!(
            !event["fields"].to_string().contains(&format!("\"{code}\"")),
            "the code: {line}"
        );
    }
    for secret in &secrets {
        let line = log.lines().find(|line| line.contains(secret));
        assert_eq!(line, None, "{secret}");
    }
}

#[tokio::test]
async fn a_caller_does_not_choose_the_name_of_a_request() {
    let server = TestServer::start().await;
    for name in ["vestibule-trace-id", "x-request-id", "clerk-trace-id", "traceparent"] {
        let client = server.anonymous().with_header(name, "chosen-by-the-caller");
        let refused = client.get("/v1/nowhere").await;
        let trace = refused.body["clerk_trace_id"].as_str().unwrap();
        assert!(
            trace.len() == 32 && trace.bytes().all(|byte| byte.is_ascii_hexdigit()),
            "{name} {trace}"
        );
        assert_eq!(refused.header("clerk-trace-id"), Some(trace));
    }
    server.finish().await;
}

#[tokio::test]
async fn control_characters_are_no_part_of_an_address_or_a_name() {
    let server = TestServer::start().await;
    for bad in ["\r", "\n", "\0", "\u{1b}", "\u{85}", "\u{2028}", "\u{2029}"] {
        let email = format!("ada{bad}@example.com");
        let name = format!("Ada{bad}Bcc: eve@example.com");
        let refused = server
            .anonymous()
            .post(
                "/v1/client/sign_ups",
                &[("email_address", &email), ("first_name", &name)],
            )
            .await;
        assert_eq!(
            refused.codes(),
            ["form_param_format_invalid", "form_param_format_invalid"],
            "{bad:?} {}",
            refused.text
        );
    }
    server.finish().await;
}
