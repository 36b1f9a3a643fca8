//! Refusing a request that reached no handler of this transport, because a layer around all routes refused it.

use super::{Refusal, response};
use axum::{
    http::{HeaderValue, StatusCode, header, request::Parts},
    response::Response,
};
use kernel::error::Error;
use web_kit::accept::{Accept, Format};

/// The refusal as a GraphQL response, in the type that the sender reads.
#[must_use]
pub fn refused(parts: &Parts, error: &Error) -> Response {
    let format = Accept::of(&parts.headers)
        .best(&[Format::Json, Format::GraphqlResponse])
        .unwrap_or(Format::Json);
    let code = error.code();
    let status = StatusCode::from_u16(code.status()).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
    let mut refusal = Refusal::new(status, &code.wire().to_ascii_uppercase(), code.message());
    if let Some(seconds) = error.retry_after_seconds() {
        refusal = refusal.with_header(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response::refused(refusal, format)
}
