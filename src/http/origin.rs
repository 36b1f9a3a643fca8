//! Which origins may act with the cookies of an instance, and read what it answers.

use crate::caller::Instance;
use url::{Host, Url};

/// Whether a page of `origin` (the value of an `Origin` header) may: the instance's own origin, those its settings list,
/// and in development any port of this machine.
#[must_use]
pub fn is_allowed(instance: &Instance, origin: &str) -> bool {
    origin == instance.origin
        || instance
            .settings
            .allowed_origins
            .iter()
            .any(|allowed| allowed == origin)
        || (instance.is_development() && is_local(origin))
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
    use super::is_local;

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
