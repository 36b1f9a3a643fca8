//! `Strict-Transport-Security` (RFC 6797): whoever was here by https comes back by https, also when a link says otherwise.

use crate::host::{find_instance, note_authority};
use axum::http::{HeaderValue, request::Parts};
use kernel::config::authority::Authority;
use service::app::App;

/// A year, in seconds. Names below this host are left to their owner.
pub(super) const POLICY: HeaderValue = HeaderValue::from_static("max-age=31536000");

/// Whether the answer to a request carries it: the instance is reached by https, or TLS is served directly.
pub(super) async fn applies(app: &App, parts: &mut Parts) -> bool {
    // A browser keeps the policy for every port of the name, so here it would break whatever else is developed there.
    if note_authority(parts).is_some_and(Authority::is_loopback) {
        return false;
    }
    let config = &app.config().http;
    if config.tls_cert.is_some() {
        return true;
    }
    match find_instance(app, parts).await {
        Ok(instance) => instance.origin.starts_with("https://"),
        // No instance answers to this host, or the database does not: what the server as a whole is reached by.
        Err(_) => config.public_url.as_ref().is_some_and(|url| url.scheme() == "https"),
    }
}
