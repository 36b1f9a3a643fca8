//! Files that an operator has put into a folder and that browsers load.
//!
//! Invariant: a file is read as it is sent, so that neither its size nor a reader that stops costs more than one part of it.

use axum::{
    extract::Request,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use std::{io, path::PathBuf};
use tower_http::services::ServeFile;

/// How much of a file is in memory for each who reads it.
const PART_BYTES: usize = 16 * 1024;

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
