//! Slowloris and its relatives (CWE-400, ASVS V15.2.2): whoever sends nothing, too little or reads nothing is closed after a
//! deadline, on whatever it waits, and takes nobody's place. Deadlines are short here, and what must not be met is an hour.

use super::raw;
use crate::support::{Face, TestServer, TestSocket, process::origin_of, record};
use serde_json::json;
use std::{process::Stdio, time::Duration};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpSocket, TcpStream},
    process::Command,
    time::timeout,
};

/// A server that has not closed a connection until then has failed the test.
const PATIENCE: Duration = Duration::from_secs(20);
const HOUR: &str = "3600000";

/// A server with one short deadline; the others are not met.
async fn server_with(short: &[(&str, &str)]) -> TestServer {
    let mut environment = vec![
        ("VESTIBULE_HTTP_HEADER_TIMEOUT_MS", HOUR),
        ("VESTIBULE_HTTP_BODY_TIMEOUT_MS", HOUR),
        ("VESTIBULE_HTTP_ANSWER_TIMEOUT_MS", HOUR),
        ("VESTIBULE_HTTP_IDLE_TIMEOUT_MS", HOUR),
    ];
    for (name, value) in short {
        environment.retain(|(known, _)| known != name);
        environment.push((name, value));
    }
    TestServer::start_with(&environment).await
}

/// A connection on which the test says each byte.
struct Line(TcpStream);

impl Line {
    async fn open(server: &TestServer) -> Self {
        Self(TcpStream::connect(("127.0.0.1", raw::port(server))).await.unwrap())
    }

    /// A connection that has had an answer and waits for its next request.
    async fn idle(server: &TestServer) -> Self {
        let mut line = Self::open(server).await;
        line.ask().await;
        line
    }

    /// A connection whose request lacks the rest of its body.
    async fn unfinished(server: &TestServer) -> Self {
        let mut line = Self::open(server).await;
        line.say(&head("POST", "/v1/client/sign_ins", "Content-Length: 100\r\n"))
            .await;
        line.say("identifier=").await;
        line
    }

    async fn say(&mut self, text: &str) {
        self.0.write_all(text.as_bytes()).await.unwrap();
    }

    /// Sends a whole request and reads its answer, keeping the connection.
    async fn ask(&mut self) {
        self.say(&head("GET", "/livez", "")).await;
        let answer = self.answer().await;
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    }

    /// The head of an answer without a body.
    async fn answer(&mut self) -> String {
        let mut read = Vec::new();
        while !read.ends_with(b"\r\n\r\n") {
            let byte = timeout(PATIENCE, self.0.read_u8())
                .await
                .expect("the server says nothing");
            read.push(byte.unwrap());
        }
        String::from_utf8(read).unwrap()
    }

    /// Waits until the server closes, and returns what it said before.
    async fn closed(mut self) -> String {
        let mut read = Vec::new();
        let end = timeout(PATIENCE, self.0.read_to_end(&mut read)).await;
        // A reset is an end too: bytes of ours may not have been read.
        drop(end.expect("the server leaves the connection open"));
        String::from_utf8_lossy(&read).into_owned()
    }
}

fn head(method: &str, target: &str, headers: &str) -> String {
    format!(
        "{method} {target} HTTP/1.1\r\nHost: localhost\r\n\
         Content-Type: application/x-www-form-urlencoded\r\n{headers}\r\n"
    )
}

#[tokio::test]
async fn a_connection_without_a_request_is_closed_at_the_deadline_of_headers() {
    let server = server_with(&[("VESTIBULE_HTTP_HEADER_TIMEOUT_MS", "50")]).await;
    for beginning in [
        "",
        "G",
        "GET /livez HTTP/1.1\r\nHost: localhost\r\nX-Unfinished: ",
        // The preface of HTTP/2, begun and complete.
        "PRI * HTT",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ] {
        let mut line = Line::open(&server).await;
        line.say(beginning).await;
        let answer = line.closed().await;
        assert!(!answer.contains("HTTP/1.1 200"), "{beginning}: {answer}");
    }
    server.finish().await;
}

