//! The command line: the program itself, its output and its exit status.

use crate::support::{
    TestClient, decoded,
    process::{Installation, key_word, value_of},
};
use serde_json::{Value, json};
use std::fs;

const MASTER_KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

/// Whether an application finds in what is printed all that it is to be told.
fn names_all(printed: &str, origin: &str, publishable: &str, secret: &str) {
    for (name, value) in [
        ("CLERK_API_KEY", secret),
        ("CLERK_API_URL", origin),
        ("CLERK_FRONTEND_API_URL", origin),
        ("CLERK_PUBLISHABLE_KEY", publishable),
        ("CLERK_PROXY_URL", origin),
        ("NEXT_PUBLIC_CLERK_SIGN_IN_URL", "/sign-in"),
        ("NEXT_PUBLIC_CLERK_SIGN_UP_URL", "/sign-up"),
        ("CLERK_SIGN_IN_URL", "/sign-in"),
        ("CLERK_SIGN_UP_URL", "/sign-up"),
        ("NEXT_PUBLIC_CLERK_TELEMETRY_DISABLED", "1"),
        ("CLERK_TELEMETRY_DISABLED", "1"),
    ] {
        assert_eq!(value_of(printed, name), value, "{name}");
    }
    for (name, file) in [
        ("NEXT_PUBLIC_CLERK_JS_URL", "clerk-js@6/dist/clerk.browser.js"),
        ("NEXT_PUBLIC_CLERK_UI_URL", "ui@1/dist/ui.browser.js"),
    ] {
        assert_eq!(value_of(printed, name), format!("{origin}/npm/@clerk/{file}"));
    }
    for name in ["CLERK_FRONTEND_API", "FRONTEND_API"] {
        assert_eq!(value_of(printed, name), origin.trim_start_matches("http://"), "{name}");
    }
    for url in [
        format!("{origin}/graphql"),
        format!("{origin}/v1"),
        format!("{origin}/dev/inbox"),
    ] {
        assert!(printed.contains(&url), "{url} in {printed}");
    }
}

#[tokio::test]
async fn the_first_start_prints_what_is_needed_and_the_second_no_secret() {
    let installation = Installation::new().await;
    let first = installation.serve().await;
    let origin = first.origin.clone();
    assert!(origin.starts_with("http://localhost:"), "{origin}");
    let publishable = value_of(&first.printed, "NEXT_PUBLIC_CLERK_PUBLISHABLE_KEY").to_owned();
    let host = decoded(publishable.strip_prefix("pk_test_").unwrap());
    // SDKs enter development mode by the end of it, and find nobody but this server by the rest.
    let own = origin.strip_prefix("http://").unwrap();
    assert!(
        host.starts_with(&format!("{own}/")) && host.ends_with(".clerk.accounts.dev$"),
        "{host}"
    );
    let secret = value_of(&first.printed, "CLERK_SECRET_KEY").to_owned();
    assert!(secret.starts_with("sk_test_"), "{secret}");
    names_all(&first.printed, &origin, &publishable, &secret);
    let backend = TestClient::new(&origin).with_secret_key(&secret);
    let settings = backend.graphql("{ instance { id } }", json!({})).await;
    assert!(settings.body["data"]["instance"]["id"].is_string(), "{}", settings.text);
    let jwt_key = value_of(&first.printed, "CLERK_JWT_KEY").to_owned();
    first.stop().await;
    let second = installation.serve().await;
    assert_eq!(
        key_word(value_of(&second.printed, "NEXT_PUBLIC_CLERK_PUBLISHABLE_KEY")),
        key_word(&publishable)
    );
    assert_eq!(value_of(&second.printed, "CLERK_JWT_KEY"), jwt_key);
    assert!(!second.printed.contains("sk_test_"), "{}", second.printed);
    assert!(
        second.printed.contains("Listening        http://127.0.0.1:"),
        "{}",
        second.printed
    );
    second.stop().await;
    installation.remove().await;
}

#[tokio::test]
async fn the_generated_master_key_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let installation = Installation::new().await;
    installation.serve().await.stop().await;
    let file = fs::metadata(installation.path().join("master.key")).unwrap();
    assert_eq!(file.permissions().mode() & 0o777, 0o600);
    installation.remove().await;
}

