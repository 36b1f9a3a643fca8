//! WebSocket: the `graphql-transport-ws` protocol, queries and subscriptions, in one task for each socket.
//!
//! The invariant: memory is bounded without a queue. A response is written before the next one is asked for (of states that several
//! follow, the last one is kept), and a client that does not read one within [`super::Limits::write_timeout`] is closed.
//!
//! | close code | why |
//! |---|---|
//! | 1001 | the client was silent for a whole keep-alive; or the endpoint stops |
//! | 1009 | a message is too large, or no WebSocket message at all |
//! | 1011 | the caller could not be looked up |
//! | 1012 | the caller's client has a new token since: whoever has that connects again |
//! | 1013 | the client reads too slowly, or too many callers connect: try again later |
//! | 4400 | a message that the protocol does not know |
//! | 4401 | `subscribe` or a credential before the acknowledgement; or the caller is not, or no longer, authenticated |
//! | 4403 | the caller may not connect, or no longer; or a `ping` shows the credential of somebody else |
//! | 4408 | no `connection_init` in time |
//! | 4409 | the id is in use |
//! | 4429 | a second `connection_init` |

use super::endpoint::LAST_WORDS;
use super::request::Asked;
use super::told::Told;
use super::{Asker, Cut, Endpoint, GraphqlCode, Refusal, document, operation, response, trusted};
use async_graphql::parser::types::OperationType;
use async_graphql_axum::GraphQLProtocol;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::extract::{FromRequestParts as _, OriginalUri};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;
use futures_util::future::{self, BoxFuture, FutureExt as _};
use futures_util::stream::{self, BoxStream, StreamExt as _};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, interval_at, timeout, timeout_at};
use tokio_stream::StreamMap;
use web_kit::accept::Format;
use web_kit::distinct;

const PROTOCOL: &str = "graphql-transport-ws";

/// Where the payload of a message has the credential of who calls.
const CREDENTIAL: &str = "authorization";

/// The most bytes of an operation's id.
const ID_BYTES: usize = 128;

/// How long a socket that ends waits for the client to answer the close frame; without it, bytes that the client sent
/// meanwhile would make the kernel reset the connection before the frame is read.
const GOODBYE: Duration = Duration::from_secs(1);

/// Whether a request asks for a WebSocket.
pub(super) fn is_upgrade(parts: &Parts) -> bool {
    let value = parts.headers.get(header::UPGRADE).and_then(|value| value.to_str().ok());
    value.is_some_and(|value| value.eq_ignore_ascii_case("websocket"))
}

/// Upgrades the connection, or says why not.
pub(super) async fn open<E: Endpoint>(endpoint: E, mut parts: Parts) -> Response {
    match upgrade(&endpoint, &mut parts).await {
        Ok(upgrade) => upgrade.on_upgrade(move |socket| async move {
            let mut connection = Connection {
                endpoint,
                parts: detached(parts),
                socket,
                operations: StreamMap::new(),
                heard: true,
            };
            let end = match connection.serve().await {
                Ok(never) => match never {},
                Err(end) => end,
            };
            connection.close(end).await;
        }),
        Err(refusal) => response::refused(refusal, Format::Json),
    }
}

async fn upgrade<E: Endpoint>(endpoint: &E, parts: &mut Parts) -> Result<WebSocketUpgrade, Refusal> {
    let size = endpoint.limits().body_bytes;
    let upgrade = WebSocketUpgrade::from_request_parts(parts, &())
        .await
        .map_err(|rejection| {
            Refusal::from(GraphqlCode::BadRequest)
                .saying("This is not the handshake of a WebSocket.")
                .with_status(rejection.status())
        })?;
    let upgrade = upgrade
        .protocols([PROTOCOL])
        .max_message_size(size)
        .max_frame_size(size)
        .read_buffer_size(BUFFER_BYTES)
        .write_buffer_size(BUFFER_BYTES)
        .max_write_buffer_size(usize::MAX);
    if upgrade.selected_protocol().is_none() {
        // Who offers a protocol of GraphQL all the same offers the older one; others want something else.
        let sentence = match GraphQLProtocol::from_request_parts(parts, &()).await {
            Ok(_) => format!("The subprotocol must be {PROTOCOL}; graphql-ws, which came before it, is not spoken."),
            Err(_) => format!("The subprotocol must be {PROTOCOL}."),
        };
        return Err(Refusal::from(GraphqlCode::BadRequest).saying(sentence));
    }
    endpoint.admit_socket(parts).await?;
    Ok(upgrade)
}

