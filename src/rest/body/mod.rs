//! The parameters of one request, from whichever encoding an SDK chose: form, JSON, nothing.
//!
//! The query string is not looked at: what is in the address is never a body parameter. Reading is in two steps, so that
//! one answer can name every problem: [`Fields`] decodes, [`Reader`] takes parameters out by name and type. Invariant:
//! a value is read, reported or refused, never replaced by a default.

mod form;
mod json;
mod reader;
#[cfg(test)]
mod tests;

pub use reader::{Presence, Reader};

use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, FailedToBufferBody};
use axum::extract::{FromRequest, Request};
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use form::FormField;
use kernel::error::{Code, Error, Problem};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt;
use web_kit::refusal::{RestError, TraceId};

/// How many fields one body may have, repetitions counted.
const FIELD_LIMIT: usize = 200;

/// The parameters of one request, decoded and not yet judged. As an extractor it answers for itself when it fails.
#[derive(Default)]
pub struct Fields {
    given: BTreeMap<String, Given>,
}

/// What was given under one name.
enum Given {
    /// In a form.
    Form(FormField),
    /// In a JSON object: one value, or several when the member is repeated.
    Json(Vec<Value>),
}

impl Given {
    /// Whether nothing but empty texts and `null` was given.
    fn is_empty(&self) -> bool {
        match self {
            Self::Form(field) => field.is_empty(),
            Self::Json(values) => values
                .iter()
                .all(|value| value.is_null() || value.as_str().is_some_and(str::is_empty)),
        }
    }
}

impl Fields {
    /// Decodes a body: `application/json` (an object, `null` or nothing), `application/x-www-form-urlencoded`, or
    /// nothing at all without a content type.
    ///
    /// # Errors
    /// [`Code::UnsupportedContentType`], or [`Code::RequestBodyInvalid`] for what cannot be decoded, has more than 200
    /// fields, or a form's name nested more than 32 deep.
    pub fn read(headers: &HeaderMap, bytes: &[u8]) -> Result<Self, Error> {
        // Parameters of the type may hold any octets; the type itself is compared whole.
        let content_type = headers
            .get(CONTENT_TYPE)
            .map(|value| String::from_utf8_lossy(value.as_bytes()))
            .unwrap_or_default();
        let essence = content_type.split(';').next().unwrap_or_default().trim();
        let given = match essence.to_ascii_lowercase().as_str() {
            "application/x-www-form-urlencoded" => form::parse(bytes)?
                .into_iter()
                .map(|(name, field)| (name, Given::Form(field)))
                .collect(),
            "application/json" => json::parse(bytes)?
                .into_iter()
                .map(|(name, values)| (name, Given::Json(values)))
                .collect(),
            "" if bytes.is_empty() => BTreeMap::new(),
            _ => return Err(Code::UnsupportedContentType.into()),
        };
        Ok(Self { given })
    }

    /// Starts reading. `lenient_unknown` ignores parameters that nobody reads, as for requests of browser SDKs, which
    /// send more from version to version.
    #[must_use]
    pub fn reader(self, lenient_unknown: bool) -> Reader {
        Reader::new(self.given, lenient_unknown)
    }
}

/// Names alone: the values may be passwords.
impl fmt::Debug for Fields {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_set().entries(self.given.keys()).finish()
    }
}

impl<S: Send + Sync> FromRequest<S> for Fields {
    type Rejection = RestError;

    async fn from_request(request: Request, _state: &S) -> Result<Self, RestError> {
        let trace_id = TraceId::of(request.extensions());
        let headers = request.headers().clone();
        let bytes = buffered(request).await.map_err(|error| trace_id.refuse(error))?;
        Self::read(&headers, &bytes).map_err(|error| trace_id.refuse(error))
    }
}

/// The whole body of a request.
///
/// # Errors
/// [`Code::RequestBodyTooLarge`], or [`Code::RequestBodyInvalid`] for one that did not arrive completely.
pub(crate) async fn buffered(request: Request) -> Result<Bytes, Error> {
    let bytes = Bytes::from_request(request, &()).await;
    bytes.map_err(|rejection| unread(&rejection))
}

/// Why a body did not arrive: it is over the limit, or the connection broke.
fn unread(rejection: &BytesRejection) -> Error {
    match rejection {
        BytesRejection::FailedToBufferBody(FailedToBufferBody::LengthLimitError(_)) => Code::RequestBodyTooLarge.into(),
        _ => malformed("The body did not arrive completely."),
    }
}

/// A value that means two things, since of two members of the same name one reader takes the first and another the last.
fn ambiguous(name: &str) -> Problem {
    Problem::of(Code::FormParamDuplicate, name).saying("An object in the value has a member twice.")
}

/// A body that cannot be decoded.
fn malformed(why: &str) -> Error {
    Problem::new(Code::RequestBodyInvalid).saying(why).into()
}
