//! What stays open: a socket that speaks `graphql-transport-ws`, and a stream of events. Both wait for what the server says,
//! never for time, and give up after [`PATIENCE`].

use super::{TestClient, client, record};
use futures_util::{SinkExt as _, StreamExt as _, stream::SplitSink};
use reqwest::header;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::{
    net::TcpStream,
    sync::mpsc::{UnboundedReceiver, unbounded_channel},
    task::JoinHandle,
    time::timeout,
};
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{self, Message, client::IntoClientRequest as _},
};

/// A server that says nothing for so long has failed the test.
const PATIENCE: Duration = Duration::from_secs(20);

type Frame = tungstenite::Result<Message>;

/// A socket, read whether or not anybody asks for what was said: a browser answers a goodbye too, and a server that stops
/// waits for that.
pub struct TestSocket {
    sink: SplitSink<WebSocketStream<TcpStream>, Message>,
    frames: UnboundedReceiver<Frame>,
    reader: JoinHandle<()>,
}

impl Drop for TestSocket {
    fn drop(&mut self) {
        self.reader.abort();
    }
}

/// How a handshake was refused.
#[derive(Debug)]
pub struct Refused {
    pub status: u16,
    pub body: Value,
}

impl TestSocket {
    /// A handshake with the client's headers, query and cookies, by subprotocol.
    pub async fn handshake(client: &TestClient, protocol: &str) -> Result<Self, Refused> {
        let address = client.base.trim_start_matches("http://");
        let mut url = url::Url::parse(&format!("ws://{address}/graphql")).unwrap();
        url.query_pairs_mut().extend_pairs(&client.query);
        let mut request = url.as_str().into_client_request().unwrap();
        let headers = request.headers_mut();
        headers.extend(client.headers.clone());
        headers.insert(header::SEC_WEBSOCKET_PROTOCOL, protocol.parse().unwrap());
        if let Some(cookie) = client.cookie("__client") {
            headers.insert(header::COOKIE, format!("__client={cookie}").parse().unwrap());
        }
        let stream = TcpStream::connect(address).await.unwrap();
        match client_async(request, stream).await {
            Ok((socket, _)) => Ok(Self::over(socket)),
            Err(tungstenite::Error::Http(answer)) => {
                let body = answer.body().as_deref().unwrap_or_default();
                let body = serde_json::from_slice(body).unwrap_or_default();
                record::told(&body);
                Err(Refused {
                    status: answer.status().as_u16(),
                    body,
                })
            }
            Err(error) => panic!("{error}"),
        }
    }

    fn over(socket: WebSocketStream<TcpStream>) -> Self {
        let (sink, mut stream) = socket.split();
        let (sender, frames) = unbounded_channel();
        let reader = tokio::spawn(async move {
            while let Some(frame) = stream.next().await {
                if sender.send(frame).is_err() {
                    break;
                }
            }
        });
        Self { sink, frames, reader }
    }

    /// An open socket on which nothing was said yet.
    pub async fn open(client: &TestClient) -> Self {
        Self::handshake(client, "graphql-transport-ws").await.unwrap()
    }

    /// An acknowledged socket.
    pub async fn connect(client: &TestClient, payload: Value) -> Self {
        let mut socket = Self::open(client).await;
        socket.initialise(payload).await;
        assert_eq!(socket.next().await, json!({ "type": "connection_ack" }));
        socket
    }

    pub async fn initialise(&mut self, payload: Value) {
        self.send(json!({ "type": "connection_init", "payload": payload }))
            .await;
    }

    pub async fn send(&mut self, message: Value) {
        self.send_text(message.to_string()).await;
    }

    pub async fn send_text(&mut self, text: String) {
        self.sink.send(Message::text(text)).await.unwrap();
    }

    pub async fn subscribe(&mut self, id: &str, query: &str, variables: Value) {
        let payload = json!({ "query": query, "variables": variables });
        self.send(json!({ "id": id, "type": "subscribe", "payload": payload }))
            .await;
    }

