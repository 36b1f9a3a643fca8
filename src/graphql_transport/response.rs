//! Status, headers and body of a JSON answer (GraphQL over HTTP, "Response").
//!
//! The invariant: a response that was never executed has no `data`, and every error that the transport passes on has
//! a code. There are few errors, and none is long: what causes them may be repeated, and they repeat what causes them.

use super::measure::cut;
use super::refusal::{code_of, set_code_if_absent};
use super::{GraphqlCode, Refusal};
use async_graphql::{CacheControl, Name, Response, ServerError, Value};
use async_graphql_axum::GraphQLResponse;
use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::IntoResponse as _;
use kernel::error::Code;
use serde::Serialize;
use std::collections::BTreeMap;
use web_kit::accept::Format;

/// A response as clients see it, errors first.
#[derive(Serialize)]
struct Wire<'a> {
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    errors: &'a [ServerError],
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<&'a Value>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    extensions: &'a BTreeMap<String, Value>,
}

/// Whether execution never began: a request error has no path, whereas that of a field always has one.
#[must_use]
pub fn is_request_error(response: &Response) -> bool {
    response.data == Value::Null
        && !response.errors.is_empty()
        && response.errors.iter().all(|error| error.path.is_empty())
}

/// Completes what the schema answered: errors get their codes, and what is too much of them is cut. Resolvers of ours
/// always give a code, so what has none is the library's: validation before execution, coercion of arguments during it.
pub fn complete(response: &mut Response) {
    cut(&mut response.errors);
    for error in &mut response.errors {
        let code = if error.path.is_empty() {
            GraphqlCode::GraphqlValidationFailed
        } else {
            GraphqlCode::BadUserInput
        };
        set_code_if_absent(error, code);
    }
}

/// Tells what an operation that ran has cost, and what it might have: of its caller.
pub fn report(response: &mut Response, price: Option<(u64, u64)>) {
    if let Some((requested, maximum)) = price
        && !is_request_error(response)
    {
        let cost = [("requested", requested), ("maximum", maximum)];
        let cost = cost.map(|(name, number)| (Name::new(name), Value::from(number)));
        response
            .extensions
            .insert("cost".to_owned(), Value::Object(cost.into_iter().collect()));
    }
}

/// The body of a response, in UTF-8.
#[must_use]
pub fn body(response: &Response) -> String {
    let data = (!is_request_error(response)).then_some(&response.data);
    let wire = Wire {
        errors: &response.errors,
        data,
        extensions: &response.extensions,
    };
    serde_json::to_string(&wire).unwrap_or_else(|error| {
        // Only a value that is not JSON can do this, such as a map with keys that are no strings.
        tracing::error!(%error, "a GraphQL response cannot be written");
        let code = Code::InternalError;
        let word = code.wire().to_ascii_uppercase();
        serde_json::json!({ "errors": [{ "message": code.message(), "extensions": { "code": word } }] }).to_string()
    })
}

/// The HTTP answer to an executed or rejected request.
#[must_use]
pub fn answer(mut response: Response, format: Format) -> axum::response::Response {
    complete(&mut response);
    if is_request_error(&response) {
        let status = status(&response, format);
        let headers = std::mem::take(&mut response.http_headers);
        return assembled(status, format, headers, body(&response));
    }
    // What was executed, even in part. Hints of the schema on how long to keep it know nothing of callers.
    response.cache_control = CacheControl::default();
    finished(GraphQLResponse::from(response).into_response(), StatusCode::OK, format)
}

/// The HTTP answer to a refused request.
#[must_use]
pub fn refused(refusal: Refusal, format: Format) -> axum::response::Response {
    let status = if format == Format::GraphqlResponse {
        refusal.status
    } else {
        refusal.legacy_status
    };
    let headers = refusal.headers.iter().cloned().collect();
    assembled(status, format, headers, body(&refusal.into_response()))
}

