//! What HTTP/2 lets a client do cheaply: resetting streams (CVE-2023-44487), keeping windows shut, pinging instead of asking,
//! opening streams without end.

use super::raw;
use crate::support::TestServer;
use axum::http::Request;
use h2::{
    Reason,
    client::{self, SendRequest},
};
use std::time::Duration;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    task::JoinHandle,
    time::timeout,
};

const PATIENCE: Duration = Duration::from_secs(20);
const HOUR: &str = "3600000";

type Driver = JoinHandle<Result<(), h2::Error>>;

async fn connect(
    server: &TestServer,
    builder: &client::Builder,
) -> (SendRequest<axum::body::Bytes>, Driver, h2::PingPong) {
    let stream = TcpStream::connect(("127.0.0.1", raw::port(server))).await.unwrap();
    let (send, mut connection) = builder.handshake(stream).await.unwrap();
    let pings = connection.ping_pong().unwrap();
    (send, tokio::spawn(connection), pings)
}

fn get(server: &TestServer, path: &str) -> Request<()> {
    Request::get(format!("{}{path}", server.origin)).body(()).unwrap()
}

/// The status of one request.
async fn ask(server: &TestServer, send: &mut SendRequest<axum::body::Bytes>, path: &str) -> u16 {
    let mut ready = send.clone().ready().await.unwrap();
    let (answer, _) = ready.send_request(get(server, path), true).unwrap();
    answer.await.unwrap().status().as_u16()
}

#[tokio::test]
async fn pings_do_not_keep_a_connection_that_asks_nothing() {
    let server = TestServer::start_with(&[
        ("VESTIBULE_HTTP_IDLE_TIMEOUT_MS", "200"),
        ("VESTIBULE_HTTP_HEADER_TIMEOUT_MS", HOUR),
    ])
    .await;
    let (mut send, driver, mut pings) = connect(&server, &client::Builder::new()).await;
    assert_eq!(ask(&server, &mut send, "/livez").await, 200);
    let pinging = async { while pings.ping(h2::Ping::opaque()).await.is_ok() {} };
    timeout(PATIENCE, pinging).await.expect("pings keep the connection");
    drop(timeout(PATIENCE, driver).await.expect("the connection stays open"));
    server.finish().await;
}

#[tokio::test]
async fn an_answer_whose_window_stays_shut_ends_the_connection() {
    let server = TestServer::start_with(&[
        ("VESTIBULE_HTTP_ANSWER_TIMEOUT_MS", "100"),
        ("VESTIBULE_HTTP_IDLE_TIMEOUT_MS", HOUR),
        ("VESTIBULE_HTTP_HEADER_TIMEOUT_MS", HOUR),
    ])
    .await;
    for window in [0, 1] {
        let (send, driver, _pings) = connect(&server, client::Builder::new().initial_window_size(window)).await;
        let mut ready = send.clone().ready().await.unwrap();
        // The page is larger than one part of an answer, so that a window of one byte is not the end of it.
        let (answer, _) = ready.send_request(get(&server, LARGE), true).unwrap();
        let answer = answer.await.unwrap();
        assert_eq!(answer.status(), 200);
        drop(timeout(PATIENCE, driver).await.expect("the connection stays open"));
        drop((answer, send));
    }
    server.finish().await;
}

/// An answer of more than 16 KiB.
const LARGE: &str = "/graphql?query=%7B__schema%7Btypes%7Bname%20description%20fields%7Bname%20description%7D%7D%7D%7D";

/// One frame (RFC 9113 section 4.1).
fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    let mut bytes = length[1..].to_vec();
    bytes.extend([kind, flags]);
    bytes.extend(stream.to_be_bytes());
    bytes.extend(payload);
    bytes
}

/// The error code of the GOAWAY that ends the connection; what comes before it is skipped.
async fn goodbye(stream: &mut TcpStream) -> u32 {
    loop {
        let mut head = [0; 9];
        stream.read_exact(&mut head).await.unwrap();
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
        let mut payload = vec![0; length as usize];
        stream.read_exact(&mut payload).await.unwrap();
        if head[3] == 7 {
            return u32::from_be_bytes(payload[4..8].try_into().unwrap());
        }
    }
}

#[tokio::test]
async fn streams_that_are_opened_and_reset_at_once_end_the_connection() {
    let server = TestServer::start().await;
    let mut bytes = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec();
    bytes.extend(frame(4, 0, 0, &[]));
    for number in 0..200 {
        let stream = number * 2 + 1;
        // GET, http, / and an authority, by the static table of HPACK; then CANCEL.
        bytes.extend(frame(1, 0x5, stream, b"\x82\x86\x84\x41\x09localhost"));
        bytes.extend(frame(3, 0, stream, &8_u32.to_be_bytes()));
    }
    let mut stream = TcpStream::connect(("127.0.0.1", raw::port(&server))).await.unwrap();
    // At once, so that the server meets the resets before it has looked at the streams.
    stream.write_all(&bytes).await.unwrap();
    let code = timeout(PATIENCE, goodbye(&mut stream))
        .await
        .expect("the server bears resets without end");
    assert_eq!(code, u32::from(Reason::ENHANCE_YOUR_CALM));
    server.finish().await;
}

#[tokio::test]
async fn one_connection_has_a_hundred_streams() {
    let server = TestServer::start().await;
    let (mut send, driver, _pings) = connect(&server, &client::Builder::new()).await;
    assert_eq!(ask(&server, &mut send, "/livez").await, 200);
    assert_eq!(send.current_max_send_streams(), 100);
    drop(send);
    driver.await.unwrap().unwrap();
    server.finish().await;
}

#[tokio::test]
async fn headers_of_http2_are_bounded_in_size() {
    let server = TestServer::start().await;
    let (send, driver, _pings) = connect(&server, &client::Builder::new()).await;
    let mut ready = send.clone().ready().await.unwrap();
    let mut request = get(&server, "/livez");
    for number in 0..20 {
        let name = axum::http::HeaderName::try_from(format!("x-long-{number}")).unwrap();
        request.headers_mut().insert(name, "x".repeat(4_000).parse().unwrap());
    }
    let (answer, _) = ready.send_request(request, true).unwrap();
    let refused = timeout(PATIENCE, answer).await.unwrap();
    assert!(refused.map_or(true, |answer| answer.status() == 431));
    drop((send, ready));
    drop(timeout(PATIENCE, driver).await);
    server.finish().await;
}

#[tokio::test]
async fn a_body_that_stops_is_answered_with_408_and_other_streams_go_on() {
    let server = TestServer::start_with(&[("VESTIBULE_HTTP_BODY_TIMEOUT_MS", "50")]).await;
    let (mut send, driver, _pings) = connect(&server, &client::Builder::new()).await;
    let mut ready = send.clone().ready().await.unwrap();
    let request = Request::post(format!("{}/v1/client/sign_ins", server.origin))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(())
        .unwrap();
    let (answer, body) = ready.send_request(request, false).unwrap();
    let answer = timeout(PATIENCE, answer).await.unwrap().unwrap();
    assert_eq!(answer.status(), 408);
    assert!(answer.headers().get("connection").is_none());
    assert_eq!(ask(&server, &mut send, "/livez").await, 200);
    drop((answer, body, ready, send));
    drop(timeout(PATIENCE, driver).await);
    server.finish().await;
}
