//! Cross-origin reads: only by origins that the instance allows, with credentials, with the headers that SDKs read, and
//! with whatever headers their pages send.
//!
//! Invariant: a page of another origin is told nothing but `Vary`.

use crate::{host::instance_of, origin::Origin};
use axum::{
    extract::Request,
    http::{HeaderMap, HeaderName, HeaderValue, Method, header, request::Parts},
    middleware::Next,
    response::Response,
};
use service::app::App;
use std::time::Duration;
use tower_http::cors::{AllowHeaders, AllowOrigin, CorsLayer};

/// The most names that a preflight may ask for, and their most bytes: tracing and clients' names of themselves are a
/// handful.
const REQUESTED_NAMES: usize = 64;
const REQUESTED_BYTES: usize = 4_096;

/// What is said to pages of allowed origins alone.
const FOR_ALLOWED: [HeaderName; 5] = [
    header::ACCESS_CONTROL_ALLOW_CREDENTIALS,
    header::ACCESS_CONTROL_ALLOW_HEADERS,
    header::ACCESS_CONTROL_ALLOW_METHODS,
    header::ACCESS_CONTROL_EXPOSE_HEADERS,
    header::ACCESS_CONTROL_MAX_AGE,
];

/// The layer. It also answers preflight requests, and covers errors, since SDKs cannot read an error without it. It mirrors
/// the headers that a preflight asks for: which ones a page adds (`traceparent`, `apollographql-client-name`) is its own
/// business, and none of them can do more than the origin may. [`bound`] belongs around it.
pub fn layer(app: App) -> CorsLayer {
    let allowed = AllowOrigin::async_predicate(move |_, parts: &Parts| {
        let (app, parts) = (app.clone(), parts.clone());
        async move {
            let Some(origin) = Origin::of(&parts.headers).text() else {
                return false;
            };
            let Ok(instance) = instance_of(&app, &parts).await else {
                return false;
            };
            let is_admitted = instance.admits_page(origin);
            if !is_admitted && instance.is_development() {
                // Its browser tells a page nothing, and whoever writes the page sees this log.
                tracing::warn!(
                    origin,
                    "refused a page: its origin is not among the allowed_origins of the settings"
                );
            }
            is_admitted
        }
    });
    let header = HeaderName::from_static;
    CorsLayer::new()
        .allow_origin(allowed)
        .allow_credentials(true)
        .allow_methods([Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE])
        .allow_headers(AllowHeaders::mirror_request())
        .expose_headers([
            header::AUTHORIZATION,
            header::RETRY_AFTER,
            header("clerk-db-jwt"),
            header("clerk-cookie"),
            header("clerk-trace-id"),
            header("x-country"),
        ])
        .max_age(Duration::from_mins(10))
}

/// The function of the layer around [`layer`]: only names of headers are mirrored, in bounds, and only to allowed origins.
pub async fn bound(mut request: Request, next: Next) -> Response {
    let name = header::ACCESS_CONTROL_REQUEST_HEADERS;
    if request.headers().contains_key(&name) {
        let asked = requested(request.headers());
        request.headers_mut().remove(&name);
        if let Some(asked) = asked {
            request.headers_mut().insert(name, asked);
        }
    }
    let mut answer = next.run(request).await;
    let headers = answer.headers_mut();
    if !headers.contains_key(header::ACCESS_CONTROL_ALLOW_ORIGIN) {
        for name in FOR_ALLOWED {
            headers.remove(name);
        }
    }
    answer
}

/// The names that a preflight asks for; nothing where one is none, and where they are too many or too long.
fn requested(headers: &HeaderMap) -> Option<HeaderValue> {
    let values = headers.get_all(header::ACCESS_CONTROL_REQUEST_HEADERS);
    if values.iter().map(HeaderValue::len).sum::<usize>() > REQUESTED_BYTES {
        return None;
    }
    let names: Vec<HeaderName> = values
        .iter()
        .flat_map(|value| value.as_bytes().split(|octet| *octet == b','))
        .map(<[u8]>::trim_ascii)
        .filter(|name| !name.is_empty())
        .map(HeaderName::from_bytes)
        .collect::<Result<_, _>>()
        .ok()?;
    if names.len() > REQUESTED_NAMES {
        return None;
    }
    let names: Vec<_> = names.iter().map(HeaderName::as_str).collect();
    HeaderValue::from_str(&names.join(",")).ok()
}

#[cfg(test)]
mod tests {
    use super::{REQUESTED_BYTES, REQUESTED_NAMES, requested};
    use axum::http::{HeaderMap, HeaderValue, header};

    fn asked(values: &[&[u8]]) -> Option<String> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(
                header::ACCESS_CONTROL_REQUEST_HEADERS,
                HeaderValue::from_bytes(value).unwrap(),
            );
        }
        requested(&headers).map(|value| value.to_str().unwrap().to_owned())
    }

    #[test]
    fn names_of_headers_are_mirrored_and_nothing_else() {
        for (values, expected) in [
            (&[&b"traceparent"[..]][..], Some("traceparent")),
            (&[b"Baggage, sentry-trace"], Some("baggage,sentry-trace")),
            (&[b"a,,b", b" c "], Some("a,b,c")),
            (&[b""], Some("")),
            (&[b"a b"], None),
            (&[b"a:b"], None),
            (&[b"a,b\xff"], None),
            (&[b"a;q=1"], None),
        ] {
            assert_eq!(asked(values).as_deref(), expected, "{values:?}");
        }
    }

    #[test]
    fn neither_many_names_nor_long_ones_are_mirrored() {
        let names = |count: usize| vec!["a"; count].join(",");
        assert!(asked(&[names(REQUESTED_NAMES).as_bytes()]).is_some());
        assert_eq!(asked(&[names(REQUESTED_NAMES + 1).as_bytes()]), None);
        assert!(asked(&["a".repeat(REQUESTED_BYTES).as_bytes()]).is_some());
        assert_eq!(asked(&["a".repeat(REQUESTED_BYTES).as_bytes(), b"b"]), None);
    }
}
