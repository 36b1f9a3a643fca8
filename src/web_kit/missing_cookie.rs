//! What a developer is told whose page asks without the cookie that it has been given.
//!
//! Browsers keep a cookie back without a word, and the answer then says that nobody is signed in, or that what was begun a moment ago
//! is not there. Invariant: only development instances say more than that, and only to a page of another origin that showed nothing.

use crate::origin::Origin;
use axum::http::{HeaderMap, HeaderValue};
use kernel::{
    caller::{Authority, Instance},
    error::{Code, Problem},
};
use std::borrow::Cow;
use url::Url;

/// What to do about it that no cookie came with these headers, which show nothing else that tells who calls. `asked` is what the
/// request was addressed to.
#[must_use]
pub fn advice(instance: &Instance, asked: &Authority, headers: &HeaderMap) -> Option<String> {
    if !instance.is_development() {
        return None;
    }
    let Origin::Given(origin) = Origin::of(headers) else {
        return None;
    };
    let page = Authority::parse(Url::parse(origin).ok()?.authority())?;
    let is_same_site = match headers.get("sec-fetch-site").map(HeaderValue::as_bytes) {
        Some(b"same-origin") => return None,
        Some(site) => site == b"same-site",
        None if page == *asked => return None,
        None => is_one_site(instance, &page, asked),
    };
    // By https the cookie is for pages of other sites too.
    if is_same_site || instance.is_secure() {
        return Some(
            "No cookie came along: a page of another origin has to ask with credentials: 'include', and its browser must accept \
             cookies of other sites."
                .to_owned(),
        );
    }
    Some(format!(
        "No cookie came along: the page is at {}, it asks {}, and to browsers these are two sites. Use one host name for both.",
        page.name(),
        asked.name()
    ))
}

/// Whether cookies that are set by the one host for its site go along where the other one asks.
fn is_one_site(instance: &Instance, page: &Authority, asked: &Authority) -> bool {
    let site = instance.site.as_deref();
    page.name() == asked.name() || site.is_some_and(|site| page.is_within(site) && asked.is_within(site))
}

/// The sentence of a problem to somebody who showed nothing, with the advice where a cookie would have mended it.
#[must_use]
pub fn told<'a>(problem: &'a Problem, advice: Option<&str>) -> Cow<'a, str> {
    let sentence = problem.long_message();
    match (problem.code, advice) {
        (Code::AuthenticationInvalid | Code::ResourceNotFound, Some(advice)) => format!("{sentence} {advice}").into(),
        _ => sentence.into(),
    }
}