#[tokio::test]
async fn a_header_that_comes_byte_by_byte_is_closed_at_the_same_deadline() {
    let server = server_with(&[("VESTIBULE_HTTP_HEADER_TIMEOUT_MS", "100")]).await;
    for mut line in [Line::open(&server).await, Line::idle(&server).await] {
        line.say("GET /livez HTTP/1.1\r\nX-Long: ").await;
        let mut byte = [0; 1];
        let dribble = async {
            // Until the server closes: then the other side of the connection ends, or cannot be written.
            loop {
                if line.0.write_all(b"x").await.is_err() {
                    return;
                }
                if timeout(Duration::from_millis(10), line.0.read(&mut byte)).await.is_ok() {
                    return;
                }
            }
        };
        timeout(PATIENCE, dribble)
            .await
            .expect("the server waits for the header");
    }
    server.finish().await;
}

#[tokio::test]
async fn a_silent_connection_is_closed_at_the_idle_deadline_and_not_before() {
    let server = server_with(&[("VESTIBULE_HTTP_IDLE_TIMEOUT_MS", "50")]).await;
    assert_eq!(Line::idle(&server).await.closed().await, "");
    server.finish().await;

    let server = server_with(&[("VESTIBULE_HTTP_HEADER_TIMEOUT_MS", "50")]).await;
    let mut idle = Line::idle(&server).await;
    // While a header that began later ran out of its time, the idle one was left alone.
    Line::open(&server).await.closed().await;
    Line::open(&server).await.closed().await;
    idle.ask().await;
    server.finish().await;
}

#[tokio::test]
async fn a_body_that_stops_is_answered_with_408_in_the_form_of_each_face() {
    let server = server_with(&[("VESTIBULE_HTTP_BODY_TIMEOUT_MS", "50")]).await;
    let graphql = "Content-Type: application/json\r\n";
    for (target, headers, path, code) in [
        ("/v1/client/sign_ins", "", "/errors/0/code", "request_timeout"),
        (
            "/v1/client/sign_ins",
            "Transfer-Encoding: chunked\r\n",
            "/errors/0/code",
            "request_timeout",
        ),
        ("/graphql", graphql, "/errors/0/extensions/code", "REQUEST_TIMEOUT"),
    ] {
        let length = match headers.contains("chunked") {
            true => "",
            false => "Content-Length: 100\r\n",
        };
        let mut line = Line::open(&server).await;
        let request = format!(
            "POST {target} HTTP/1.1\r\nHost: localhost\r\nOrigin: {}\r\n{headers}{length}\r\n",
            server.origin
        );
        let request = match headers.contains("Content-Type") {
            true => request,
            false => request.replace(
                "\r\n\r\n",
                "\r\nContent-Type: application/x-www-form-urlencoded\r\n\r\n",
            ),
        };
        line.say(&request).await;
        let answer = line.closed().await;
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 408 "), "{head}");
        let body: serde_json::Value = serde_json::from_str(body).unwrap();
        record::told(&body);
        assert_eq!(body.pointer(path), Some(&json!(code)), "{body}");
        // A page must be able to read it.
        for header in [
            "access-control-allow-origin",
            "x-content-type-options",
            "connection: close",
        ] {
            assert!(head.contains(header), "{header}: {head}");
        }
    }
    server.finish().await;
}

#[tokio::test]
async fn a_body_that_dribbles_is_answered_with_408() {
    let server = server_with(&[
        ("VESTIBULE_HTTP_BODY_TIMEOUT_MS", "100"),
        ("VESTIBULE_HTTP_BODY_BYTES_PER_SECOND", "1000000"),
    ])
    .await;
    let mut line = Line::unfinished(&server).await;
    let mut answer = [0; 12];
    let dribble = async {
        loop {
            line.0.write_all(b"x").await.unwrap();
            if let Ok(read) = timeout(Duration::from_millis(10), line.0.read_exact(&mut answer)).await {
                return read.unwrap();
            }
        }
    };
    timeout(PATIENCE, dribble).await.expect("the server waits for the body");
    assert_eq!(answer, *b"HTTP/1.1 408");
    server.finish().await;
}