    /// Says goodbye, and waits for the answer.
    pub async fn leave(mut self) {
        self.sink.send(Message::Close(None)).await.unwrap();
        while !matches!(self.frame().await, Message::Close(_)) {}
    }

    /// The next message of the protocol.
    pub async fn next(&mut self) -> Value {
        match self.frame().await {
            Message::Text(text) => {
                let message: Value = serde_json::from_str(&text).unwrap();
                // A refused operation is answered with its errors alone.
                let told = match &message["payload"] {
                    errors @ Value::Array(_) => json!({ "errors": errors }),
                    payload => payload.clone(),
                };
                record::told(&told);
                message
            }
            frame => panic!("a message was expected, not {frame:?}"),
        }
    }

    /// The close code and reason. What was still said before is skipped.
    pub async fn closed(&mut self) -> (u16, String) {
        loop {
            if let Message::Close(frame) = self.frame().await {
                let frame = frame.unwrap();
                return (frame.code.into(), frame.reason.to_string());
            }
        }
    }

    /// The next message of the protocol, or the close code and reason.
    pub async fn said(&mut self) -> Result<Value, (u16, String)> {
        match self.frame().await {
            Message::Text(text) => Ok(serde_json::from_str(&text).unwrap()),
            Message::Close(Some(frame)) => Err((frame.code.into(), frame.reason.to_string())),
            frame => panic!("neither a message nor a reason: {frame:?}"),
        }
    }

    async fn frame(&mut self) -> Message {
        loop {
            let frame = timeout(PATIENCE, self.frames.recv())
                .await
                .expect("the server says nothing");
            match frame.expect("the connection is gone without a close frame").unwrap() {
                Message::Ping(_) | Message::Pong(_) => {}
                frame => return frame,
            }
        }
    }
}

/// A stream of server-sent events.
pub struct TestEvents {
    response: reqwest::Response,
    read: String,
}

impl TestEvents {
    pub async fn open(client: &TestClient, query: &str, variables: &Value) -> Self {
        let mut headers = client.headers.clone();
        headers.insert(header::ACCEPT, "text/event-stream".parse().unwrap());
        headers.insert(header::CONTENT_TYPE, "application/json".parse().unwrap());
        if let Some(cookie) = client.cookie("__client") {
            headers.insert(header::COOKIE, format!("__client={cookie}").parse().unwrap());
        }
        let response = client::shared()
            .post(format!("{}/graphql", client.base))
            .headers(headers)
            .body(json!({ "query": query, "variables": variables }).to_string())
            .send()
            .await
            .unwrap();
        Self {
            response,
            read: String::new(),
        }
    }

    pub fn status(&self) -> u16 {
        self.response.status().as_u16()
    }

    pub fn content_type(&self) -> &str {
        self.response.headers()[header::CONTENT_TYPE].to_str().unwrap()
    }

    /// The next event and what it carries; nothing at the end of the stream. Keep-alives are skipped.
    pub async fn next(&mut self) -> Option<(String, Value)> {
        loop {
            if let Some((event, rest)) = self.read.split_once("\n\n") {
                let (event, rest) = (event.to_owned(), rest.to_owned());
                self.read = rest;
                if event.starts_with(':') {
                    continue;
                }
                let line = |name: &str| {
                    event
                        .lines()
                        .find_map(|line| line.strip_prefix(name))
                        .unwrap_or("")
                        .trim()
                };
                let carried = serde_json::from_str(line("data:")).unwrap_or_default();
                record::told(&carried);
                return Some((line("event:").to_owned(), carried));
            }
            let chunk = timeout(PATIENCE, self.response.chunk())
                .await
                .expect("the server says nothing");
            self.read.push_str(std::str::from_utf8(&chunk.unwrap()?).unwrap());
        }
    }

    /// Everything until the end of the stream.
    pub async fn rest(&mut self) -> Vec<(String, Value)> {
        let mut events = Vec::new();
        while let Some(event) = self.next().await {
            events.push(event);
        }
        events
    }
}
