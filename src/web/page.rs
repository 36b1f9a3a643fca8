//! The frame around every page: headers, policy, status, and what is shown instead of a page that is refused.
//!
//! Invariant: a page loads only files of this server and is shown in no frame; nothing in it is run or styled in place.

use super::asset::{URLS, Urls};
use askama::Template;
use axum::{
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use kernel::{
    caller::Caller,
    error::{Error, Problem},
};

/// CSP 3: files of this server alone, no form, no frame, no base.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
                                       connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'";

/// A page with its headers.
pub(super) fn page(status: StatusCode, page: &impl Template) -> Response {
    let (status, text) = match page.render() {
        Ok(text) => (status, text),
        Err(error) => {
            tracing::error!(%error, "a page cannot be rendered");
            (StatusCode::INTERNAL_SERVER_ERROR, String::new())
        }
    };
    let header = |name: HeaderName, value| (name, HeaderValue::from_static(value));
    let headers = [
        header(header::CONTENT_TYPE, "text/html; charset=utf-8"),
        header(header::CACHE_CONTROL, "no-store"),
        header(header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
        header(header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        header(header::REFERRER_POLICY, "no-referrer"),
        header(HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    ];
    (status, headers, text).into_response()
}

#[derive(Template)]
#[template(path = "refusal.html")]
struct Refusal<'a> {
    assets: &'a Urls,
    text: &'a str,
    /// Under which name the log has the cause, where there is one.
    trace_id: Option<&'a str>,
}

/// What is shown instead of a page, with `Retry-After` where there is one; the cause is logged, and shown to nobody.
pub(super) fn refused(caller: &Caller, error: &Error) -> Response {
    let trace_id = &caller.request.trace_id;
    let cause = error.cause();
    if let Some(cause) = cause {
        tracing::error!(trace_id, error = format!("{cause:#}"), "a page failed");
    }
    let status = StatusCode::from_u16(error.code().status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let refusal = Refusal {
        assets: &URLS,
        text: error
            .problems()
            .first()
            .map_or(error.code().message(), Problem::long_message),
        trace_id: cause.is_some().then_some(trace_id.as_str()),
    };
    let mut response = page(status, &refusal);
    if let Some(seconds) = error.retry_after_seconds() {
        response
            .headers_mut()
            .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}
