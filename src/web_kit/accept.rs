//! Which media type answers, from the `Accept` header (RFC 9110, 12.5.1; GraphQL over HTTP, "Accept").
//!
//! Parsing never fails: a range that cannot be read, or wants another charset than UTF-8, matches nothing.

use axum::http::{HeaderMap, HeaderValue, header};
use mime::Mime;

/// What an answer may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// `application/json`, the old way: 200 for every well-formed request.
    Json,
    /// `application/graphql-response+json`.
    GraphqlResponse,
    /// `text/html`: `GraphiQL`.
    Html,
    /// `text/event-stream`.
    EventStream,
}

impl Format {
    /// The value of `Content-Type`. Plain JSON carries no charset, as everywhere in the product.
    #[must_use]
    pub const fn content_type(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::Json => "application/json",
            Self::GraphqlResponse => "application/graphql-response+json; charset=utf-8",
            Self::Html => "text/html; charset=utf-8",
            Self::EventStream => "text/event-stream",
        })
    }

    const fn essence(self) -> (&'static str, &'static str) {
        match self {
            Self::Json => ("application", "json"),
            Self::GraphqlResponse => ("application", "graphql-response+json"),
            Self::Html => ("text", "html"),
            Self::EventStream => ("text", "event-stream"),
        }
    }
}

/// What the client accepts, in its own order.
#[derive(Clone, Debug)]
pub struct Accept(Vec<Range>);

#[derive(Clone, Debug)]
struct Range {
    kind: String,
    subtype: String,
    /// Thousandths, 0 to 1000.
    quality: u16,
}

impl Accept {
    /// Reads every `Accept` header. None at all means anything, JSON first.
    #[must_use]
    pub fn of(headers: &HeaderMap) -> Self {
        let mut values = headers.get_all(header::ACCEPT).iter().peekable();
        if values.peek().is_none() {
            return Self(vec![Range {
                kind: "*".into(),
                subtype: "*".into(),
                quality: 1000,
            }]);
        }
        // By octets: one range that is no text says nothing about the others.
        let ranges = values.flat_map(|value| value.as_bytes().split(|octet| *octet == b','));
        let texts = ranges.filter_map(|range| std::str::from_utf8(range).ok());
        Self(texts.filter_map(Range::parse).collect())
    }

    /// The offer the client likes best. Ties go to the more specific range, then to the client's order, then to ours.
    #[must_use]
    pub fn best(&self, offers: &[Format]) -> Option<Format> {
        let mut best = None;
        for &offer in offers {
            // The most specific range decides the quality, so that "*/*, text/html;q=0" refuses HTML.
            let Some((place, range)) = self
                .0
                .iter()
                .enumerate()
                .filter(|(_, range)| range.matches(offer))
                .max_by_key(|(place, range)| (range.specificity(), std::cmp::Reverse(*place)))
            else {
                continue;
            };
            let rank = (range.quality, range.specificity(), std::cmp::Reverse(place));
            if range.quality > 0 && best.is_none_or(|(known, _)| rank > known) {
                best = Some((rank, offer));
            }
        }
        best.map(|(_, offer)| offer)
    }
}

impl Range {
    fn parse(text: &str) -> Option<Self> {
        let mime: Mime = text.trim().parse().ok()?;
        if mime
            .get_param(mime::CHARSET)
            .is_some_and(|charset| charset != mime::UTF_8)
        {
            return None;
        }
        let quality = match mime.get_param("q") {
            None => 1000,
            Some(value) => quality(value.as_str())?,
        };
        let subtype = match mime.suffix() {
            Some(suffix) => format!("{}+{suffix}", mime.subtype()),
            None => mime.subtype().to_string(),
        };
        Some(Self {
            kind: mime.type_().to_string(),
            subtype,
            quality,
        })
    }

    fn matches(&self, format: Format) -> bool {
        let (kind, subtype) = format.essence();
        (self.kind == "*" && self.subtype == "*")
            || (self.kind == kind && (self.subtype == "*" || self.subtype == subtype))
    }

    fn specificity(&self) -> u8 {
        u8::from(self.kind != "*") + u8::from(self.subtype != "*")
    }
}

/// Thousandths of a `qvalue`: `0`, `1`, `0.` or `1.` with at most three digits.
fn quality(text: &str) -> Option<u16> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if fraction.len() > 3 || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let thousandths: u16 = format!("{fraction:0<3}").parse().ok()?;
    match whole {
        "0" => Some(thousandths),
        "1" if thousandths == 0 => Some(1000),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: &[Format] = &[Format::Json, Format::GraphqlResponse, Format::Html, Format::EventStream];

    fn best(accept: &str) -> Option<Format> {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT, accept.parse().expect("a header value"));
        Accept::of(&headers).best(ALL)
    }

    #[test]
    fn a_missing_header_and_a_wildcard_mean_json() {
        assert_eq!(Accept::of(&HeaderMap::new()).best(ALL), Some(Format::Json));
        assert_eq!(best("*/*"), Some(Format::Json));
        assert_eq!(best("application/*"), Some(Format::Json));
    }

    #[test]
    fn exact_types_are_found_whatever_their_case_and_charset() {
        assert_eq!(best("application/graphql-response+json"), Some(Format::GraphqlResponse));
        assert_eq!(
            best("Application/GraphQL-Response+JSON; charset=UTF-8"),
            Some(Format::GraphqlResponse)
        );
        assert_eq!(best("text/event-stream"), Some(Format::EventStream));
    }

    #[test]
    fn the_higher_quality_wins_and_ties_go_to_the_first() {
        assert_eq!(
            best("application/json;q=0.9, application/graphql-response+json"),
            Some(Format::GraphqlResponse)
        );
        assert_eq!(
            best("application/graphql-response+json, application/json"),
            Some(Format::GraphqlResponse)
        );
        assert_eq!(
            best("application/json, application/graphql-response+json"),
            Some(Format::Json)
        );
        assert_eq!(
            best("application/json;q=0.123, text/event-stream;q=0.124"),
            Some(Format::EventStream)
        );
    }

    #[test]
    fn a_browser_gets_html() {
        assert_eq!(
            best("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"),
            Some(Format::Html)
        );
    }

    #[test]
    fn quality_zero_takes_a_type_out_of_a_wildcard() {
        assert_eq!(best("*/*, application/json;q=0"), Some(Format::GraphqlResponse));
        assert_eq!(best("*/*;q=0"), None);
    }

    #[test]
    fn what_cannot_be_read_or_is_not_ours_matches_nothing() {
        for accept in [
            "image/png",
            "nonsense",
            "",
            "application/json; charset=utf-16",
            "application/json;q=2",
            "*/json",
        ] {
            assert_eq!(best(accept), None, "{accept}");
        }
    }
}