/// What the request said, in memory of its own. What the server has read are slices of its buffer, and one of them that is kept for
/// as long as a socket is open would keep all of that.
fn detached(mut parts: Parts) -> Parts {
    let copied = |(name, value): (&HeaderName, &HeaderValue)| {
        let mut copy = HeaderValue::from_bytes(value.as_bytes()).unwrap_or_else(|_| value.clone());
        copy.set_sensitive(value.is_sensitive());
        (name.clone(), copy)
    };
    parts.headers = parts.headers.iter().map(copied).collect();
    if let Ok(uri) = parts.uri.to_string().parse() {
        parts.uri = uri;
    }
    drop(parts.extensions.remove::<OriginalUri>());
    parts
}

/// What clients send.
#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Incoming {
    ConnectionInit {
        payload: Option<Map<String, Value>>,
    },
    Ping {
        #[serde(default)]
        payload: Value,
    },
    Pong,
    Subscribe {
        id: String,
        payload: Value,
    },
    Complete {
        id: String,
    },
}

/// A credential in the payload of a ping, by which who calls is to go on. Without one it is a ping like any other.
fn renewing(payload: Value) -> Option<Map<String, Value>> {
    match payload {
        Value::Object(payload) => {
            let is_credential =
                |(name, shown): (&String, &Value)| name.eq_ignore_ascii_case(CREDENTIAL) && !shown.is_null();
            Some(payload).filter(|payload| payload.iter().any(is_credential))
        }
        _ => None,
    }
}

/// One step of an operation.
enum Step {
    Response(Arc<Told>),
    Complete,
}

/// How a socket ends.
enum End {
    /// The client is gone, nothing can be said.
    Gone,
    /// The client closes, and waits for the answer.
    Closed,
    /// We close, with a code of the module's table and a reason.
    Close(u16, String),
}

struct Connection<E: Endpoint> {
    endpoint: E,
    parts: Parts,
    socket: WebSocket,
    operations: StreamMap<String, BoxStream<'static, Step>>,
    /// Whether anything arrived since the last keep-alive.
    heard: bool,
}

/// The buffers of a socket, each. Messages of clients are small, and what is pushed is sent at once; the library's own would keep 128 KiB.
const BUFFER_BYTES: usize = 4 * 1024;

