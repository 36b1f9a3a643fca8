//! Refusing a request before its route was reached: in the form of the face that was asked, so that whoever asked can read
//! it.
//!
//! Invariant: below `/graphql` every answer is a GraphQL response, everywhere else one of the REST face.

use crate::{
    error::Error,
    graphql::transport::{self, Refusal},
    http::accept::{Accept, Format},
    rest::{self, TraceId},
};
use axum::{
    body::Body,
    http::{HeaderValue, Response, StatusCode, header, request::Parts},
};

/// Where GraphQL is.
pub(super) const GRAPHQL: &str = "/graphql";

/// A refusal of a request before its route was reached, in the form of the face that was asked.
#[must_use]
pub fn refused(parts: &Parts, error: &Error) -> Response<Body> {
    if parts.uri.path() != GRAPHQL {
        return rest::render(error, &TraceId::of(&parts.extensions).0);
    }
    let format = Accept::of(&parts.headers)
        .best(&[Format::Json, Format::GraphqlResponse])
        .unwrap_or(Format::Json);
    let code = error.code();
    let status = StatusCode::from_u16(code.status()).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
    let mut refusal = Refusal::new(status, &code.wire().to_ascii_uppercase(), code.message());
    if let Some(seconds) = error.retry_after_seconds() {
        refusal = refusal.with_header(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    transport::response::refused(refusal, format)
}
