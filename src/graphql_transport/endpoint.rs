//! What the transport asks of whoever owns the schema: who calls, what the answer is, and when a stream must end.
//!
//! Implementations see only requests that passed the limits, already parsed.

use super::{Asker, DocumentId, Limits, Refusal, Subscribed, Weight};
use async_graphql::parser::types::OperationType;
use async_graphql::{Request, Response};
use axum::http::request::Parts;
use serde_json::{Map, Value};
use std::time::Duration;
use tokio::time::Instant;

/// Why a long-lived connection ends before the client wants it to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cut {
    /// The WebSocket close code (RFC 6455, 7.4): 4401 or 4403 for a caller who lost their rights, 1012 for one who
    /// has others now, 1001 at shutdown.
    pub code: u16,
    /// The close reason, for people; cut at 123 bytes.
    pub reason: String,
}

/// How long operations have for their last words when a connection is cut for good.
pub(crate) const LAST_WORDS: Duration = Duration::from_millis(500);

impl Cut {
    /// Whether what the caller has followed may be no more, as opposed to who may follow it: a client, or a session.
    pub(crate) const fn is_final(&self) -> bool {
        matches!(self.code, 4401 | 4403)
    }
}

/// A schema with its callers.
pub trait Endpoint: Clone + Send + Sync + 'static {
    /// Who calls. A socket keeps one for its whole life, so it may hold what must be released when the socket ends.
    type Caller: Send + Sync + 'static;

    /// The limits, which stay the same for the life of the endpoint.
    fn limits(&self) -> &Limits;

    /// Decides, before anything else is done for it, whether a `GET` may come from where it comes from: any page can make
    /// a browser send one.
    ///
    /// # Errors
    /// The refusal becomes the answer.
    fn admit_link(&self, parts: &Parts) -> impl Future<Output = Result<(), Refusal>> + Send;

    /// Decides, before a document is looked at, whether who asks may send its text at all.
    ///
    /// # Errors
    /// `DOCUMENT_NOT_TRUSTED`.
    fn admit_text(&self, asker: Asker<'_, Self::Caller>) -> impl Future<Output = Result<(), Refusal>> + Send;

    /// The text of a document that whoever is asked for trusts; of `None`, what is known by nothing that is an identifier here.
    ///
    /// # Errors
    /// `PERSISTED_QUERY_NOT_FOUND` where others are trusted and this is not, `PERSISTED_QUERY_NOT_SUPPORTED` where none is.
    fn document(
        &self,
        asker: Asker<'_, Self::Caller>,
        id: Option<DocumentId>,
    ) -> impl Future<Output = Result<String, Refusal>> + Send;

    /// Names the caller of one HTTP request or event stream. The kind of the operation is there because only a mutation
    /// is subject to the rules against cross-site requests. The peer's address is in the parts' extensions.
    fn authenticate(
        &self,
        parts: &Parts,
        kind: OperationType,
    ) -> impl Future<Output = Result<Self::Caller, Refusal>> + Send;

    /// What an operation of this caller may cost; see [`Limits::highest_cost`].
    fn cost_limit(&self, _caller: &Self::Caller) -> u64 {
        self.limits().highest_cost
    }

    /// Whether this caller is told the schema when they ask for it.
    fn tells_schema(&self, _caller: &Self::Caller) -> bool {
        true
    }

    /// What the names of types begin with for this caller, where it asks for `_entities` (Apollo Federation 2): documents may have it
    /// before the schema's own names, and answers do. What stays open is asked at each operation.
    fn type_prefix(&self, _caller: &Self::Caller) -> impl Future<Output = Option<String>> + Send {
        std::future::ready(None)
    }

    /// Executes a checked query or mutation. Headers for the HTTP answer travel in the response's `http_headers`;
    /// a socket and an event stream drop them. A query is dropped at the deadline and when the client goes
    /// away; a mutation never is, but no further field of it may begin after the deadline.
    fn execute(
        &self,
        caller: &Self::Caller,
        request: Request,
        deadline: Instant,
    ) -> impl Future<Output = Response> + Send;

    /// Executes a checked subscription, which takes that much while it is followed. While the client reads slowly the stream is not polled, unless others are told the same.
    fn stream(&self, caller: &Self::Caller, request: Request, weight: Weight) -> Subscribed;

    /// Everything about a caller that an answer may depend on, now or later, in one text: two of whom it is the same are answered alike.
    /// Nothing for those whose answers are nobody else's.
    fn likeness(&self, _caller: &Self::Caller) -> Option<String> {
        None
    }

    /// Decides before the upgrade whether these parts may open a socket: the `Origin` rule (403) and how many sockets
    /// there may be (429). The parts live as long as the socket: a permit may be left in their extensions.
    ///
    /// # Errors
    /// The refusal becomes the HTTP answer instead of the upgrade.
    fn admit_socket(&self, parts: &mut Parts) -> impl Future<Output = Result<(), Refusal>> + Send;

    /// Names the caller of a socket, from its handshake and the payload of `connection_init` (empty if there was none).
    fn authenticate_socket(
        &self,
        parts: &Parts,
        payload: &Map<String, Value>,
    ) -> impl Future<Output = Result<Self::Caller, Refusal>> + Send;

    /// Lets the caller of a socket go on with another credential, which the payload of a `ping` shows as that of `connection_init`
    /// would. Who they are stays the same; what runs goes on.
    ///
    /// # Errors
    /// The refusal ends the socket: the credential is no good, or is not of the same caller.
    fn renew_socket(
        &self,
        caller: &Self::Caller,
        parts: &Parts,
        payload: &Map<String, Value>,
    ) -> impl Future<Output = Result<(), Refusal>> + Send;

    /// Resolves when everything this caller holds open must end: their client is deleted, a session revoked, the server
    /// stops. Never resolves otherwise.
    fn cut(&self, caller: &Self::Caller) -> impl Future<Output = Cut> + Send;

    /// The page for a browser that asks with these parts: `GraphiQL`, or why it is not here. Nothing where there is no page, and
    /// where they are to be answered as anybody's are.
    fn graphiql(&self, parts: &Parts) -> impl Future<Output = Option<axum::response::Response>> + Send;
}
