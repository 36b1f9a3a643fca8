//! TLS served directly: both protocols by ALPN, the policy of transport, and a handshake that does not come.

use super::raw;
use crate::support::TestServer;
use rustls::{ClientConfig, RootCertStore, pki_types::ServerName};
use std::{fs, path::Path, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};
use tokio_rustls::{TlsConnector, client::TlsStream};

const PATIENCE: Duration = Duration::from_secs(20);
const NAME: &str = "auth.example.com";

/// A server with a certificate of its own, and who trusts it.
async fn secure_server(directory: &Path, further: &[(&str, &str)]) -> (TestServer, RootCertStore) {
    let issued = rcgen::generate_simple_self_signed(vec![NAME.to_owned()]).unwrap();
    let (certificate, key) = (directory.join("certificate.pem"), directory.join("key.pem"));
    fs::write(&certificate, issued.cert.pem()).unwrap();
    fs::write(&key, issued.signing_key.serialize_pem()).unwrap();
    let mut environment = vec![
        ("VESTIBULE_TLS_CERT", certificate.to_str().unwrap()),
        ("VESTIBULE_TLS_KEY", key.to_str().unwrap()),
    ];
    environment.extend_from_slice(further);
    let mut trusted = RootCertStore::empty();
    trusted.add(issued.cert.der().clone()).unwrap();
    (TestServer::start_with(&environment).await, trusted)
}

async fn connect(server: &TestServer, trusted: &RootCertStore, protocol: &[u8]) -> TlsStream<TcpStream> {
    let mut config = ClientConfig::builder()
        .with_root_certificates(trusted.clone())
        .with_no_client_auth();
    config.alpn_protocols = vec![protocol.to_vec()];
    let stream = TcpStream::connect(("127.0.0.1", raw::port(server))).await.unwrap();
    let name = ServerName::try_from(NAME).unwrap();
    TlsConnector::from(Arc::new(config))
        .connect(name, stream)
        .await
        .unwrap()
}

#[tokio::test]
async fn both_protocols_are_spoken_and_carry_the_policy() {
    let directory = tempfile::tempdir().unwrap();
    let settings = [("VESTIBULE_HTTP_ALLOWED_HOSTS", NAME)];
    let (server, trusted) = secure_server(directory.path(), &settings).await;
    let mut stream = connect(&server, &trusted, b"http/1.1").await;
    let request = format!("GET /v1/environment HTTP/1.1\r\nHost: {NAME}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    assert!(
        answer.contains("strict-transport-security: max-age=31536000"),
        "{answer}"
    );

    let stream = connect(&server, &trusted, b"h2").await;
    let (send, connection) = h2::client::handshake(stream).await.unwrap();
    let driver = tokio::spawn(connection);
    let mut ready = send.ready().await.unwrap();
    let request = axum::http::Request::get(format!("https://{NAME}/v1/environment"));
    let (answer, _) = ready.send_request(request.body(()).unwrap(), true).unwrap();
    let answer = answer.await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["strict-transport-security"], "max-age=31536000");
    drop((answer, ready));
    drop(timeout(PATIENCE, driver).await.unwrap());
    server.finish().await;
}

#[tokio::test]
async fn a_handshake_that_does_not_come_and_a_request_that_does_not_follow_are_closed() {
    let directory = tempfile::tempdir().unwrap();
    let (server, trusted) = secure_server(directory.path(), &[("VESTIBULE_HTTP_HEADER_TIMEOUT_MS", "300")]).await;
    let mut rest = Vec::new();
    for beginning in [&b""[..], b"\x16\x03\x01"] {
        let mut stream = TcpStream::connect(("127.0.0.1", raw::port(&server))).await.unwrap();
        stream.write_all(beginning).await.unwrap();
        drop(
            timeout(PATIENCE, stream.read_to_end(&mut rest))
                .await
                .expect("the handshake is waited for"),
        );
    }
    let mut stream = connect(&server, &trusted, b"http/1.1").await;
    drop(
        timeout(PATIENCE, stream.read_to_end(&mut rest))
            .await
            .expect("the request is waited for"),
    );
    assert!(rest.is_empty());
    server.finish().await;
}

#[tokio::test]
async fn who_is_silent_after_an_answer_or_in_the_middle_of_the_next_request_is_closed() {
    let directory = tempfile::tempdir().unwrap();
    let settings = [
        ("VESTIBULE_HTTP_HEADER_TIMEOUT_MS", "600"),
        ("VESTIBULE_HTTP_IDLE_TIMEOUT_MS", "1200"),
    ];
    let (server, trusted) = secure_server(directory.path(), &settings).await;
    for next in ["", "GET /livez HTTP/1.1\r\nHo"] {
        let mut stream = connect(&server, &trusted, b"http/1.1").await;
        let request = format!("GET /livez HTTP/1.1\r\nHost: {NAME}\r\n\r\n{next}");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        let closed = timeout(PATIENCE, stream.read_to_end(&mut answer)).await;
        drop(closed.expect("the connection is closed"));
        assert!(
            answer.starts_with(b"HTTP/1.1 200 "),
            "{}",
            String::from_utf8_lossy(&answer)
        );
    }
    server.finish().await;
}
