//! Headers that every answer carries unless its handler chose stricter ones.

use axum::http::{HeaderName, HeaderValue, header};
use tower_http::set_header::SetResponseHeaderLayer;

type Layer = SetResponseHeaderLayer<HeaderValue>;

fn unless_set(name: HeaderName, value: &'static str) -> Layer {
    SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value))
}

/// The layers: no sniffing, no framing, no referrer, nothing kept by caches, nothing loaded by what is shown.
#[must_use]
pub fn layers() -> (Layer, Layer, Layer, Layer, Layer) {
    (
        unless_set(header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        unless_set(header::X_FRAME_OPTIONS, "DENY"),
        unless_set(header::REFERRER_POLICY, "no-referrer"),
        unless_set(header::CACHE_CONTROL, "no-store"),
        unless_set(
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; frame-ancestors 'none'",
        ),
    )
}