/// What the first error's code means, of a request that was not executed.
fn status(response: &Response, format: Format) -> StatusCode {
    let word = response.errors.first().and_then(code_of).unwrap_or_default();
    let number = match GraphqlCode::of_wire(word) {
        Some(code) if format == Format::GraphqlResponse => code.status(),
        Some(code) => code.legacy_status(),
        None => Code::ALL
            .iter()
            .find(|code| code.wire().eq_ignore_ascii_case(word))
            .map_or(GraphqlCode::BadRequest.status(), |code| code.status()),
    };
    StatusCode::from_u16(number).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

fn assembled(status: StatusCode, format: Format, headers: HeaderMap, body: String) -> axum::response::Response {
    let mut answer = axum::response::Response::new(Body::from(body));
    *answer.headers_mut() = headers;
    finished(answer, status, format)
}

fn finished(mut answer: axum::response::Response, status: StatusCode, format: Format) -> axum::response::Response {
    *answer.status_mut() = status;
    let own = answer.headers_mut();
    own.insert(header::CONTENT_TYPE, format.content_type());
    // Answers differ by caller and by what is accepted; no cache may keep them unless the endpoint says how.
    own.entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    own.append(header::VARY, HeaderValue::from_static("accept"));
    answer
}

#[cfg(test)]
mod tests {
    use super::*;
    use async_graphql::PathSegment;
    use serde_json::json;

    fn failed(path: &[&str]) -> ServerError {
        let mut error = ServerError::new("no", None);
        error.path = path.iter().map(|name| PathSegment::Field((*name).to_owned())).collect();
        error
    }

    #[test]
    fn a_request_error_has_no_data_and_a_field_error_has_null() {
        let mut before = Response::from_errors(vec![failed(&[])]);
        complete(&mut before);
        assert_eq!(
            body(&before),
            r#"{"errors":[{"message":"no","extensions":{"code":"GRAPHQL_VALIDATION_FAILED"}}]}"#
        );
        let during = Response::from_errors(vec![failed(&["a"])]);
        assert_eq!(
            body(&during),
            r#"{"errors":[{"message":"no","path":["a"]}],"data":null}"#
        );
        assert_eq!(body(&Response::new(Value::Null)), r#"{"data":null}"#);
    }

    #[test]
    fn what_is_too_much_of_the_errors_is_cut() {
        let mut many = Response::from_errors(vec![failed(&["a"]); 50]);
        complete(&mut many);
        assert_eq!(many.errors.len(), 20);
        let mut long = failed(&["a"]);
        long.message = "é".repeat(400);
        long.locations = vec![async_graphql::Pos::default(); 9];
        let mut response = Response::from_errors(vec![long]);
        complete(&mut response);
        let error = response.errors.first().expect("an error");
        assert_eq!((error.message.chars().count(), error.locations.len()), (301, 2));
        let deep = failed(&vec!["x".repeat(128).as_str(); 20]);
        let mut response = Response::from_errors(vec![deep; 20]);
        complete(&mut response);
        assert!((1..20).contains(&response.errors.len()) && body(&response).len() < 64 * 1024);
    }

    #[test]
    fn the_status_depends_on_the_type_only_before_execution() {
        let status_of = |path: &[&str], format| answer(Response::from_errors(vec![failed(path)]), format).status();
        assert_eq!(status_of(&[], Format::GraphqlResponse), 400);
        assert_eq!(status_of(&[], Format::Json), 200);
        assert_eq!(status_of(&["a"], Format::GraphqlResponse), 200);
        assert_eq!(status_of(&["a"], Format::Json), 200);
    }

    #[test]
    fn a_code_of_the_error_table_decides_the_status_of_a_request_error() {
        let response = Refusal::new(StatusCode::UNAUTHORIZED, "AUTHENTICATION_INVALID", "who?").into_response();
        assert_eq!(answer(response, Format::Json).status(), 401);
    }

    #[test]
    fn every_header_of_the_response_is_kept_and_nothing_is_cached() {
        let mut headers = HeaderMap::new();
        headers.append(header::SET_COOKIE, HeaderValue::from_static("a=1"));
        headers.append(header::SET_COOKIE, HeaderValue::from_static("b=2"));
        let hint = CacheControl {
            max_age: 60,
            ..CacheControl::default()
        };
        let response = Response::new(true).http_headers(headers).cache_control(hint);
        let answer = answer(response, Format::Json);
        assert_eq!(answer.headers().get_all(header::SET_COOKIE).iter().count(), 2);
        assert_eq!(
            answer.headers().get(header::CONTENT_TYPE),
            Some(&HeaderValue::from_static("application/json"))
        );
        assert_eq!(
            answer.headers().get(header::CACHE_CONTROL),
            Some(&HeaderValue::from_static("no-store"))
        );
    }

    #[tokio::test]
    async fn what_was_executed_is_written_alike_over_every_transport() {
        let executed = || {
            let mut extended = Response::new(Value::from_json(json!({ "a": [1, null, "é\"\u{2028}"] })).unwrap());
            extended.extensions.insert("trace".to_owned(), Value::from(1));
            let mut partly = Response::from_errors(vec![failed(&["a"])]);
            partly.data = Value::from_json(json!({ "a": null, "b": 1.5 })).unwrap();
            let nothing = Response::from_errors(vec![failed(&["a"])]);
            [extended, partly, nothing, Response::new(Value::Null)]
        };
        for (mut streamed, answered) in executed().into_iter().zip(executed()) {
            complete(&mut streamed);
            let answer = answer(answered, Format::GraphqlResponse).into_body();
            let bytes = axum::body::to_bytes(answer, 4096).await.unwrap();
            assert_eq!(std::str::from_utf8(&bytes).unwrap(), body(&streamed));
        }
    }
}