#[tokio::test]
async fn a_body_in_pieces_that_keeps_coming_is_read_to_its_end() {
    let server = server_with(&[("VESTIBULE_HTTP_HEADER_TIMEOUT_MS", "50")]).await;
    let mut line = Line::open(&server).await;
    line.say(&head(
        "POST",
        "/v1/client/sign_ins",
        "Content-Length: 26\r\nConnection: close\r\n",
    ))
    .await;
    for piece in ["identifier=", "ada@example", ".com"] {
        line.say(piece).await;
        // The deadline of headers passes between two pieces, and is not that of a body.
        Line::open(&server).await.closed().await;
    }
    let answer = line.closed().await;
    assert!(answer.contains("form_identifier_not_found"), "{answer}");
    server.finish().await;
}

#[tokio::test]
async fn a_client_that_does_not_read_its_answers_is_cut_off() {
    let server = server_with(&[("VESTIBULE_HTTP_ANSWER_TIMEOUT_MS", "100")]).await;
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4_096).unwrap();
    let address = ([127, 0, 0, 1], raw::port(&server)).into();
    let mut stream = socket.connect(address).await.unwrap();
    let asks = async {
        // Until nothing is taken any more, because nothing is read; then the connection breaks.
        let request = head("GET", "/v1/environment", "");
        loop {
            if stream.write_all(request.as_bytes()).await.is_err() {
                return;
            }
        }
    };
    timeout(PATIENCE, asks)
        .await
        .expect("the server keeps a client that does not read");
    server.finish().await;
}

#[tokio::test]
async fn at_the_cap_the_connection_that_was_silent_longest_makes_room() {
    let server = server_with(&[("VESTIBULE_HTTP_MAX_CONNECTIONS", "16")]).await;
    let mut lines = Vec::new();
    for _ in 0..16 {
        lines.push(Line::idle(&server).await);
    }
    let mut newcomer = Line::idle(&server).await;
    assert_eq!(lines.remove(0).closed().await, "");
    for line in &mut lines {
        line.ask().await;
    }
    newcomer.ask().await;
    server.finish().await;
}

#[tokio::test]
async fn unfinished_requests_take_nobodys_place() {
    let server = server_with(&[("VESTIBULE_HTTP_MAX_CONNECTIONS", "16")]).await;
    let mut lines = Vec::new();
    for number in 0..48 {
        lines.push(match number % 2 {
            0 => Line::unfinished(&server).await,
            _ => Line::open(&server).await,
        });
    }
    for path in ["/livez", "/readyz", "/v1/environment"] {
        let reply = raw::send(&server, ("GET", path), &[], "").await;
        assert_eq!(reply.status, 200, "{path}: {reply:?}");
    }
    drop(lines);
    server.finish().await;
}

