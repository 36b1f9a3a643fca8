//! Requests as bytes, for what no well-behaved client sends. Invariant: nothing is normalised on the way.

use crate::support::{TestServer, record};
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

/// An answer, read until the server closed the connection.
#[derive(Debug)]
pub(super) struct RawReply {
    pub(super) status: u16,
    pub(super) head: String,
    pub(super) body: String,
}

impl RawReply {
    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or(Value::Null)
    }
}

/// The port that the server listens on.
pub(super) fn port(server: &TestServer) -> u16 {
    url::Url::parse(&server.origin).unwrap().port().unwrap()
}

/// Opens a connection and sends one request; `Host` is the server's own, and the length the body's, unless `headers` say so.
pub(super) async fn open(
    server: &TestServer,
    (method, target): (&str, &str),
    headers: &[(&str, &str)],
    body: &str,
) -> TcpStream {
    let own_host = format!("localhost:{}", port(server));
    let has = |wanted: &str| headers.iter().any(|(name, _)| name.eq_ignore_ascii_case(wanted));
    let (has_host, has_connection) = (has("host"), has("connection"));
    let length = body.len().to_string();
    let mut all = Vec::new();
    all.extend((!has("content-length")).then_some(("Content-Length", &*length)));
    all.extend((!has_connection).then_some(("Connection", "close")));
    all.extend((!has_host).then_some(("Host", &*own_host)));
    all.extend_from_slice(headers);
    let lines: Vec<_> = all.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let request = format!("{method} {target} HTTP/1.1\r\n{}\r\n{body}", lines.concat());
    let mut stream = TcpStream::connect(("127.0.0.1", port(server))).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    stream
}

/// Sends one request and reads its answer.
pub(super) async fn send(server: &TestServer, line: (&str, &str), headers: &[(&str, &str)], body: &str) -> RawReply {
    let mut stream = open(server, line, headers, body).await;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await.unwrap();
    let text = String::from_utf8_lossy(&bytes);
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let reply = RawReply {
        status: head.split(' ').nth(1).unwrap().parse().unwrap(),
        head: head.to_owned(),
        body: body.to_owned(),
    };
    record::told(&reply.json());
    reply
}
