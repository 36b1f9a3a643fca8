//! Errors as REST answers: the table's status, the `errors` envelope, the trace id.
//!
//! Invariant: internal causes go to the log, once, from here, and never into an answer.

use crate::missing_cookie;
use axum::extract::FromRequestParts;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER};
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use kernel::error::{Error, Problem};
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::convert::Infallible;
use tower_http::request_id::RequestId;

/// The header that repeats the trace id, for clients that do not read it from the body.
pub const CLERK_TRACE_ID: HeaderName = HeaderName::from_static("clerk-trace-id");

/// The id that ties an answer to its log lines: the request's [`RequestId`], as an extractor.
///
/// It is empty when nothing has given the request an id; the header is then left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TraceId(pub String);

impl TraceId {
    /// The id of the request that has these extensions.
    #[must_use]
    pub fn of(extensions: &Extensions) -> Self {
        let id = extensions
            .get::<RequestId>()
            .and_then(|id| id.header_value().to_str().ok());
        Self(id.unwrap_or_default().to_owned())
    }

    /// Turns a failure into this request's answer.
    #[must_use]
    pub fn refuse(&self, error: impl Into<Error>) -> RestError {
        RestError(error.into(), self.clone())
    }
}

impl<S: Sync> FromRequestParts<S> for TraceId {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::of(&parts.extensions))
    }
}

/// A failure together with the id of the request that it answers: what handlers and extractors of this face return.
#[derive(Debug)]
pub struct RestError(pub Error, pub TraceId);

impl IntoResponse for RestError {
    fn into_response(self) -> Response {
        render(&self.0, &self.1.0)
    }
}

/// Writes a refusal of a request before its route was reached, in the form of the face that was asked.
pub type Refuse = fn(&Parts, &Error) -> Response;

/// The refusal of a request as REST answers it.
#[must_use]
pub fn refused(parts: &Parts, error: &Error) -> Response {
    render(error, &TraceId::of(&parts.extensions).0)
}

/// The answer to a request that failed; logs the internal cause if there is one, so call it once for one failure.
#[must_use]
pub fn render(error: &Error, trace_id: &str) -> Response {
    render_advised(error, trace_id, None)
}

