//! The HTTP handler: negotiation, one request, one answer; hands over to `socket` and `sse`.
//!
//! The invariant: the caller is looked up only after the document passed, so that garbage costs no database read; an identifier that
//! is garbage costs one at most, and with what looks like a secret key the reading of that.

use super::document::Checked;
use super::request::{Asked, check_content_type};
use super::{Asker, Endpoint, GraphqlCode, Limits, Refusal, document, operation, response, socket, sse, trusted};
use async_graphql::parser::types::OperationType;
use async_graphql::{Request as GraphqlRequest, Response as GraphqlResponse};
use axum::extract::Request;
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, header};
use axum::response::Response;
use axum::routing::MethodRouter;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use kernel::error::{Code, Error};
use tokio::time::{Instant, timeout_at};
use tracing::Instrument as _;
use web_kit::accept::{Accept, Format};

/// The routes of one path: `GET` for queries, event streams, sockets and `GraphiQL`, `POST` for everything.
pub fn routes<E: Endpoint, S: Clone + Send + Sync + 'static>(endpoint: E) -> MethodRouter<S> {
    let for_get = endpoint.clone();
    MethodRouter::new()
        .get(move |request: Request| handle(for_get.clone(), request))
        .post(move |request: Request| handle(endpoint.clone(), request))
        .fallback(async || {
            let allow = (header::ALLOW, HeaderValue::from_static("GET, HEAD, POST"));
            let refusal = Refusal::from(GraphqlCode::MethodNotAllowed).with_header(allow.0, allow.1);
            response::refused(refusal, Format::Json)
        })
}

async fn handle<E: Endpoint>(endpoint: E, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    if socket::is_upgrade(&parts) {
        return socket::open(endpoint, parts).await;
    }
    let accept = Accept::of(&parts.headers);
    let offers = [Format::Json, Format::GraphqlResponse, Format::Html, Format::EventStream];
    if parts.method != Method::POST
        && accept.best(&offers) == Some(Format::Html)
        && let Some(mut page) = endpoint.graphiql(&parts).await
    {
        page.headers_mut()
            .append(header::VARY, HeaderValue::from_static("accept"));
        return page;
    }
    let refusals = accept
        .best(&[Format::Json, Format::GraphqlResponse])
        .unwrap_or(Format::Json);
    let deadline = Instant::now() + endpoint.limits().deadline;
    match timeout_at(deadline, prepare(&endpoint, &parts, body, &accept)).await {
        Ok(Ok(Prepared::Refused(answer))) => answer,
        Ok(Ok(Prepared::Ready(ready))) => execute(&endpoint, *ready, deadline, refusals).await,
        Ok(Err(refusal)) => response::refused(refusal, refusals),
        Err(_) => response::refused(GraphqlCode::DeadlineExceeded.into(), refusals),
    }
}

/// A request that has been read and checked.
enum Prepared<C> {
    /// It may run.
    Ready(Box<Ready<C>>),
    /// It may not, and the answer says so in its own way.
    Refused(Response),
}

struct Ready<C> {
    checked: Checked,
    caller: C,
    format: Format,
}

async fn prepare<E: Endpoint>(
    endpoint: &E,
    parts: &Parts,
    body: axum::body::Body,
    accept: &Accept,
) -> Result<Prepared<E::Caller>, Refusal> {
    let limits = endpoint.limits();
    let liked = accept
        .best(&[Format::Json, Format::GraphqlResponse, Format::EventStream])
        .ok_or(GraphqlCode::NotAcceptable)?;
    if parts.method != Method::POST {
        endpoint.admit_link(parts).await?;
    }
    let asked = read(parts, body, limits).await?;
    let body = match trusted::find(endpoint, Asker::Request(parts), asked).await {
        Ok(body) => body,
        // As below.
        Err(refusal) if liked == Format::EventStream && trusted::is_of_document(&refusal) => {
            return Ok(Prepared::Refused(sse::refused(refusal)));
        }
        Err(refusal) => return Err(refusal),
    };
    let checked = match document::check(body, limits) {
        Ok(checked) => checked,
        // A client that only reads events finds the error in one: it cannot see the body of a failed request.
        Err(refusal) if liked == Format::EventStream => return Ok(Prepared::Refused(sse::refused(refusal))),
        Err(refusal) => return Err(refusal),
    };
    if checked.kind == OperationType::Mutation && parts.method != Method::POST {
        let refusal = Refusal::from(GraphqlCode::MethodNotAllowed).saying("Mutations are for POST requests.");
        return Err(refusal.with_header(header::ALLOW, HeaderValue::from_static("POST")));
    }
    let format = accept
        .best(offers(checked.kind))
        .ok_or_else(|| not_acceptable(checked.kind))?;
    let caller = endpoint.authenticate(parts, checked.kind).await?;
    let checked = document::admit(checked, endpoint, &caller).await?;
    let ready = Ready {
        checked,
        caller,
        format,
    };
    Ok(Prepared::Ready(Box::new(ready)))
}