#[tokio::test]
async fn a_setting_that_does_not_exist_stops_the_start_and_names_the_nearest() {
    let installation = Installation::new().await;
    let output = installation
        .command(&["config", "check"])
        .env("VESTIBULE_LISTNE", "x")
        .output()
        .await
        .unwrap();
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success());
    assert!(
        error.contains("VESTIBULE_LISTNE") && error.contains("VESTIBULE_LISTEN"),
        "{error}"
    );
    fs::write(installation.path().join("vestibule.toml"), "[hasher]\nmemory_kb = 1\n").unwrap();
    let error = installation.fail(&["config", "check"]).await;
    assert!(
        error.contains("memory_kb") && error.contains("memory_kib") && error.contains("line 2"),
        "{error}"
    );
    fs::remove_file(installation.path().join("vestibule.toml")).unwrap();
    let ignored = installation
        .command(&["config", "check"])
        .env("VESTIBULE_TEST_ANYTHING", "1")
        .output()
        .await
        .unwrap();
    assert!(ignored.status.success());
    let said = String::from_utf8(ignored.stdout).unwrap();
    assert!(said.starts_with("The configuration is valid: "), "{said}");
    installation.remove().await;
}

#[tokio::test]
async fn a_wrong_secret_is_not_repeated() {
    let installation = Installation::new().await;
    for (name, value) in [
        ("VESTIBULE_SECRET_KEY", "hunter2hunter2"),
        ("VESTIBULE_MASTER_KEY", "hunter2hunter2"),
    ] {
        let output = installation
            .command(&["serve"])
            .env(name, value)
            .output()
            .await
            .unwrap();
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success());
        assert!(error.contains(name) && !error.contains("hunter2"), "{error}");
    }
    installation.remove().await;
}

#[tokio::test]
async fn the_schema_is_printed_as_it_is_committed() {
    let installation = Installation::new().await;
    let printed = installation.succeed(&["schema"]).await;
    let committed = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/schema.graphql")).unwrap();
    assert!(printed == committed, "schema.graphql is out of date");
    installation.remove().await;
}

#[tokio::test]
async fn migrating_twice_is_migrating_once() {
    let installation = Installation::new().await;
    for _ in 0..2 {
        assert_eq!(
            installation.succeed(&["migrate"]).await,
            "The database is up to date.\n"
        );
    }
    let error = installation.fail(&["instance", "list"]).await;
    assert!(error.contains("start the server once"), "{error}");
    assert!(
        !installation.path().join("master.key").exists(),
        "nothing was made but tables"
    );
    installation.remove().await;
}

#[tokio::test]
async fn instances_are_created_and_listed() {
    let installation = Installation::new().await;
    let error = installation.fail(&["instance", "create", "--slug", "staging"]).await;
    assert!(error.contains("start the server once"), "{error}");
    installation.serve().await.stop().await;
    let created = installation.succeed(&["instance", "create", "--slug", "staging"]).await;
    for word in ["ins_", "http://staging.localhost", "pk_test_", "sk_test_"] {
        assert!(created.contains(word), "{word} in {created}");
    }
    let listed = installation.succeed(&["instance", "list"]).await;
    assert_eq!(listed.lines().count(), 2, "{listed}");
    assert!(listed.contains("staging") && !listed.contains("sk_"), "{listed}");
    installation.fail(&["instance", "create", "--slug", "staging"]).await;
    let live = ["instance", "create", "--slug", "live", "--environment", "production"];
    let error = installation.fail(&live).await;
    assert!(error.contains("origin"), "{error}");
    installation.remove().await;
}

