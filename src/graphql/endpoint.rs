//! The transport's hooks over the schema: who calls, what they get, and when their connection must end.
//!
//! Invariant: nothing executes on a socket for a caller who would not be let in any more.

use super::{
    context::Execution,
    graphiql,
    line::{Line, cut, replaced},
    push::readmitted,
    schema::{Introspection, Schema, outline, schema, validating},
    seat::{COST_PER_PERSON, Seat, Seats},
    trusted_document::Judge,
};
use async_graphql::{Request, Response, parser::types::OperationType};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header, request::Parts};
use domain::permission::Actor;
use futures_util::{FutureExt as _, StreamExt as _, stream};
use graphql_transport::{Asker, Cut, DocumentId, GraphqlCode, Limits, Readings, Refusal, Subscribed, Weight};
use kernel::{
    caller::{Caller, Instance},
    error::{Code, Error, Result},
};
use serde_json::{Map, Value};
use service::{
    app::App,
    federation, instance,
    standing::{self, Readmission},
    trusted_document,
};
use std::sync::Arc;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::Instant,
};
use tokio_util::sync::CancellationToken;
use web_kit::{
    caller::{SESSION, caller, shows_outdated_token, shows_secret_key},
    host::instance_of,
    origin::check_socket,
};

/// The mutation fields that check a credential, of which a document may hold one.
pub const CREDENTIAL_FIELDS: [&str; 5] = [
    "signInAttemptFirstFactor",
    "signInAttemptSecondFactor",
    "signInCreate",
    "signUpAttemptVerification",
    "totpAttemptVerification",
];
/// The most sockets and event streams of a node, and never more than half of its connections: each keeps its place.
const SOCKETS: usize = 10_000;
/// After how many seconds somebody may ask again for whom there was no place.
const PLACE_RETRY_SECONDS: u64 = 10;

/// The page that browsers are shown instead of `GraphiQL` where that is not served.
pub type Instead = fn(&Instance) -> axum::response::Response;

/// The schema as the transport serves it. Cheap to clone.
#[derive(Clone)]
pub struct GraphqlEndpoint(Arc<Shared>);

struct Shared {
    app: App,
    open: Schema,
    closed: Schema,
    limits: Limits,
    judge: Arc<Judge>,
    instead: Instead,
    sockets: Arc<Semaphore>,
    seats: Seats,
    shutdown: CancellationToken,
}

/// Who calls, and the place that a long-lived connection of theirs takes.
pub struct EndpointCaller {
    line: Arc<Line>,
    seat: Option<Seat>,
    /// Whether they showed a token that was replaced, so that they may come back with the new one.
    is_outdated: bool,
    /// The place among the event streams.
    _place: Option<OwnedSemaphorePermit>,
}

impl GraphqlEndpoint {
    /// The endpoint; `shutdown` ends every long-lived connection.
    ///
    /// # Errors
    /// When what is known of the schema's lists does not fit the schema.
    pub fn new(app: App, instead: Instead, shutdown: CancellationToken) -> anyhow::Result<Self> {
        let limits = Limits {
            body_bytes: app.config().http.body_limit_bytes.min(Limits::default().body_bytes),
            credential_fields: CREDENTIAL_FIELDS.into(),
            outline: Arc::new(outline()?),
            ..Limits::default()
        };
        let sockets = (app.config().http.connection.maximum / 2).clamp(1, SOCKETS);
        Ok(Self(Arc::new(Shared {
            open: schema(Introspection::Open),
            closed: schema(Introspection::Closed),
            sockets: Arc::new(Semaphore::new(sockets)),
            seats: Seats::new(sockets),
            app,
            judge: Arc::new(Judge::new(
                limits.clone(),
                Box::new(|request| validating().execute(request).boxed()),
            )),
            limits,
            instead,
            shutdown,
        })))
    }

    /// Introspection and suggestions are for development, and for the application itself.
    fn schema_for(&self, caller: &Caller) -> &Schema {
        match is_schema_told(caller) {
            true => &self.0.open,
            false => &self.0.closed,
        }
    }

    /// The caller as it acts now. Whoever was let in for one request is not asked twice.
    async fn present(&self, caller: &EndpointCaller) -> Result<Arc<Caller>> {
        match caller.seat {
            Some(_) => readmitted(&self.0.app, &mut caller.line.listen()).await,
            None => Ok(caller.line.holder()),
        }
    }