async fn execute<E: Endpoint>(
    endpoint: &E,
    Ready {
        checked,
        caller,
        format,
    }: Ready<E::Caller>,
    deadline: Instant,
    refusals: Format,
) -> Response {
    if format == Format::EventStream {
        return sse::answer(endpoint, caller, checked);
    }
    let price = operation::price(endpoint, &caller, &checked);
    let Checked {
        request,
        kind,
        prefixed,
        ..
    } = checked;
    let response = match kind {
        OperationType::Mutation => mutate(endpoint.clone(), caller, request, deadline).await,
        OperationType::Query | OperationType::Subscription => {
            timeout_at(deadline, endpoint.execute(&caller, request, deadline))
                .await
                .ok()
        }
    };
    match response {
        Some(mut response) => {
            response::report(&mut response, price);
            if let Some(prefixed) = &prefixed {
                prefixed.put(&mut response.data);
            }
            response::answer(response, format)
        }
        None => response::refused(GraphqlCode::DeadlineExceeded.into(), refusals),
    }
}

/// Executes a mutation to its end. What it has committed must reach its caller, a rotated token above all, so no deadline
/// drops it (the endpoint begins no more of its fields then), nor does a caller who hangs up in the middle of it.
async fn mutate<E: Endpoint>(
    endpoint: E,
    caller: E::Caller,
    request: GraphqlRequest,
    deadline: Instant,
) -> Option<GraphqlResponse> {
    let execution = async move { endpoint.execute(&caller, request, deadline).await };
    let ended = tokio::spawn(execution.in_current_span()).await;
    Some(ended.unwrap_or_else(|error| {
        tracing::error!(%error, "a mutation did not end");
        Refusal::from(Error::from(Code::InternalError)).into_response()
    }))
}

/// What an operation can be answered with, best first.
const fn offers(kind: OperationType) -> &'static [Format] {
    match kind {
        OperationType::Query => &[Format::Json, Format::GraphqlResponse, Format::EventStream],
        OperationType::Mutation => &[Format::Json, Format::GraphqlResponse],
        OperationType::Subscription => &[Format::EventStream],
    }
}

fn not_acceptable(kind: OperationType) -> Refusal {
    let refusal = Refusal::from(GraphqlCode::NotAcceptable);
    match kind {
        OperationType::Subscription => refusal.saying("Subscriptions need text/event-stream or a WebSocket."),
        OperationType::Mutation => refusal.saying("Mutations are answered with JSON only."),
        OperationType::Query => refusal,
    }
}

/// The parameters, from the body of a `POST` and the query string of anything else.
async fn read(parts: &Parts, body: axum::body::Body, limits: &Limits) -> Result<Asked, Refusal> {
    if parts.method != Method::POST {
        let text = parts.uri.query().unwrap_or_default();
        if text.len() > limits.body_bytes {
            return Err(Refusal::from(GraphqlCode::RequestBodyTooLarge).saying("The query string is too large."));
        }
        return Asked::from_query_string(text);
    }
    check_content_type(&parts.headers)?;
    let collected = Limited::new(body, limits.body_bytes).collect().await.map_err(|error| {
        if error.is::<LengthLimitError>() {
            Refusal::from(GraphqlCode::RequestBodyTooLarge)
        } else {
            Refusal::from(GraphqlCode::BadRequest).saying("The body cannot be read.")
        }
    })?;
    Asked::from_json(&collected.to_bytes())
}

#[cfg(test)]
mod tests {
    use crate::double::{Double, Reply};
    use crate::{Endpoint as _, Limits};
    use std::time::Duration;

    const BOTH: [&str; 2] = ["application/json", "application/graphql-response+json"];