#[tokio::test]
async fn a_production_instance_needs_a_master_key_that_is_configured() {
    let installation = Installation::new().await;
    installation.serve().await.stop().await;
    let live = [
        "instance",
        "create",
        "--slug",
        "live",
        "--environment",
        "production",
        "--origin",
        "https://auth.example.com",
    ];
    let error = installation.fail(&live).await;
    assert!(error.contains("VESTIBULE_MASTER_KEY"), "{error}");
    let key = fs::read_to_string(installation.path().join("master.key")).unwrap();
    let created = installation
        .command(&live)
        .env("VESTIBULE_MASTER_KEY", &key)
        .output()
        .await
        .unwrap();
    assert!(created.status.success());
    let error = installation.fail(&["instance", "list"]).await;
    assert!(error.contains("VESTIBULE_MASTER_KEY"), "a start without it: {error}");
    let listed = installation
        .command(&["instance", "list"])
        .env("VESTIBULE_MASTER_KEY", key)
        .output()
        .await
        .unwrap();
    assert!(listed.status.success());
    assert!(String::from_utf8(listed.stdout).unwrap().contains("pk_live_"));
    let wrong = installation
        .command(&["instance", "list"])
        .env("VESTIBULE_MASTER_KEY", MASTER_KEY)
        .output()
        .await
        .unwrap();
    assert!(
        String::from_utf8(wrong.stderr)
            .unwrap()
            .contains("do not open with this master key")
    );
    installation.remove().await;
}