    /// One of the places of what stays open.
    fn place(&self) -> Result<OwnedSemaphorePermit, Refusal> {
        Arc::clone(&self.0.sockets).try_acquire_owned().map_err(|_| full())
    }

    /// Whether somebody unknown shows a token that was replaced a moment ago.
    async fn is_outdated(&self, caller: &Caller, parts: &Parts) -> Result<bool> {
        match caller.actor {
            Actor::Anonymous => shows_outdated_token(&self.0.app, parts).await,
            Actor::Client { .. } | Actor::SessionToken(_) | Actor::SecretKey { .. } => Ok(false),
        }
    }

    async fn seat(&self, caller: &Caller) -> Result<Seat, Refusal> {
        let is_proven = standing::is_proven(&self.0.app, caller).await?;
        self.0.seats.take(caller, is_proven).ok_or_else(full)
    }
}

/// Whether the caller is told what the schema has, in answers and in what errors suggest.
fn is_schema_told(caller: &Caller) -> bool {
    caller.instance.is_development() || caller.actor.is_secret_key()
}

/// What is told where every place is taken that what stays open may have.
fn full() -> Refusal {
    Error::from(Code::TooManyRequests)
        .retry_after(PLACE_RETRY_SECONDS)
        .into()
}

impl graphql_transport::Endpoint for GraphqlEndpoint {
    type Caller = EndpointCaller;

    fn limits(&self) -> &Limits {
        &self.0.limits
    }

    async fn admit_link(&self, parts: &Parts) -> Result<(), Refusal> {
        let of_browser = parts.headers.contains_key(header::ORIGIN) || parts.headers.contains_key("sec-fetch-site");
        if of_browser {
            check_page(&self.0.app, parts).await?;
        }
        Ok(())
    }

    async fn admit_text(&self, asker: Asker<'_, EndpointCaller>) -> Result<(), Refusal> {
        let (instance, has_secret_key) = match asker {
            Asker::Request(parts) if shows_secret_key(&parts.headers) => {
                let addressed = instance_of(&self.0.app, parts).await;
                // Whether the key is good is found out with who calls, unless nobody's text may be looked at before.
                if addressed.is_ok_and(|instance| instance.settings.graphql.documents_only) {
                    caller(&self.0.app, parts).await?;
                }
                return Ok(());
            }
            Asker::Request(parts) => (instance_of(&self.0.app, parts).await?, false),
            Asker::Caller(asking) => {
                let holder = asking.line.holder();
                (present(&self.0.app, &holder).await?, holder.actor.is_secret_key())
            }
        };
        match instance.settings.graphql.documents_only && !has_secret_key {
            true => Err(GraphqlCode::DocumentNotTrusted.into()),
            false => Ok(()),
        }
    }

    async fn document(&self, asker: Asker<'_, EndpointCaller>, id: Option<DocumentId>) -> Result<String, Refusal> {
        let instance = match asker {
            // A secret key is one of an instance, by whatever host it comes.
            Asker::Request(parts) if shows_secret_key(&parts.headers) => caller(&self.0.app, parts).await?.instance,
            Asker::Request(parts) => instance_of(&self.0.app, parts).await?,
            Asker::Caller(asking) => present(&self.0.app, &asking.line.holder()).await?,
        };
        let found = match id {
            Some(id) => trusted_document::find(&self.0.app, &instance, id.bytes()).await?,
            None => None,
        };
        match found {
            Some(text) => Ok(String::clone(&text)),
            None if instance.documents.count == 0 => Err(GraphqlCode::PersistedQueryNotSupported.into()),
            None => Err(GraphqlCode::PersistedQueryNotFound.into()),
        }
    }

    async fn authenticate(&self, parts: &Parts, kind: OperationType) -> Result<EndpointCaller, Refusal> {
        let caller = caller(&self.0.app, parts).await?;
        let is_outdated = self.is_outdated(&caller, parts).await?;
        Ok(match kind {
            OperationType::Subscription => EndpointCaller {
                seat: Some(self.seat(&caller).await?),
                is_outdated,
                _place: Some(self.place()?),
                line: Arc::new(Line::new(Arc::new(caller.for_long()))),
            },
            // An answer would be nobody's, and a cache would believe it.
            OperationType::Query | OperationType::Mutation if is_outdated => {
                return Err(GraphqlCode::ClientTokenReplaced.into());
            }
            OperationType::Query | OperationType::Mutation => EndpointCaller {
                line: Arc::new(Line::new(Arc::new(caller))),
                seat: None,
                is_outdated,
                _place: None,
            },
        })
    }

