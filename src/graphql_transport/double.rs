//! The test double of an endpoint: a tiny schema, and callers by header.
//!
//! It counts what executes, so that tests can prove that nothing did.

use super::{Asker, Cut, DocumentId, Endpoint, GraphqlCode, Limits, Readings, Refusal, Subscribed, Weight, routes};
use async_graphql::parser::types::OperationType;
use async_graphql::{Context, Object, Request, Response, Schema, Subscription};
use axum::body::Body;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::IntoResponse as _;
use axum::{Router, http};
use futures_util::stream::{self, Stream, StreamExt as _};
use http_body_util::BodyExt as _;
use serde_json::{Map, Value};
use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use tokio::sync::watch;
use tokio::time::Instant;
use tower::ServiceExt as _;

pub(super) struct Query;

#[Object]
impl Query {
    async fn hello(&self, context: &Context<'_>) -> &'static str {
        context.insert_http_header("x-double", "hello");
        "world"
    }

    async fn echo(&self, text: String) -> String {
        text
    }

    async fn never(&self) -> bool {
        std::future::pending().await
    }

    // The `Option` outside: the library lets an error inside `Result<Option<_>>` null the parent.
    async fn fails(&self) -> Option<async_graphql::Result<bool>> {
        Some(Err("no".into()))
    }
}

pub(super) struct Mutation;

#[Object]
impl Mutation {
    async fn bump(&self, context: &Context<'_>) -> usize {
        context
            .data_unchecked::<Arc<AtomicUsize>>()
            .fetch_add(1, Ordering::SeqCst)
            + 1
    }
}

pub(super) struct Events;

#[Subscription]
impl Events {
    async fn count(&self, to: i32) -> impl Stream<Item = i32> + use<> {
        stream::iter(1..=to)
    }

    async fn forever(&self) -> impl Stream<Item = bool> + use<> {
        stream::pending()
    }

    async fn flood(&self) -> impl Stream<Item = String> + use<> {
        stream::repeat_with(|| "x".repeat(64 * 1024))
    }
}

#[derive(Clone)]
pub(super) struct Double {
    pub schema: Schema<Query, Mutation, Events>,
    pub limits: Limits,
    pub graphiql: bool,
    pub takes_text: bool,
    trusted: HashMap<DocumentId, String>,
    bumps: Arc<AtomicUsize>,
    /// How many callers live.
    pub held: watch::Sender<usize>,
    cut: watch::Sender<Option<Cut>>,
    /// What pings have shown.
    pub renewed: Arc<Mutex<Vec<Option<String>>>>,
}

impl Default for Double {
    fn default() -> Self {
        Self::with(Limits::default())
    }
}

/// One answer, read to its end.
pub(super) struct Reply {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: String,
    json: Value,
}

impl Reply {
    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("text"))
    }

    pub(super) fn json(&self) -> &Value {
        &self.json
    }

    pub(super) fn code(&self) -> &str {
        self.json["errors"][0]["extensions"]["code"]
            .as_str()
            .unwrap_or_default()
    }
}

impl Double {
    pub(super) fn with(limits: Limits) -> Self {
        let bumps = Arc::new(AtomicUsize::new(0));
        let schema = Schema::build(Query, Mutation, Events).data(Arc::clone(&bumps)).finish();
        let (cut, _) = watch::channel(None);
        Self {
            schema,
            limits,
            graphiql: true,
            takes_text: true,
            trusted: HashMap::new(),
            bumps,
            held: watch::Sender::new(0),
            cut,
            renewed: Arc::default(),
        }
    }

    pub(super) fn bumps(&self) -> usize {
        self.bumps.load(Ordering::SeqCst)
    }

    pub(super) fn trust(&mut self, text: &str) {
        self.trusted.insert(DocumentId::of(text), text.to_owned());
    }

    pub(super) fn cut(&self, code: u16, reason: &str) {
        self.cut.send_replace(Some(Cut {
            code,
            reason: reason.to_owned(),
        }));
    }

    pub(super) fn router(&self) -> Router {
        Router::new().route("/graphql", routes(self.clone()))
    }