#[tokio::test]
async fn a_running_server_notices_what_the_command_line_changes() {
    let installation = Installation::new().await;
    let serving = installation.serve().await;
    let client = TestClient::new(value_of(&serving.printed, "NEXT_PUBLIC_CLERK_PROXY_URL"));
    let file = installation.path().join("patch.json");
    fs::write(&file, r#"{ "password": { "min_length": 31 } }"#).unwrap();
    installation
        .succeed(&["instance", "settings", "set", file.to_str().unwrap()])
        .await;
    // The server is another process with a clock of its own; the test runner bounds the wait.
    while client.get("/v1/environment").await.body["user_settings"]["password_settings"]["min_length"] != 31 {}
    serving.stop().await;
    installation.remove().await;
}

#[tokio::test]
async fn settings_are_read_and_changed_from_a_file() {
    let installation = Installation::new().await;
    installation.serve().await.stop().await;
    let get = async || -> Value {
        serde_json::from_str(&installation.succeed(&["instance", "settings", "get"]).await).unwrap()
    };
    let before = get().await;
    let file = installation.path().join("patch.json");
    let file_name = file.to_str().unwrap();
    fs::write(
        &file,
        r#"{ "application_name": "Analytical Engines", "password": { "min_length": 12 } }"#,
    )
    .unwrap();
    let set = installation.succeed(&["instance", "settings", "set", file_name]).await;
    assert!(set.contains("version 2"), "{set}");
    let after = get().await;
    assert_eq!(after["application_name"], "Analytical Engines");
    assert_eq!(after["password"]["min_length"], 12);
    assert_eq!(after["session"], before["session"]);
    // What was read can be written back as it is.
    fs::write(&file, before.to_string()).unwrap();
    installation.succeed(&["instance", "settings", "set", file_name]).await;
    assert_eq!(get().await, before);
    fs::write(&file, r#"{ "pasword": {}, "password": { "min_length": 1 } }"#).unwrap();
    let error = installation.fail(&["instance", "settings", "set", file_name]).await;
    assert!(
        error.contains("pasword") && error.contains("password.min_length"),
        "every problem at once: {error}"
    );
    assert!(
        error.contains("pasword: There is no such setting. Did you mean password?"),
        "{error}"
    );
    assert_eq!(get().await, before);
    installation.remove().await;
}

#[tokio::test]
async fn keys_are_listed_without_secrets_and_rotated() {
    let installation = Installation::new().await;
    let server = installation.serve().await;
    let secret = value_of(&server.printed, "CLERK_SECRET_KEY").to_owned();
    let listed = installation.succeed(&["key", "list"]).await;
    assert_eq!(
        (
            listed.matches("secret key").count(),
            listed.matches("signing key").count()
        ),
        (1, 1),
        "{listed}"
    );
    assert!(!listed.contains(&secret[8..]), "{listed}");
    let publishable = value_of(&server.printed, "CLERK_PUBLISHABLE_KEY");
    assert!(listed.contains(publishable), "{listed}");
    let (line, pem) = public_key(&listed);
    assert_eq!(line, value_of(&server.printed, "CLERK_JWT_KEY"), "{listed}");
    assert_eq!(line, pem, "{listed}");
    let jwks = TestClient::new(&server.origin).get("/.well-known/jwks.json").await;
    let kid = jwks.body["keys"][0]["kid"].as_str().unwrap();
    assert!(listed.contains(&format!("kid {kid}")), "{listed}");
    assert!(verifies(&line, &jwks.body["keys"][0]), "{listed}");
    let rotated = installation.succeed(&["key", "rotate"]).await;
    assert!(rotated.contains("signs from now on"), "{rotated}");
    let listed = installation.succeed(&["key", "list"]).await;
    assert_eq!(listed.matches("signing key").count(), 2, "{listed}");
    assert_eq!(listed.matches("retired").count(), 1, "{listed}");
    assert_eq!(listed.matches("BEGIN PUBLIC KEY").count(), 2, "{listed}");
    // Only the key that signs now is one to paste, and it comes first.
    assert_eq!(listed.matches("CLERK_JWT_KEY=").count(), 1, "{listed}");
    let (new, pem) = public_key(&listed);
    assert!(new == pem && new != line, "{listed}");
    server.stop().await;
    let server = installation.serve().await;
    let jwks = TestClient::new(&server.origin).get("/.well-known/jwks.json").await;
    assert_eq!(jwks.body["keys"].as_array().unwrap().len(), 2, "{}", jwks.text);
    server.stop().await;
    installation.remove().await;
}

/// The line of `CLERK_JWT_KEY`, and the body of the first PEM block without its line ends.
fn public_key(listed: &str) -> (String, String) {
    let (_, pem) = listed.split_once("-----BEGIN PUBLIC KEY-----\n").unwrap();
    let (pem, _) = pem.split_once("-----END PUBLIC KEY-----\n").unwrap();
    (value_of(listed, "CLERK_JWT_KEY").to_owned(), pem.replace('\n', ""))
}

/// Whether a public key in one line is that of a JWK, which has the modulus in another alphabet.
fn verifies(line: &str, jwk: &Value) -> bool {
    let modulus = jwk["n"].as_str().unwrap();
    line.replace('+', "-")
        .replace('/', "_")
        .contains(&modulus[4..modulus.len() - 4])
}

#[tokio::test]
async fn the_doctor_warns_of_what_is_not_ready_for_production() {
    let installation = Installation::new().await;
    installation.serve().await.stop().await;
    let output = installation.run(&["doctor"]).await;
    let found = String::from_utf8(output.stdout).unwrap();
    assert!(!output.status.success());
    for name in ["VESTIBULE_MASTER_KEY", "VESTIBULE_SMTP_URL"] {
        let line = found
            .lines()
            .find(|line| line.contains(name))
            .unwrap_or_else(|| panic!("{name} in {found}"));
        assert!(line.starts_with("warning"), "{line}");
    }
    let key = fs::read_to_string(installation.path().join("master.key")).unwrap();
    let mut healthy = installation.command(&["doctor"]);
    healthy
        .env("VESTIBULE_MASTER_KEY", &key)
        .env("VESTIBULE_SMTP_URL", "smtp://127.0.0.1:2525");
    let output = healthy.output().await.unwrap();
    let found = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success() && !found.contains("warning"), "{found}");
    let create = ["instance", "create", "--slug", "main", "--environment", "production"];
    let arguments = [&create[..], &["--origin", "https://auth.example.com"]].concat();
    let mut create = installation.command(&arguments);
    let output = create.env("VESTIBULE_MASTER_KEY", &key).output().await.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let found = String::from_utf8(healthy.output().await.unwrap().stdout).unwrap();
    let behind_a_proxy = |line: &str| line.starts_with("warning") && line.contains("VESTIBULE_HTTP_TRUSTED_PROXIES");
    assert!(found.lines().any(behind_a_proxy), "{found}");
    for left in ["mail.from", "master.key"] {
        let is_warned_of = |line: &str| line.starts_with("warning") && line.contains(left);
        assert!(found.lines().any(is_warned_of), "{left} in {found}");
    }
    fs::remove_file(installation.path().join("master.key")).unwrap();
    let output = healthy
        .env("VESTIBULE_HTTP_TRUSTED_PROXIES", "10.0.0.1")
        .env("VESTIBULE_MAIL_FROM", "Main <no-reply@example.com>")
        .output()
        .await;
    assert!(output.unwrap().status.success());
    installation.remove().await;
}
