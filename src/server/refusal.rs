//! Refusing a request before its route was reached: in the form of the face that was asked, so that whoever asked can read
//! it.
//!
//! Invariant: below `/graphql` every answer is a GraphQL response, everywhere else one of the REST face.

use axum::{http::request::Parts, response::Response};
use kernel::error::Error;
use web_kit::refusal;

/// Where GraphQL is.
pub(super) const GRAPHQL: &str = "/graphql";

/// A refusal of a request before its route was reached, in the form of the face that was asked.
pub(super) fn refused(parts: &Parts, error: &Error) -> Response {
    if parts.uri.path() == GRAPHQL {
        return graphql_transport::refused(parts, error);
    }
    refusal::refused(parts, error)
}
