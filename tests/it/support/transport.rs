//! One document by every way that leads to GraphQL. Invariant: none of them is left out.

use super::{Hostile, TestClient, TestSocket, client, record};
use reqwest::{Method, header};
use serde_json::{Value, json};

/// A way to ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    Post,
    Get,
    /// An event stream, as `graphql-sse` opens it.
    Events,
    /// An event stream, as a browser's `EventSource` opens it.
    EventsByGet,
    Socket,
}

impl Transport {
    pub const ALL: [Self; 5] = [Self::Post, Self::Get, Self::Events, Self::EventsByGet, Self::Socket];

    /// Whether a client of HTTP can ask for a document in this way: it makes no address of more than 64 KiB.
    pub fn can_carry(self, asked: &Hostile) -> bool {
        let is_link = matches!(self, Self::Get | Self::EventsByGet);
        !is_link
            || form_urlencoded::byte_serialize(asked.query.as_bytes())
                .map(str::len)
                .sum::<usize>()
                < 60_000
    }

    /// Whether a mutation may be asked for in this way.
    pub fn takes_mutations(self) -> bool {
        self == Self::Post
    }
}

/// What was answered.
#[derive(Debug)]
pub struct Said {
    /// How the request was answered; that of a socket is 101.
    pub status: u16,
    /// The first answer, as GraphQL has it: `data`, `errors`.
    pub body: Value,
    /// How many bytes it took.
    pub bytes: usize,
}

impl Said {
    /// The code of the first error.
    pub fn code(&self) -> &str {
        self.body["errors"][0]["extensions"]["code"]
            .as_str()
            .unwrap_or_default()
    }
}

/// Asks for a document. What a stream or a socket says first is its answer.
pub async fn ask(client: &TestClient, transport: Transport, asked: &Hostile) -> Said {
    ask_members(client, transport, &asked.body()).await
}

/// The same for the members of a request: `query`, `variables`, `operationName`, `extensions`.
pub async fn ask_members(client: &TestClient, transport: Transport, members: &Value) -> Said {
    if transport == Transport::Socket {
        return by_socket(client, members).await;
    }
    let is_link = matches!(transport, Transport::Get | Transport::EventsByGet);
    let is_stream = matches!(transport, Transport::Events | Transport::EventsByGet);
    let mut headers = client.headers.clone();
    if is_stream {
        headers.insert(header::ACCEPT, "text/event-stream".parse().unwrap());
    }
    if let Some(cookie) = client.cookie("__client") {
        headers.insert(header::COOKIE, format!("__client={cookie}").parse().unwrap());
    }
    let mut url = url::Url::parse(&format!("{}/graphql", client.base)).unwrap();
    let mut body = String::new();
    if is_link {
        for (name, value) in members
            .as_object()
            .unwrap()
            .iter()
            .filter(|(_, value)| !value.is_null())
        {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            url.query_pairs_mut().append_pair(name, &text);
        }
    } else {
        headers.insert(header::CONTENT_TYPE, "application/json".parse().unwrap());
        body = members.to_string();
    }
    let method = if is_link { Method::GET } else { Method::POST };
    let request = client::shared().request(method, url).headers(headers).body(body);
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    // Whoever takes anything is answered by a stream where nothing else fits.
    let content_type = response
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok());
    let is_stream = content_type.is_some_and(|kind| kind.starts_with("text/event-stream"));
    let text = response.text().await.unwrap();
    let first = text.lines().find_map(|line| line.strip_prefix("data:"));
    let body = serde_json::from_str(first.filter(|_| is_stream).unwrap_or(&text)).unwrap_or_default();
    record::told(&body);
    Said {
        status,
        body,
        bytes: text.len(),
    }
}

async fn by_socket(client: &TestClient, members: &Value) -> Said {
    let mut socket = TestSocket::connect(client, json!({})).await;
    socket
        .send(json!({ "id": "1", "type": "subscribe", "payload": members }))
        .await;
    let (body, bytes) = match socket.said().await {
        Ok(message) => {
            let bytes = message.to_string().len();
            let body = match &message["payload"] {
                errors @ Value::Array(_) => json!({ "errors": errors }),
                payload => payload.clone(),
            };
            (body, bytes)
        }
        // A socket on which nonsense is said is closed, as its protocol wants it.
        Err((code, reason)) => {
            assert_eq!(code, 4400, "{reason}");
            let error = json!({ "message": reason, "extensions": { "code": "BAD_REQUEST" } });
            (json!({ "errors": [error] }), reason.len())
        }
    };
    record::told(&body);
    Said {
        status: 101,
        body,
        bytes,
    }
}
