//! What people type: options of `serve`, help, and the way back from a lost secret key.

use crate::support::{
    TestClient,
    process::{Installation, value_of},
};
use serde_json::json;
use std::process::Stdio;
use tokio::io::{AsyncBufReadExt as _, BufReader};

const SETTINGS: &str = "{ instance { settings { id } } }";

#[tokio::test]
async fn port_and_data_directory_on_the_command_line_win_over_the_environment() {
    let installation = Installation::new().await;
    let elsewhere = tempfile::tempdir().unwrap();
    let data = elsewhere.path().join("data");
    // A port that is taken, so that a server which listens there does not start.
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let listen = taken.local_addr().unwrap().to_string();
    let mut server = installation
        .command(&["serve", "--port", "0", "--data-dir", data.to_str().unwrap()])
        .env("VESTIBULE_LISTEN", &listen)
        .env_remove("VESTIBULE_DATABASE_URL")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(server.stdout.take().unwrap()).lines();
    let line = lines.next_line().await.unwrap().expect("it starts");
    assert!(line.starts_with("Listening        http://127.0.0.1:"), "{line}");
    assert!(!line.ends_with(&listen), "{line}");
    assert!(data.join("vestibule.db").exists() && data.join("master.key").exists());
    assert!(!installation.path().join("master.key").exists());
    server.kill().await.unwrap();
    installation.remove().await;
}

#[tokio::test]
async fn help_shows_an_example_and_names_every_environment_variable() {
    let installation = Installation::new().await;
    for arguments in [&["--help"][..], &["serve", "--help"]] {
        let help = installation.succeed(arguments).await;
        for (variable, _, _) in vestibule::config::variable::VARIABLES {
            assert!(help.contains(variable), "{variable} in {help}");
        }
        assert!(help.contains("vestibule serve --port 4000"), "{help}");
        assert!(
            help.contains("Origin of the first instance: scheme, host and port."),
            "{help}"
        );
    }
    let short = installation.succeed(&["serve", "-h"]).await;
    assert!(
        short.contains("--port") && short.contains("vestibule --help"),
        "{short}"
    );
    installation.remove().await;
}

#[tokio::test]
async fn a_lost_secret_key_is_replaced_by_another_as_the_second_start_says() {
    let installation = Installation::new().await;
    let first = installation.serve().await;
    let lost = value_of(&first.printed, "CLERK_SECRET_KEY").to_owned();
    first.stop().await;
    let output = installation
        .command(&["serve"])
        .stdout(Stdio::piped())
        .spawn()
        .map(|mut child| (child.stdout.take().unwrap(), child));
    let (stdout, mut child) = output.unwrap();
    let mut lines = BufReader::new(stdout).lines();
    let mut origin = None;
    loop {
        let line = lines.next_line().await.unwrap().expect("a line that says how");
        if let Some(url) = line.strip_prefix("Listening") {
            origin = Some(url.trim().to_owned());
        }
        if line.contains("vestibule key create") {
            assert!(line.starts_with("# "), "it is pasted with the rest: {line}");
            break;
        }
    }
    let created = installation.succeed(&["key", "create"]).await;
    let secret = created
        .split_whitespace()
        .find(|word| word.starts_with("sk_test_"))
        .unwrap_or_else(|| panic!("{created}"));
    assert_ne!(secret, lost);
    assert!(created.contains("shown this once"), "{created}");
    let origin = origin.unwrap();
    for key in [secret, &lost] {
        let backend = TestClient::new(&origin).with_secret_key(key);
        let reply = backend.graphql(SETTINGS, json!({})).await;
        assert_eq!(reply.codes(), [""; 0], "{}", reply.text);
    }
    child.kill().await.unwrap();
    let listed = installation.succeed(&["key", "list"]).await;
    assert_eq!(listed.matches("secret key").count(), 2, "{listed}");
    assert!(!listed.contains(&secret[8..]), "{listed}");

    // Whoever configures the key knows where it is.
    let configured = installation.serve_with(&[("VESTIBULE_SECRET_KEY", secret)]).await;
    assert!(!configured.printed.contains("key create"), "{}", configured.printed);
    configured.stop().await;
    installation.remove().await;
}
