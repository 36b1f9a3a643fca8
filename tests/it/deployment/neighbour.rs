//! Several servers on the same data, each of which assumes an origin of its own.

use crate::support::{
    TestClient,
    process::{Installation, value_of},
};
use std::process::Stdio;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncRead, BufReader},
    process::Child,
};

/// Reads until a line has all of `words`, and returns it.
async fn line_with(output: impl AsyncRead + Unpin, words: &[&str]) -> String {
    let mut lines = BufReader::new(output).lines();
    while let Some(line) = lines.next_line().await.unwrap() {
        if words.iter().all(|word| line.contains(word)) {
            return line;
        }
    }
    panic!("no line with {words:?}");
}

fn spawn(installation: &Installation) -> Child {
    let mut command = installation.command(&["serve"]);
    let piped = command.stdout(Stdio::piped()).stderr(Stdio::piped());
    piped.spawn().unwrap()
}

async fn issuer(origin: &str) -> String {
    let found = TestClient::new(origin).get("/.well-known/openid-configuration").await;
    found.body["issuer"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_second_server_does_not_move_the_issuer_of_the_first_and_says_where_that_is() {
    let installation = Installation::new().await;
    let first = installation.serve().await;
    let known_as = value_of(&first.printed, "NEXT_PUBLIC_CLERK_PROXY_URL").to_owned();
    assert_eq!(known_as, first.origin);
    let mut second = spawn(&installation);
    let said = line_with(second.stderr.take().unwrap(), &["VESTIBULE_PUBLIC_URL", &known_as]).await;
    assert!(said.contains("WARN"), "{said}");
    let listening = line_with(second.stdout.take().unwrap(), &["Listening"]).await;
    let here = listening.trim_start_matches("Listening").trim();
    assert_eq!(issuer(here).await, known_as);
    assert_eq!(issuer(&first.origin).await, known_as);
    second.kill().await.unwrap();
    first.stop().await;

    let alone = installation.serve().await;
    assert_ne!(alone.origin, known_as);
    assert_eq!(issuer(&alone.origin).await, known_as, "nor when the first has gone");
    alone.stop().await;
    let moved = installation
        .serve_with(&[("VESTIBULE_PUBLIC_URL", "http://auth.localhost:9")])
        .await;
    assert_eq!(
        issuer(&moved.origin).await,
        "http://auth.localhost:9",
        "told to, it moves"
    );
    moved.stop().await;
    installation.remove().await;
}

#[tokio::test]
async fn servers_on_one_file_name_each_other() {
    if std::env::var("TEST_DATABASE_URL").is_ok() {
        // On PostgreSQL several servers are what is meant.
        return;
    }
    let installation = Installation::new().await;
    let (mut first, mut second) = (spawn(&installation), spawn(&installation));
    let named = |server: &Child| format!("process {} at 127.0.0.1:", server.id().unwrap());
    let (one, other) = (named(&first), named(&second));
    let (its, others) = (first.stderr.take().unwrap(), second.stderr.take().unwrap());
    let words = [["another server", &*other], ["another server", &*one]];
    tokio::join!(line_with(its, &words[0]), line_with(others, &words[1]),);
    for mut server in [first, second] {
        server.kill().await.unwrap();
        server.wait().await.unwrap();
    }
    installation.remove().await;
}
