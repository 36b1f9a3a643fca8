//! Files that browsers load: those that are built into the program, and those that an operator has put into a folder.
//!
//! Invariant: the first are sent from where they lie in the program, the others are read as they are sent, so that neither the size
//! of a file nor a reader that stops costs more than one part of it.

use axum::{
    extract::Request,
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use std::{io, path::PathBuf};
use tower_http::services::ServeFile;

/// How much of a file is in memory for each who reads it.
const PART_BYTES: usize = 16 * 1024;

/// Answers with a file of the program. Caches may keep it for ever, so its URL must name the version or the digest of it.
#[must_use]
pub fn built_in(content_type: &'static str, content: &'static [u8]) -> Response {
    let header = |name: HeaderName, value| (name, HeaderValue::from_static(value));
    let headers = [
        header(header::CONTENT_TYPE, content_type),
        header(header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
        header(HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ];
    (headers, content).into_response()
}

/// Answers with the file, or with what is asked of it: its headers, a range (RFC 9110 section 14), or that it has not changed.
/// The path must be made of names that the program knows, never of what was asked for.
///
/// # Errors
/// When there is no such file, or it cannot be read.
pub async fn send(path: PathBuf, content_type: &'static str, request: Request) -> io::Result<Response> {
    let answer = ServeFile::new(path)
        .with_buf_chunk_size(PART_BYTES)
        .try_call(request)
        .await?;
    if answer.status() == StatusCode::NOT_FOUND {
        return Err(io::ErrorKind::NotFound.into());
    }
    let content_type = HeaderValue::from_static(content_type);
    Ok(([(header::CONTENT_TYPE, content_type)], answer).into_response())
}