/// The same to a page that may have lost its cookie, with what to do about that.
#[must_use]
pub fn render_advised(error: &Error, trace_id: &str, advice: Option<&str>) -> Response {
    if error.is_internal() || error.cause().is_some() {
        let cause = error.cause().map(|cause| format!("{cause:#}"));
        tracing::error!(
            trace.id = trace_id,
            error.cause = cause.as_deref(),
            "request failed: {error}"
        );
    }
    let errors: Vec<Value> = error
        .problems()
        .iter()
        .map(|problem| envelope(problem, advice))
        .collect();
    let body = json!({ "errors": errors, "clerk_trace_id": trace_id }).to_string();
    let status = StatusCode::from_u16(error.code().status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = json_bytes(status, body.into_bytes());
    let headers = response.headers_mut();
    if let Some(id) = HeaderValue::from_str(trace_id).ok().filter(|id| !id.is_empty()) {
        headers.insert(CLERK_TRACE_ID, id);
    }
    if let Some(seconds) = error.retry_after_seconds() {
        headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// A JSON answer with exactly `Content-Type: application/json`. A body that cannot be serialised is an internal error.
#[must_use]
pub fn json_response(status: StatusCode, body: &impl Serialize) -> Response {
    match serde_json::to_vec(body) {
        Ok(bytes) => json_bytes(status, bytes),
        Err(error) => render(&Error::internal(error), ""),
    }
}

fn json_bytes(status: StatusCode, bytes: Vec<u8>) -> Response {
    (
        status,
        [(CONTENT_TYPE, HeaderValue::from_static("application/json"))],
        bytes,
    )
        .into_response()
}

/// One problem as one entry of `errors`.
fn envelope(problem: &Problem, advice: Option<&str>) -> Value {
    let mut meta: Map<String, Value> = problem.meta.clone();
    if let Some(field) = &problem.field {
        meta.insert("param_name".to_owned(), Value::from(field.as_str()));
    }
    json!({
        "code": problem.code.wire(),
        "message": problem.code.message(),
        "long_message": missing_cookie::told(problem, advice),
        "meta": meta,
    })
}

#[cfg(test)]
mod tests {
    use super::{RestError, TraceId, json_response, render};
    use axum::http::{Extensions, HeaderValue, StatusCode};
    use axum::response::{IntoResponse, Response};
    use http_body_util::BodyExt;
    use kernel::error::{Code, Error, Problem};
    use serde_json::{Value, json};
    use std::collections::HashMap;
    use std::io::Write;
    use std::sync::{Arc, Mutex};
    use tower_http::request_id::RequestId;

    async fn body(response: Response) -> Value {
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        serde_json::from_slice(&bytes).unwrap()
    }

    fn header<'a>(response: &'a Response, name: &str) -> Option<&'a str> {
        response.headers().get(name).map(|value| value.to_str().unwrap())
    }

    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<Vec<u8>>>);

    impl Write for Log {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    impl Log {
        fn of(work: impl FnOnce()) -> String {
            let log = Self::default();
            let writer = log.clone();
            let subscriber = tracing_subscriber::fmt()
                .with_ansi(false)
                .with_writer(move || writer.clone())
                .finish();
            tracing::subscriber::with_default(subscriber, work);
            String::from_utf8(log.0.lock().unwrap().clone()).unwrap()
        }
    }

    #[tokio::test]
    async fn every_problem_is_in_the_envelope_and_the_first_decides_the_status() {
        let error = Error::from_problems(vec![
            Problem::of(Code::FormIdentifierExists, "email_address").with_meta("identifiers", json!(["a@b.example"])),
            Problem::new(Code::UserLocked).saying("Try again in an hour."),
        ]);
        let response = render(&error, "trace-1");
        assert_eq!(response.status(), StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(header(&response, "content-type"), Some("application/json"));
        assert_eq!(header(&response, "clerk-trace-id"), Some("trace-1"));
        assert_eq!(header(&response, "retry-after"), None);
        let expected = json!({
            "errors": [
                {
                    "code": "form_identifier_exists",
                    "message": Code::FormIdentifierExists.message(),
                    "long_message": Code::FormIdentifierExists.message(),
                    "meta": { "param_name": "email_address", "identifiers": ["a@b.example"] },
                },
                {
                    "code": "user_locked",
                    "message": Code::UserLocked.message(),
                    "long_message": "Try again in an hour.",
                    "meta": {},
                },
            ],
            "clerk_trace_id": "trace-1",
        });
        assert_eq!(body(response).await, expected);
    }

    #[tokio::test]
    async fn every_code_of_the_table_is_answered_with_its_status() {
        for code in Code::ALL {
            let response = RestError(Error::from(*code), TraceId("trace".to_owned())).into_response();
            assert_eq!(response.status().as_u16(), code.status());
            assert_eq!(
                body(response).await.pointer("/errors/0/code"),
                Some(&json!(code.wire()))
            );
        }
    }

    #[test]
    fn retry_after_is_whole_seconds() {
        let response = render(&Error::from(Code::TooManyRequests).retry_after(17), "trace");
        assert_eq!(header(&response, "retry-after"), Some("17"));
    }

    #[test]
    fn an_unusable_trace_id_leaves_the_header_out() {
        for trace_id in ["", "line\nbreak"] {
            assert_eq!(
                header(&render(&Error::from(Code::UserLocked), trace_id), "clerk-trace-id"),
                None
            );
        }
    }

    #[tokio::test]
    async fn an_internal_cause_is_logged_once_with_its_chain_and_never_shown() {
        let cause = anyhow::anyhow!("disk on fire").context("while writing the row");
        let error = Error::internal(cause);
        let mut response = None;
        let log = Log::of(|| response = Some(render(&error, "trace-7")));
        assert_eq!(log.matches("while writing the row: disk on fire").count(), 1, "{log}");
        assert!(log.contains("ERROR") && log.contains("trace-7"), "{log}");
        let shown = body(response.unwrap()).await.to_string();
        assert!(shown.contains("internal_error") && !shown.contains("disk"), "{shown}");
    }

    #[test]
    fn a_refusal_is_not_logged() {
        assert_eq!(
            Log::of(|| drop(render(&Error::from(Code::FormCodeIncorrect), "trace"))),
            ""
        );
    }

    #[tokio::test]
    async fn a_json_answer_has_the_exact_content_type() {
        let response = json_response(StatusCode::CREATED, &json!({ "object": "user" }));
        assert_eq!(response.status(), StatusCode::CREATED);
        assert_eq!(header(&response, "content-type"), Some("application/json"));
        assert_eq!(body(response).await, json!({ "object": "user" }));
    }

    #[test]
    fn a_body_that_cannot_be_serialised_is_an_internal_error() {
        let unserialisable = HashMap::from([(vec![1_u8], 1_u8)]);
        let response = json_response(StatusCode::OK, &unserialisable);
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    }

    #[test]
    fn the_trace_id_is_the_request_id() {
        let mut extensions = Extensions::new();
        assert_eq!(TraceId::of(&extensions), TraceId::default());
        extensions.insert(RequestId::new(HeaderValue::from_static("trace-3")));
        assert_eq!(TraceId::of(&extensions), TraceId("trace-3".to_owned()));
    }
}