    fn cost_limit(&self, caller: &EndpointCaller) -> u64 {
        match caller.line.holder().actor.is_secret_key() {
            true => self.0.limits.highest_cost,
            false => COST_PER_PERSON,
        }
    }

    fn tells_schema(&self, caller: &EndpointCaller) -> bool {
        is_schema_told(&caller.line.holder())
    }

    async fn type_prefix(&self, caller: &EndpointCaller) -> Option<String> {
        let holder = caller.line.holder();
        let present = match caller.seat {
            // Whoever is refused has none: nothing may be waited for here, where the end of a socket is not heard.
            Some(_) => match standing::readmission(&self.0.app, &holder).await {
                Ok(Readmission::Granted(present)) => present,
                Ok(Readmission::Refused(_)) | Err(_) => return None,
            },
            None => holder,
        };
        let prefix = federation::type_prefix(&present).ok()?;
        (!prefix.is_empty()).then(|| prefix.to_owned())
    }

    async fn execute(&self, caller: &EndpointCaller, request: Request, deadline: Instant) -> Response {
        match self.present(caller).await {
            Ok(caller) => {
                let schema = self.schema_for(&caller);
                let execution = Execution::new(self.0.app.clone(), caller, Some(deadline));
                let request = request.data(execution).data(Arc::clone(&self.0.judge));
                schema.execute(request).await
            }
            Err(error) => Refusal::from(error).into_response(),
        }
    }

    fn stream(&self, caller: &EndpointCaller, request: Request, weight: Weight) -> Subscribed {
        let readings = Readings::default();
        let by_itself = |responses| Subscribed {
            responses,
            readings: readings.clone(),
            held: None,
        };
        if caller.is_outdated {
            // An answer would be nobody's and complete; the connection is cut, and its client takes the operation up again.
            return by_itself(stream::pending().boxed());
        }
        let running = caller.seat.as_ref().map(|seat| seat.begin(weight));
        if matches!(running, Some(None)) {
            let refusal = Refusal::from(GraphqlCode::TooManyOperations).into_response();
            return by_itself(stream::once(std::future::ready(refusal)).boxed());
        }
        let (endpoint, line, of_execution) = (self.clone(), Arc::clone(&caller.line), readings.clone());
        let responses = async move {
            match readmitted(&endpoint.0.app, &mut line.listen()).await {
                Ok(caller) => {
                    let schema = endpoint.schema_for(&caller).clone();
                    let execution = Execution::on(line, of_execution, endpoint.0.app.clone(), caller);
                    schema.execute_stream(request.data(execution))
                }
                Err(error) => stream::once(std::future::ready(Refusal::from(error).into_response())).boxed(),
            }
        };
        Subscribed {
            held: Some(Box::new(running)),
            ..by_itself(responses.flatten_stream().boxed())
        }
    }

    fn likeness(&self, caller: &EndpointCaller) -> Option<String> {
        caller.line.holder().likeness()
    }

    async fn admit_socket(&self, parts: &mut Parts) -> Result<(), Refusal> {
        let of_browser = parts.headers.contains_key(header::ORIGIN) || parts.headers.contains_key("sec-fetch-site");
        if of_browser {
            // Browsers open sockets to anywhere and send cookies along, so this is the only rule that stops them.
            let page = check_page(&self.0.app, parts).await;
            page.map_err(|refusal| refusal.with_status(StatusCode::FORBIDDEN))?;
        }
        let permit = self.place()?;
        parts.extensions.insert::<Arc<OwnedSemaphorePermit>>(Arc::new(permit));
        Ok(())
    }

    async fn authenticate_socket(
        &self,
        parts: &Parts,
        payload: &Map<String, Value>,
    ) -> Result<EndpointCaller, Refusal> {
        let mut parts = parts.clone();
        set_from_payload(&mut parts.headers, payload)?;
        let caller = caller(&self.0.app, &parts).await?.for_long();
        let seat = Some(self.seat(&caller).await?);
        Ok(EndpointCaller {
            is_outdated: self.is_outdated(&caller, &parts).await?,
            _place: None,
            line: Arc::new(Line::new(Arc::new(caller))),
            seat,
        })
    }

