//! Which origins may act on an instance, and read what it answers.
//!
//! Invariant: an `Origin` that is present is judged, whatever else the request carries; one that cannot be read, or is
//! there twice, is nobody's.

use axum::http::{HeaderMap, Method, header};
use kernel::{
    caller::Instance,
    error::{Code, Problem, Result},
};
use url::{Host, Url};

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
        Origin::Given(origin) => is_allowed(instance, origin),
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
/// Whether a page of `origin` (the value of an `Origin` header) may: the instance's own origin, those its settings list,
/// and in development any port of this machine.
#[must_use]
pub fn is_allowed(instance: &Instance, origin: &str) -> bool {
    origin == instance.origin || instance.settings.allows(origin) || (instance.is_development() && is_local(origin))
}

/// `localhost`, a name under it (RFC 6761 section 6.3), 127.0.0.1 or `[::1]`, on any port, by http or https.
fn is_local(origin: &str) -> bool {
    let Ok(url) = Url::parse(origin) else { return false };
    // An `Origin` is exactly a scheme and an authority; anything more is not one.
    url.origin().ascii_serialization() == origin
        && matches!(url.scheme(), "http" | "https")
        && match url.host() {
            Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
            Some(Host::Ipv4(address)) => address == std::net::Ipv4Addr::LOCALHOST,
            Some(Host::Ipv6(address)) => address == std::net::Ipv6Addr::LOCALHOST,
            None => false,
        }
}

#[cfg(test)]
mod tests {
    use super::{Origin, is_cross_site, is_local};
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

    #[test]
    fn this_machine_is_local_on_any_port() {
        for origin in [
            "http://localhost",
            "http://localhost:3000",
            "https://app.localhost:8443",
            "http://127.0.0.1:5173",
            "http://[::1]:80",
        ] {
            // The default port of the scheme is never written in an `Origin`.
            assert_eq!(is_local(origin), !origin.ends_with(":80"), "{origin}");
        }
    }

    #[test]
    fn what_only_looks_local_is_not() {
        for origin in [
            "null",
            "",
            "http://localhost.evil.example",
            "http://evil.example?localhost",
            "http://localhost:3000/",
            "http://user@localhost",
            "http://127.0.0.2",
            "http://127.1",
            "http://2130706433",
            "file://localhost",
            "http://localhost:3000\\@evil.example",
            "http://evillocalhost",
        ] {
            assert!(!is_local(origin), "{origin}");
        }
    }
}