    pub(super) async fn send(&self, method: &str, uri: &str, headers: &[(&str, &str)], body: impl Into<Body>) -> Reply {
        let uri = uri.replace('{', "%7B").replace('}', "%7D").replace('"', "%22");
        let mut request = http::Request::builder().method(method).uri(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = self
            .router()
            .oneshot(request.body(body.into()).expect("a request"))
            .await
            .expect("an answer");
        let (parts, body) = answer.into_parts();
        let bytes = body.collect().await.expect("a body").to_bytes();
        let body = String::from_utf8(bytes.to_vec()).expect("UTF-8");
        let json = serde_json::from_str(&body).unwrap_or_default();
        Reply {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body,
            json,
        }
    }

    pub(super) async fn post(&self, body: &str, accept: &str) -> Reply {
        let headers = [("content-type", "application/json"), ("accept", accept)];
        self.send("POST", "/graphql", &headers, body.to_owned()).await
    }

    pub(super) async fn get(&self, query: &str, accept: &str) -> Reply {
        self.send("GET", &format!("/graphql?{query}"), &[("accept", accept)], "")
            .await
    }

    pub(super) async fn open(&self, uri: &str, accept: &str) -> axum::response::Response {
        let uri = uri.replace('{', "%7B").replace('}', "%7D");
        let request = http::Request::builder()
            .uri(uri)
            .header("accept", accept)
            .body(Body::empty());
        self.router()
            .oneshot(request.expect("a request"))
            .await
            .expect("an answer")
    }

    fn caller(&self, authorization: Option<&str>) -> Result<Caller, Refusal> {
        match authorization {
            Some("bad") => Err(Refusal::new(StatusCode::UNAUTHORIZED, "AUTHENTICATION_INVALID", "no")),
            Some("forbidden") => Err(Refusal::new(StatusCode::FORBIDDEN, "AUTHORIZATION_INVALID", "no")),
            _ => {
                self.held.send_modify(|held| *held += 1);
                Ok(Caller(self.held.clone()))
            }
        }
    }
}

/// Counted while it lives.
pub(super) struct Caller(watch::Sender<usize>);

impl Drop for Caller {
    fn drop(&mut self) {
        self.0.send_modify(|held| *held -= 1);
    }
}

impl Endpoint for Double {
    type Caller = Caller;

    fn limits(&self) -> &Limits {
        &self.limits
    }

    async fn admit_link(&self, parts: &Parts) -> Result<(), Refusal> {
        if parts.headers.get("origin") == Some(&HeaderValue::from_static("https://evil.example")) {
            return Err(Refusal::new(StatusCode::FORBIDDEN, "ORIGIN_INVALID", "no"));
        }
        Ok(())
    }

    async fn admit_text(&self, _asker: Asker<'_, Caller>) -> Result<(), Refusal> {
        match self.takes_text {
            true => Ok(()),
            false => Err(GraphqlCode::DocumentNotTrusted.into()),
        }
    }

    async fn document(&self, _asker: Asker<'_, Caller>, id: Option<DocumentId>) -> Result<String, Refusal> {
        let found = id.and_then(|id| self.trusted.get(&id)).cloned();
        found.ok_or_else(|| match self.trusted.is_empty() {
            true => GraphqlCode::PersistedQueryNotSupported.into(),
            false => GraphqlCode::PersistedQueryNotFound.into(),
        })
    }

    async fn authenticate(&self, parts: &Parts, _kind: OperationType) -> Result<Caller, Refusal> {
        self.caller(parts.headers.get("authorization").and_then(|value| value.to_str().ok()))
    }

    async fn execute(&self, _caller: &Caller, request: Request, _deadline: Instant) -> Response {
        self.schema.execute(request).await
    }

    fn stream(&self, _caller: &Caller, request: Request, _weight: Weight) -> Subscribed {
        Subscribed {
            responses: self.schema.execute_stream(request).boxed(),
            readings: Readings::default(),
            held: None,
        }
    }

    async fn admit_socket(&self, parts: &mut Parts) -> Result<(), Refusal> {
        if parts.headers.get("origin") == Some(&HeaderValue::from_static("https://evil.example")) {
            return Err(Refusal::new(StatusCode::FORBIDDEN, "ORIGIN_INVALID", "no"));
        }
        Ok(())
    }

    async fn authenticate_socket(&self, _parts: &Parts, payload: &Map<String, Value>) -> Result<Caller, Refusal> {
        self.caller(payload.get("authorization").and_then(Value::as_str))
    }

    async fn renew_socket(&self, _: &Caller, _: &Parts, payload: &Map<String, Value>) -> Result<(), Refusal> {
        let shown = payload.get("authorization").and_then(Value::as_str);
        self.renewed
            .lock()
            .expect("no test panics here")
            .push(shown.map(str::to_owned));
        self.caller(shown).map(drop)
    }

    async fn cut(&self, _caller: &Caller) -> Cut {
        let mut cut = self.cut.subscribe();
        let cut = cut
            .wait_for(Option::is_some)
            .await
            .expect("the sender lives in the double")
            .clone();
        cut.expect("it was waited for")
    }

    async fn graphiql(&self, _parts: &Parts) -> Option<axum::response::Response> {
        self.graphiql
            .then(|| axum::response::Html("<graphiql>").into_response())
    }
}
