//! A proxy that nobody has named.

use crate::support::{TestClient, process::Installation};
use std::process::Stdio;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader};

#[tokio::test]
async fn proxy_headers_of_a_peer_that_is_not_trusted_are_warned_of_once() {
    let installation = Installation::new().await;
    let mut server = installation
        .command(&["serve"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut errors = server.stderr.take().unwrap();
    let log = tokio::spawn(async move {
        let mut text = String::new();
        errors.read_to_string(&mut text).await.unwrap();
        text
    });
    let mut lines = BufReader::new(server.stdout.take().unwrap()).lines();
    let listening = lines.next_line().await.unwrap().unwrap();
    let origin = listening.trim_start_matches("Listening").trim();
    TestClient::new(origin).get("/v1/environment").await;
    for (name, value) in [
        ("x-forwarded-for", "198.51.100.1"),
        ("x-forwarded-for", "198.51.100.2\tforged"),
        ("forwarded", "for=198.51.100.3"),
        ("x-real-ip", "198.51.100.4"),
    ] {
        let client = TestClient::new(origin).with_header(name, value);
        assert_eq!(client.get("/v1/environment").await.status, 200);
    }
    server.kill().await.unwrap();
    let log = log.await.unwrap();
    let warnings: Vec<_> = log.lines().filter(|line| line.contains("trusted_proxies")).collect();
    assert_eq!(warnings.len(), 1, "{log}");
    for words in ["WARN", "x-forwarded-for", "127.0.0.1", "VESTIBULE_HTTP_TRUSTED_PROXIES"] {
        assert!(warnings[0].contains(words), "{words} in {}", warnings[0]);
    }
    assert!(
        !log.contains("198.51.100"),
        "what a caller writes is not repeated: {log}"
    );
    installation.remove().await;
}