impl<E: Endpoint> Connection<E> {
    async fn serve(&mut self) -> Result<std::convert::Infallible, End> {
        // Boxed, as what comes of a message is: the room that they take is needed for moments, and the socket is open for hours.
        let caller = Arc::new(Box::pin(self.initialise()).await?);
        let mut cut = {
            let (endpoint, caller) = (self.endpoint.clone(), Arc::clone(&caller));
            async move { endpoint.cut(&caller).await }.boxed()
        };
        self.write(Message::text(r#"{"type":"connection_ack"}"#), &mut cut)
            .await?;
        let keep_alive = self.endpoint.limits().keep_alive;
        let mut ticks = interval_at(Instant::now() + keep_alive, keep_alive);
        loop {
            tokio::select! {
                cut = &mut cut => {
                    self.last_words(&cut).await?;
                    return Err(End::from(cut));
                }
                Some((id, step)) = self.operations.next() => self.step(&id, step, &mut cut).await?,
                message = self.socket.recv() => {
                    if let Some(incoming) = self.read(message)? {
                        Box::pin(self.obey(incoming, &caller, &mut cut)).await?;
                    }
                }
                _ = ticks.tick() => {
                    if !std::mem::take(&mut self.heard) {
                        return Err(End::close(1001, "The client is silent"));
                    }
                    self.write(Message::Ping(axum::body::Bytes::new()), &mut cut).await?;
                }
            }
        }
    }

    /// Lets operations say how what they follow has ended, where it has: whoever is told nothing takes it to go on.
    async fn last_words(&mut self, cut: &Cut) -> Result<(), End> {
        if !cut.is_final() {
            return Ok(());
        }
        let (until, mut never) = (Instant::now() + LAST_WORDS, future::pending().boxed());
        while let Ok(Some((id, step))) = timeout_at(until, self.operations.next()).await {
            self.step(&id, step, &mut never).await?;
        }
        Ok(())
    }

    /// Waits for `connection_init` and names the caller.
    async fn initialise(&mut self) -> Result<E::Caller, End> {
        let until = Instant::now() + self.endpoint.limits().init_timeout;
        let mut never = future::pending().boxed();
        let payload = loop {
            let message = timeout_at(until, self.socket.recv()).await;
            let message = message.map_err(|_| End::close(4408, "Connection initialisation timeout"))?;
            match self.read(message)? {
                Some(Incoming::ConnectionInit { payload }) => break payload.unwrap_or_default(),
                Some(Incoming::Subscribe { .. }) => return Err(End::close(4401, "Unauthorized")),
                Some(Incoming::Ping { payload }) if renewing(payload.clone()).is_some() => {
                    return Err(End::close(4401, "Unauthorized"));
                }
                Some(Incoming::Ping { .. }) => self.pong(&mut never).await?,
                Some(Incoming::Pong | Incoming::Complete { .. }) | None => {}
            }
        };
        let caller = self.endpoint.authenticate_socket(&self.parts, &payload);
        match timeout(self.endpoint.limits().deadline, caller).await {
            Ok(Ok(caller)) => Ok(caller),
            Ok(Err(refusal)) => Err(End::from(&refusal)),
            Err(_) => Err(End::close(1011, GraphqlCode::DeadlineExceeded.wire())),
        }
    }

    /// Lets the caller go on with the credential that they show. The pong comes after, so that it says that this is done.
    async fn renew(
        &mut self,
        caller: &Arc<E::Caller>,
        shown: &Map<String, Value>,
        cut: &mut BoxFuture<'static, Cut>,
    ) -> Result<(), End> {
        let renewal = self.endpoint.renew_socket(caller, &self.parts, shown);
        tokio::select! {
            biased;
            renewed = timeout(self.endpoint.limits().deadline, renewal) => match renewed {
                Ok(Ok(())) => Ok(()),
                Ok(Err(refusal)) => Err(End::from(&refusal)),
                Err(_) => Err(End::close(1011, GraphqlCode::DeadlineExceeded.wire())),
            },
            cut = cut => Err(End::from(cut)),
        }
    }

    /// What a frame says, if it is the protocol's business.
    fn read(&mut self, frame: Option<Result<Message, axum::Error>>) -> Result<Option<Incoming>, End> {
        self.heard = true;
        match frame {
            None => Err(End::Gone),
            Some(Ok(Message::Close(_))) => Err(End::Closed),
            Some(Err(_)) => Err(End::close(1009, "The message is too large or malformed")),
            // The library answers pings by itself.
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => Ok(None),
            Some(Ok(Message::Binary(_))) => Err(End::close(4400, "Messages must be text")),
            Some(Ok(Message::Text(text))) => distinct::read(text.as_bytes())
                .map(Some)
                .map_err(|_| End::close(4400, "Invalid message received")),
        }
    }

    async fn obey(
        &mut self,
        incoming: Incoming,
        caller: &Arc<E::Caller>,
        cut: &mut BoxFuture<'static, Cut>,
    ) -> Result<(), End> {
        match incoming {
            Incoming::ConnectionInit { .. } => Err(End::close(4429, "Too many initialisation requests")),
            Incoming::Ping { payload } => {
                if let Some(shown) = renewing(payload) {
                    self.renew(caller, &shown, cut).await?;
                }
                self.pong(cut).await
            }
            Incoming::Pong => Ok(()),
            Incoming::Complete { id } => {
                drop(self.operations.remove(&id));
                Ok(())
            }
            Incoming::Subscribe { id, payload } => {
                // It is sent along with every response.
                if id.is_empty() || id.len() > ID_BYTES {
                    return Err(End::close(4400, "The id is empty or too long"));
                }
                if self.operations.contains_key(&id) {
                    return Err(End::Close(4409, format!("Subscriber for {id} already exists")));
                }
                let asked = Asked::from_payload(payload);
                let asked = asked.map_err(|_| End::close(4400, "Invalid message received"))?;
                match self.start(&id, asked, caller).await {
                    Ok(()) => Ok(()),
                    Err(refusal) => {
                        let told = Told::of(&refusal.into_response());
                        self.step(&id, Step::Response(Arc::new(told)), cut).await
                    }
                }
            }
        }
    }

    async fn start(&mut self, id: &str, asked: Asked, caller: &Arc<E::Caller>) -> Result<(), Refusal> {
        let limits = self.endpoint.limits();
        if self.operations.len() >= limits.operations_per_socket {
            return Err(GraphqlCode::TooManyOperations.into());
        }
        let prepared = async {
            let body = trusted::find(&self.endpoint, Asker::Caller(&**caller), asked).await?;
            let checked = document::check(body, limits)?;
            if checked.kind == OperationType::Mutation {
                return Err(GraphqlCode::OperationNotSupported.into());
            }
            document::admit(checked, &self.endpoint, caller).await
        };
        // Meanwhile nothing else of the socket is heard, its end neither.
        let prepared = timeout(limits.deadline, prepared).await;
        let checked = prepared.unwrap_or_else(|_| Err(GraphqlCode::DeadlineExceeded.into()))?;
        let responses = operation::run(&self.endpoint, caller, checked).map(Step::Response);
        let steps = responses.chain(stream::once(future::ready(Step::Complete)));
        self.operations.insert(id.to_owned(), steps.boxed());
        Ok(())
    }

    async fn step(&mut self, id: &str, step: Step, cut: &mut BoxFuture<'static, Cut>) -> Result<(), End> {
        match step {
            Step::Response(told) => match &told.refusal {
                // What was never executed is an error, which ends the operation.
                Some(errors) => {
                    drop(self.operations.remove(id));
                    self.write(message(id, "error", Some(errors)), cut).await
                }
                None => self.write(message(id, "next", Some(&told.body)), cut).await,
            },
            Step::Complete => {
                drop(self.operations.remove(id));
                self.write(message(id, "complete", None), cut).await
            }
        }
    }

    async fn pong(&mut self, cut: &mut BoxFuture<'static, Cut>) -> Result<(), End> {
        self.write(Message::text(r#"{"type":"pong"}"#), cut).await
    }

    /// Writes one message, however long the client lets it wait within the limit.
    async fn write(&mut self, message: Message, cut: &mut BoxFuture<'static, Cut>) -> Result<(), End> {
        let patience = self.endpoint.limits().write_timeout;
        tokio::select! {
            biased;
            // First, so that last words are not lost where there is room for them.
            sent = timeout(patience, self.socket.send(message)) => match sent {
                Ok(Ok(())) => Ok(()),
                Ok(Err(_)) => Err(End::Gone),
                Err(_) => Err(End::close(1013, "The client reads too slowly")),
            },
            cut = cut => Err(End::from(cut)),
        }
    }

    async fn close(mut self, end: End) {
        // Whatever runs stops now, not when the client has said goodbye.
        self.operations.clear();
        let (code, reason) = match end {
            End::Gone => return,
            End::Closed => {
                // The library has the answer ready and sends it when it is asked for more.
                drop(timeout(GOODBYE, self.socket.recv()).await);
                return;
            }
            End::Close(code, reason) => (code, reason),
        };
        let reason = reason.get(..reason.floor_char_boundary(123)).unwrap_or_default();
        let frame = Message::Close(Some(CloseFrame {
            code,
            reason: reason.into(),
        }));
        let goodbye = async {
            if self.socket.send(frame).await.is_ok() {
                while let Some(Ok(_)) = self.socket.recv().await {}
            }
        };
        // A client that does not answer in time is left alone: the connection ends either way.
        let _answered_in_time = timeout(GOODBYE, goodbye).await.is_ok();
    }
}

impl End {
    fn close(code: u16, reason: &str) -> Self {
        Self::Close(code, reason.to_owned())
    }
}

impl From<Cut> for End {
    fn from(cut: Cut) -> Self {
        Self::Close(cut.code, cut.reason)
    }
}

impl From<&Refusal> for End {
    /// The reason is the code word: it is short, and all that a client can branch on.
    fn from(refusal: &Refusal) -> Self {
        let code = match refusal.status {
            StatusCode::UNAUTHORIZED => 4401,
            StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => 1013,
            status if status.is_server_error() => 1011,
            _ => 4403,
        };
        Self::close(code, refusal.code())
    }
}

/// A message about one operation; the payload is JSON already.
fn message(id: &str, kind: &str, payload: Option<&str>) -> Message {
    let id = Value::from(id);
    Message::text(match payload {
        Some(payload) => format!(r#"{{"id":{id},"type":"{kind}","payload":{payload}}}"#),
        None => format!(r#"{{"id":{id},"type":"{kind}"}}"#),
    })
}

#[cfg(test)]
mod tests;
