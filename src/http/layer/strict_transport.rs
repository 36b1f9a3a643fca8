//! `Strict-Transport-Security` (RFC 6797): whoever was here by https comes back by https, also when a link says otherwise.

use crate::{app::App, http::host::find_instance};
use axum::{
    extract::{Request, State},
    http::{HeaderValue, header, request::Parts},
    middleware::Next,
    response::Response,
};

/// A year, in seconds. Names below this host are left to their owner.
const POLICY: HeaderValue = HeaderValue::from_static("max-age=31536000");

/// The middleware: sets it where the instance is reached by https, or TLS is served directly.
pub async fn announce(State(app): State<App>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let is_secure = is_secure(&app, &mut parts).await;
    let mut answer = next.run(Request::from_parts(parts, body)).await;
    if is_secure {
        answer.headers_mut().insert(header::STRICT_TRANSPORT_SECURITY, POLICY);
    }
    answer
}

async fn is_secure(app: &App, parts: &mut Parts) -> bool {
    // A browser keeps the policy for every port of the name, so here it would break whatever else is developed there.
    if is_this_machine(&host(parts)) {
        return false;
    }
    let config = &app.config.http;
    if config.tls_cert.is_some() {
        return true;
    }
    match find_instance(app, parts).await {
        Ok(instance) => instance.origin.starts_with("https://"),
        // No instance answers to this host, or the database does not: what the server as a whole is reached by.
        Err(_) => config.public_url.as_ref().is_some_and(|url| url.scheme() == "https"),
    }
}

/// The host asked, without its port.
fn host(parts: &Parts) -> String {
    let named = parts.uri.authority().map(|authority| authority.host().to_owned());
    named
        .or_else(|| {
            let header = parts.headers.get(header::HOST)?.to_str().ok()?;
            let authority: axum::http::uri::Authority = header.parse().ok()?;
            Some(authority.host().to_owned())
        })
        .unwrap_or_default()
        .to_ascii_lowercase()
}

/// `localhost` and every name under it (RFC 6761 section 6.3).
fn is_this_machine(host: &str) -> bool {
    let host = host.strip_suffix('.').unwrap_or(host);
    host == "localhost" || host.ends_with(".localhost")
}

#[cfg(test)]
mod tests {
    use super::is_this_machine;

    #[test]
    fn only_names_of_this_machine_are_left_out() {
        for host in ["localhost", "auth.localhost", "localhost."] {
            assert!(is_this_machine(host), "{host}");
        }
        for host in [
            "",
            "auth.example.com",
            "localhost.example.com",
            "notlocalhost",
            "127.0.0.1",
        ] {
            assert!(!is_this_machine(host), "{host}");
        }
    }
}