    async fn renew_socket(
        &self,
        caller: &EndpointCaller,
        parts: &Parts,
        payload: &Map<String, Value>,
    ) -> Result<(), Refusal> {
        // Nothing is looked up for who has nothing to renew.
        if !matches!(caller.line.holder().actor, Actor::SessionToken(_)) {
            return Err(Error::from(Code::AuthorizationInvalid).into());
        }
        let mut parts = parts.clone();
        set_from_payload(&mut parts.headers, payload)?;
        let shown = web_kit::caller::caller(&self.0.app, &parts).await?;
        Ok(caller.line.renew(shown)?)
    }

    async fn cut(&self, caller: &EndpointCaller) -> Cut {
        if caller.is_outdated {
            return replaced();
        }
        tokio::select! {
            () = self.0.shutdown.cancelled() => cut(1001, "The server stops"),
            cut = caller.line.lost(&self.0.app) => cut,
        }
    }

    async fn graphiql(&self, parts: &Parts) -> Option<axum::response::Response> {
        let instance = instance_of(&self.0.app, parts).await.ok()?;
        if instance.is_development() {
            return Some(graphiql::page(&self.0.app, &instance));
        }
        // A link that brings a query is answered.
        let is_bare = parts.uri.query().is_none_or(str::is_empty);
        is_bare.then(|| (self.0.instead)(&instance))
    }
}

/// The caller's instance as it is now: a socket outlives changes of it.
async fn present(app: &App, caller: &Caller) -> Result<Arc<Instance>> {
    let instance = instance::by_id(app, &caller.instance.id).await?;
    instance.ok_or_else(|| Code::HostInvalid.into())
}

/// Lets a request pass that a page of an allowed origin, or the person at the browser, has caused.
async fn check_page(app: &App, parts: &Parts) -> Result<(), Refusal> {
    let instance = instance_of(app, parts).await?;
    Ok(check_socket(&instance, &parts.headers)?)
}

/// Puts what a message says of who calls where a request would have it.
fn set_from_payload(headers: &mut HeaderMap, payload: &Map<String, Value>) -> Result<()> {
    for (key, name) in [("authorization", header::AUTHORIZATION), ("sessionId", SESSION)] {
        // As headers go by any case, so do what stands for them.
        let mut given = payload
            .iter()
            .filter(|(given, value)| given.eq_ignore_ascii_case(key) && !value.is_null());
        let value = match (given.next(), given.next()) {
            (None, _) => continue,
            (Some((_, Value::String(text))), None) => HeaderValue::from_str(text).ok(),
            (Some(_), _) => None,
        };
        let mut value = value.ok_or(Code::AuthorizationHeaderFormatInvalid)?;
        value.set_sensitive(true);
        headers.insert(name, value);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{SESSION, set_from_payload};
    use axum::http::{HeaderMap, header};
    use serde_json::{Value, json};

    fn payload(value: Value) -> serde_json::Map<String, Value> {
        match value {
            Value::Object(payload) => payload,
            other => panic!("{other} is no object"),
        }
    }

    #[test]
    fn the_first_message_stands_for_the_headers_that_browsers_cannot_set() {
        let mut headers = HeaderMap::new();
        let message = json!({ "Authorization": "Bearer a.b.c", "sessionId": "sess_x", "other": 1 });
        set_from_payload(&mut headers, &payload(message)).unwrap();
        assert_eq!(headers.get(header::AUTHORIZATION).unwrap(), "Bearer a.b.c");
        assert_eq!(headers.get(SESSION).unwrap(), "sess_x");
        assert!(!format!("{headers:?}").contains("a.b.c"));
        let mut empty = HeaderMap::new();
        set_from_payload(&mut empty, &payload(json!({ "authorization": null }))).unwrap();
        assert!(empty.is_empty());
    }

    #[test]
    fn a_first_message_that_cannot_be_headers_is_refused() {
        let twice = json!({ "authorization": "Bearer a.b.c", "Authorization": "Bearer d.e.f" });
        for message in [json!({ "authorization": 7 }), json!({ "sessionId": "a\nb" }), twice] {
            assert!(
                set_from_payload(&mut HeaderMap::new(), &payload(message.clone())).is_err(),
                "{message}"
            );
        }
    }
}
