//! Which origins may act on an instance, and read what it answers.
//!
//! Invariant: an `Origin` that is present is judged, whatever else the request carries; one that cannot be read, or is
//! there twice, is nobody's.

use axum::http::{HeaderMap, Method, header};
use kernel::{
    caller::Instance,
    error::{Code, Problem, Result},
};

/// The `Origin` of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin<'a> {
    /// None was sent.
    Absent,
    /// The text of the one that was sent.
    Given(&'a str),
    /// Something was sent that is no text, or more than one: nobody can be allowed by it.
    Unreadable,
}

impl<'a> Origin<'a> {
    /// The `Origin` of these headers.
    #[must_use]
    pub fn of(headers: &'a HeaderMap) -> Self {
        let mut values = headers.get_all(header::ORIGIN).iter();
        match (values.next(), values.next()) {
            (None, _) => Self::Absent,
            (Some(value), None) => value.to_str().map_or(Self::Unreadable, Self::Given),
            (Some(_), Some(_)) => Self::Unreadable,
        }
    }

    /// Its text, if there is one.
    #[must_use]
    pub const fn text(self) -> Option<&'a str> {
        match self {
            Self::Given(text) => Some(text),
            Self::Absent | Self::Unreadable => None,
        }
    }
}

/// Lets a request pass that a page may have caused (ASVS V3.5, OWASP CSRF): a present `Origin` must be allowed, whatever
/// the method; without one, what may change something passes unless the browser says that another site caused it.
///
/// # Errors
/// `origin_invalid`.
pub fn check(instance: &Instance, headers: &HeaderMap, method: &Method) -> Result<()> {
    let allowed = match Origin::of(headers) {
        Origin::Given(origin) => instance.admits_page(origin),
        Origin::Unreadable => false,
        Origin::Absent => method.is_safe() || !is_cross_site(headers),
    };
    if allowed {
        Ok(())
    } else {
        Err(Problem::new(Code::OriginInvalid)
            .saying("Pages of this origin may not use this instance, unless it is among the allowed origins of its settings.")
            .into())
    }
}

/// The same for a socket, which browsers open by a GET although everything can be done through it.
///
/// # Errors
/// `origin_invalid`.
pub fn check_socket(instance: &Instance, headers: &HeaderMap) -> Result<()> {
    check(instance, headers, &Method::POST)
}

/// Whether the browser says that another site caused the request (Fetch Metadata). A word that is none of those for
/// anything else counts as that.
fn is_cross_site(headers: &HeaderMap) -> bool {
    headers
        .get_all("sec-fetch-site")
        .iter()
        .any(|site| !matches!(site.as_bytes(), b"same-origin" | b"same-site" | b"none"))
}

#[cfg(test)]
mod tests {
    use super::{Origin, is_cross_site};
    use axum::http::{HeaderMap, HeaderValue, header};

    #[test]
    fn an_origin_that_is_no_text_or_not_alone_is_nobodys() {
        let read = |values: &[&[u8]]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(header::ORIGIN, HeaderValue::from_bytes(value).unwrap());
            }
            Origin::of(&headers)
                .text()
                .map(str::to_owned)
                .ok_or(Origin::of(&headers) == Origin::Absent)
        };
        assert_eq!(read(&[]), Err(true));
        assert_eq!(read(&[b"null"]), Ok("null".to_owned()));
        assert_eq!(read(&[b""]), Ok(String::new()));
        for unreadable in [
            &[&b"http://localhost:3000\xff"[..]][..],
            &[b"\x80"],
            &[b"http://localhost:3000", b"http://localhost:3000"],
            &[b"http://localhost:3000", b"https://evil.example"],
        ] {
            assert_eq!(read(unreadable), Err(false), "{unreadable:?}");
        }
    }

    #[test]
    fn only_words_for_this_site_and_for_nobody_say_that_no_other_site_asks() {
        for (words, cross) in [
            (&[][..], false),
            (&["same-origin"], false),
            (&["same-site"], false),
            (&["none"], false),
            (&["cross-site"], true),
            (&["Cross-Site"], true),
            (&["same-origin", "cross-site"], true),
            (&["same-origin, cross-site"], true),
            (&["nonsense"], true),
            (&[""], true),
        ] {
            let mut headers = HeaderMap::new();
            for word in words {
                headers.append("sec-fetch-site", HeaderValue::from_static(word));
            }
            assert_eq!(is_cross_site(&headers), cross, "{words:?}");
        }
    }
}