    #[tokio::test]
    async fn mutations_run_over_post_and_never_over_get() {
        let double = Double::default();
        for accept in [
            "application/json",
            "application/graphql-response+json",
            "text/event-stream",
            "*/*",
        ] {
            let reply = double.get("query=mutation{bump}", accept).await;
            assert_eq!(
                (reply.status, reply.header("allow"), reply.code()),
                (405, "POST", "METHOD_NOT_ALLOWED")
            );
        }
        assert_eq!(double.bumps(), 0);
        let reply = double.post(r#"{"query":"mutation{bump}"}"#, "application/json").await;
        assert_eq!((reply.status, reply.body.as_str()), (200, r#"{"data":{"bump":1}}"#));
        assert_eq!(reply.header("content-type"), "application/json");
    }

    #[tokio::test]
    async fn a_mutation_is_not_answered_with_events() {
        let double = Double::default();
        let reply = double.post(r#"{"query":"mutation{bump}"}"#, "text/event-stream").await;
        assert_eq!((reply.status, reply.code(), double.bumps()), (406, "NOT_ACCEPTABLE", 0));
        let both = "text/event-stream, application/graphql-response+json;q=0.5";
        let reply = double.post(r#"{"query":"mutation{bump}"}"#, both).await;
        assert_eq!((reply.status, double.bumps()), (200, 1));
        assert_eq!(
            reply.header("content-type"),
            "application/graphql-response+json; charset=utf-8"
        );
    }

    #[tokio::test]
    async fn other_methods_and_media_types_are_refused_with_a_graphql_error() {
        let double = Double::default();
        for method in ["PUT", "DELETE", "PATCH", "OPTIONS"] {
            let reply = double.send(method, "/graphql", &[], "").await;
            assert_eq!((reply.status, reply.code()), (405, "METHOD_NOT_ALLOWED"), "{method}");
            assert_eq!(reply.header("allow"), "GET, HEAD, POST");
        }
        let reply = double.post(r#"{"query":"{hello}"}"#, "image/png").await;
        assert_eq!((reply.status, reply.code()), (406, "NOT_ACCEPTABLE"));
        let reply = double
            .post(r#"{"query":"subscription{count(to:1)}"}"#, "application/json")
            .await;
        assert_eq!((reply.status, reply.code()), (406, "NOT_ACCEPTABLE"));
    }

    #[tokio::test]
    async fn a_simple_request_of_a_browser_is_refused_with_and_without_a_cookie() {
        let double = Double::default();
        for content_type in [
            "text/plain",
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=b",
        ] {
            for cookie in [None, Some(("cookie", "__client=x"))] {
                let mut headers = vec![("content-type", content_type)];
                headers.extend(cookie);
                let reply = double
                    .send("POST", "/graphql", &headers, r#"{"query":"mutation{bump}"}"#)
                    .await;
                assert_eq!(
                    (reply.status, reply.code()),
                    (415, "UNSUPPORTED_MEDIA_TYPE"),
                    "{content_type}"
                );
            }
        }
        assert_eq!(double.bumps(), 0);
    }

    #[tokio::test]
    async fn the_endpoint_refuses_with_its_own_status_in_both_types() {
        let double = Double::default();
        for accept in BOTH {
            let headers = [
                ("content-type", "application/json"),
                ("accept", accept),
                ("authorization", "bad"),
            ];
            let reply = double
                .send("POST", "/graphql", &headers, r#"{"query":"mutation{bump}"}"#)
                .await;
            assert_eq!(
                (reply.status, reply.code()),
                (401, "AUTHENTICATION_INVALID"),
                "{accept}"
            );
        }
        assert_eq!(double.bumps(), 0);
    }

    #[tokio::test]
    async fn headers_of_the_response_reach_the_client() {
        let reply = Double::default().post(r#"{"query":"{hello}"}"#, "*/*").await;
        assert_eq!(reply.header("x-double"), "hello");
        assert_eq!(reply.header("vary"), "accept");
        assert_eq!(reply.header("cache-control"), "no-store");
    }

    #[tokio::test]
    async fn a_field_error_keeps_the_data_beside_it_and_gets_a_code() {
        for accept in BOTH {
            let reply = Double::default().post(r#"{"query":"{hello fails}"}"#, accept).await;
            assert_eq!((reply.status, reply.code()), (200, "BAD_USER_INPUT"), "{accept}");
            assert_eq!(
                reply.json()["data"],
                serde_json::json!({"hello": "world", "fails": null})
            );
        }
    }

    #[tokio::test]
    async fn bodies_documents_and_query_strings_are_limited() {
        let double = Double::with(Limits {
            body_bytes: 60,
            document_bytes: 20,
            ..Limits::default()
        });
        let refused = |reply: &Reply| (reply.status, reply.code().to_owned());
        let padded = format!(r#"{{"query":"{{hello}}"{}}}"#, " ".repeat(60));
        let body = double.post(&padded, "*/*").await;
        assert_eq!(refused(&body), (413, "REQUEST_BODY_TOO_LARGE".to_owned()));
        let query = double
            .get(&format!("query={{hello}}&x={}", "x".repeat(60)), "*/*")
            .await;
        assert_eq!(refused(&query), (413, "REQUEST_BODY_TOO_LARGE".to_owned()));
        let document = double.post(r#"{"query":"{hello hello hello hello}"}"#, "*/*").await;
        assert_eq!(refused(&document), (413, "DOCUMENT_TOO_LARGE".to_owned()));
        assert_eq!(double.post(r#"{"query":"{hello}"}"#, "*/*").await.status, 200);
    }

    #[tokio::test]
    async fn an_operation_ends_at_the_deadline() {
        let double = Double::with(Limits {
            deadline: Duration::from_millis(20),
            ..Limits::default()
        });
        for accept in BOTH {
            let reply = double.post(r#"{"query":"{never}"}"#, accept).await;
            assert_eq!((reply.status, reply.code()), (503, "DEADLINE_EXCEEDED"), "{accept}");
        }
    }

    #[tokio::test]
    async fn a_body_that_never_ends_stops_at_the_deadline() {
        let double = Double::with(Limits {
            deadline: Duration::from_millis(20),
            ..Limits::default()
        });
        let endless = axum::body::Body::from_stream(futures_util::stream::pending::<Result<&str, std::io::Error>>());
        let reply = double
            .send("POST", "/graphql", &[("content-type", "application/json")], endless)
            .await;
        assert_eq!(reply.code(), "DEADLINE_EXCEEDED");
    }

    #[tokio::test]
    async fn browsers_get_graphiql_where_it_is_served() {
        let browser = "text/html,application/xml;q=0.9,*/*;q=0.8";
        let mut double = Double::default();
        assert_eq!(double.get("", browser).await.body, "<graphiql>");
        assert_eq!(
            double.get("query={hello}", "*/*").await.body,
            r#"{"data":{"hello":"world"}}"#
        );
        double.graphiql = false;
        assert_eq!(double.get("query={hello}", browser).await.status, 200);
        assert_eq!(double.get("query={hello}", "text/html").await.status, 406);
    }

    #[tokio::test]
    async fn one_operation_of_several_runs_and_an_unknown_name_is_refused() {
        let double = Double::default();
        let two = r#""query A{hello} mutation B{bump}""#;
        let reply = double
            .post(&format!(r#"{{"query":{two},"operationName":"B"}}"#), "*/*")
            .await;
        assert_eq!((reply.body.as_str(), double.bumps()), (r#"{"data":{"bump":1}}"#, 1));
        let reply = double
            .post(&format!(r#"{{"query":{two},"operationName":"C"}}"#), BOTH[1])
            .await;
        assert_eq!((reply.status, reply.code()), (400, "OPERATION_RESOLUTION_FAILURE"));
    }

    #[tokio::test]
    async fn aliases_of_a_credential_check_never_execute() {
        let double = Double::with(Limits {
            credential_fields: ["bump"].into(),
            ..Limits::default()
        });
        let reply = double.post(r#"{"query":"mutation{a:bump b:bump}"}"#, BOTH[1]).await;
        assert_eq!(
            (reply.status, reply.code(), double.bumps()),
            (400, "CREDENTIAL_CHECK_REPEATED", 0)
        );
    }

    #[tokio::test]
    async fn a_document_that_would_overflow_the_parser_is_refused() {
        let double = Double::default();
        let document = format!("{{echo(text:{})}}", "[".repeat(3_000));
        let reply = double
            .post(&serde_json::json!({ "query": document }).to_string(), "*/*")
            .await;
        assert_eq!((reply.status, reply.code()), (200, "DOCUMENT_TOO_COMPLEX"));
    }

    #[tokio::test]
    async fn the_default_limits_admit_deep_introspection() {
        let limits = Double::default().limits().depth;
        let of_type = "ofType{kind name ".repeat(9) + &"}".repeat(9);
        let document = format!("{{__schema{{types{{fields{{args{{type{{kind name {of_type}}}}}}}}}}}}}");
        let reply = Double::default()
            .post(&serde_json::json!({ "query": document }).to_string(), BOTH[1])
            .await;
        assert_eq!(reply.status, 200, "{limits} {}", reply.body);
    }
}
