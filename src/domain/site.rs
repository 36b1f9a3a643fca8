//! Sites: a domain that somebody has registered, with every host below it.
//!
//! Invariant: a site is never a name under which strangers register theirs.

use url::{Host, Url};

/// The registrable domain of an origin's host: one label more than its public suffix (<https://publicsuffix.org>, private
/// suffixes included). A cookie for it reaches every host of whoever registered it. Nothing where only the host itself can
/// have cookies: this machine, addresses, names of one label, and public suffixes themselves.
#[must_use]
pub fn registrable_domain(origin: &str) -> Option<String> {
    let url = Url::parse(origin).ok()?;
    let Some(Host::Domain(host)) = url.host() else {
        return None;
    };
    // RFC 6761 section 6.3: every name below it is this machine.
    if host == "localhost" || host.ends_with(".localhost") {
        return None;
    }
    psl::domain_str(host.strip_suffix('.').unwrap_or(host)).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::registrable_domain;

    #[test]
    fn a_site_is_one_label_more_than_what_anybody_registers_under() {
        for (origin, site) in [
            ("https://clerk.example.com", "example.com"),
            ("https://example.com", "example.com"),
            ("https://a.b.c.example.com:8443", "example.com"),
            ("https://clerk.example.co.uk", "example.co.uk"),
            ("https://auth.mine.github.io", "mine.github.io"),
            ("https://auth.mine.vercel.app", "mine.vercel.app"),
            ("https://auth.www.ck", "www.ck"),
            ("https://auth.a.b.ck", "a.b.ck"),
            ("https://auth.münchen.de", "xn--mnchen-3ya.de"),
            ("https://auth.例子.公司.cn", "xn--fsqu00a.xn--55qx5d.cn"),
            ("https://auth.corp.internal", "corp.internal"),
            ("https://auth.example.com.", "example.com"),
        ] {
            assert_eq!(registrable_domain(origin).as_deref(), Some(site), "{origin}");
        }
    }

    #[test]
    fn what_nobody_has_registered_has_no_site() {
        for origin in [
            "http://localhost:4000",
            "http://clerk.app.localhost",
            "https://127.0.0.1",
            "https://[2001:db8::1]",
            "https://co.uk",
            "https://github.io",
            "https://com",
            "https://auth",
            "https://b.ck",
            "nonsense",
            "",
        ] {
            assert_eq!(registrable_domain(origin), None, "{origin}");
        }
    }
}