#[tokio::test]
async fn what_stays_open_leaves_half_of_the_places_to_requests() {
    let server = server_with(&[("VESTIBULE_HTTP_MAX_CONNECTIONS", "16")]).await;
    let known = server.anonymous();
    Face::Rest.sign_up(&server, &known, "ada@example.com").await;
    let mut sockets = Vec::new();
    for _ in 0..8 {
        // Upgraded connections keep their places.
        sockets.push(TestSocket::connect(&known, json!({})).await);
    }
    let refused = TestSocket::handshake(&known, "graphql-transport-ws")
        .await
        .err()
        .unwrap();
    assert_eq!(
        (refused.status, &refused.body["errors"][0]["extensions"]["code"]),
        (429, &json!("TOO_MANY_REQUESTS"))
    );
    let events = known.clone().with_header("accept", "text/event-stream");
    let refused = events
        .graphql("subscription { clientUpdated { client { id } } }", json!({}))
        .await;
    assert_eq!(
        (refused.status, refused.codes()),
        (429, vec!["too_many_requests".to_owned()])
    );
    // More silent ones than there are places keep nobody out.
    let mut silent = Vec::new();
    for _ in 0..200 {
        silent.push(Line::open(&server).await);
    }
    for path in ["/livez", "/v1/environment"] {
        assert_eq!(raw::send(&server, ("GET", path), &[], "").await.status, 200, "{path}");
    }
    // A socket that ends makes a place.
    drop(sockets.pop());
    let freed = async { while TestSocket::handshake(&known, "graphql-transport-ws").await.is_err() {} };
    timeout(PATIENCE, freed)
        .await
        .expect("the place of a socket stays taken");
    drop((sockets, silent));
    server.finish().await;
}

#[tokio::test]
async fn headers_are_bounded_in_size_and_number() {
    let server = server_with(&[]).await;
    let cookie = "a".repeat(16_000);
    let reply = raw::send(&server, ("GET", "/v1/environment"), &[("Cookie", &cookie)], "").await;
    assert_eq!(reply.status, 200, "a large cookie passes");
    let mut line = Line::open(&server).await;
    line.say(&head("GET", "/livez", &"x: y\r\n".repeat(200))).await;
    assert!(line.closed().await.starts_with("HTTP/1.1 431 "));
    let mut line = Line::open(&server).await;
    line.say("GET /livez HTTP/1.1\r\nX-Long: ").await;
    // Nobody reads more than the limit, so that the rest may fail.
    drop(line.0.write_all(&vec![b'x'; 200_000]).await);
    let answer = line.closed().await;
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 431 "), "{answer}");
    server.finish().await;
}

#[tokio::test]
async fn silent_connections_do_not_hold_up_the_stop() {
    let server = server_with(&[]).await;
    let lines = [Line::open(&server).await, Line::idle(&server).await];
    // Well below the eight seconds that requests under way are given.
    timeout(Duration::from_secs(6), server.finish())
        .await
        .expect("the server waits for nobody");
    for line in lines {
        assert_eq!(line.closed().await, "");
    }
}

#[tokio::test]
async fn a_flood_of_connections_does_not_take_the_descriptors_of_the_process() {
    let directory = tempfile::tempdir().unwrap();
    // The limit is lowered by the shell, because a process cannot be made with one otherwise.
    let mut server = Command::new("sh")
        .args([
            "-c",
            "ulimit -n 192; exec \"$0\" serve",
            env!("CARGO_BIN_EXE_vestibule"),
        ])
        .current_dir(directory.path())
        .env("VESTIBULE_LISTEN", "127.0.0.1:0")
        .env("VESTIBULE_DATA_DIR", directory.path())
        .env("VESTIBULE_HASHER_MEMORY_KIB", "16")
        .env("VESTIBULE_HASHER_ITERATIONS", "1")
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
    let port = url::Url::parse(&origin).unwrap().port().unwrap();
    let address = ("127.0.0.1", port);
    let mut flood = Vec::new();
    for _ in 0..400 {
        let mut stream = TcpStream::connect(address).await.unwrap();
        // Those that had to make room already are closed.
        drop(stream.write_all(b"GET /livez HTTP/1.1\r\nX-Unfinished: ").await);
        flood.push(stream);
    }
    for path in ["/livez", "/readyz"] {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        timeout(PATIENCE, stream.read_to_string(&mut answer))
            .await
            .unwrap()
            .unwrap();
        assert!(answer.starts_with("HTTP/1.1 200 "), "{path}: {answer}");
    }
    server.kill().await.unwrap();
    let log = log.await.unwrap();
    assert!(
        log.contains("the limit of open files allows fewer connections"),
        "{log}"
    );
    assert!(!log.contains("connections cannot be accepted"), "{log}");
}
