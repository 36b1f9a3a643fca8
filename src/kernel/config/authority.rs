//! A host with its port, as a request, an instance's origin or the configuration names it.
//!
//! Invariant: every spelling of one host is one value.

use std::net::Ipv6Addr;

/// A host and perhaps a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authority {
    name: String,
    port: Option<u16>,
}

impl Authority {
    /// Reads `name`, `name:port`, an IPv4 address or a bracketed IPv6 address. Names are compared without regard to case
    /// and to the dot of the root at their end (RFC 4343, RFC 1034 section 3.1).
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (name, port) = if let Some(rest) = text.strip_prefix('[') {
            let (address, rest) = rest.split_once(']')?;
            (format!("[{}]", address.parse::<Ipv6Addr>().ok()?), rest)
        } else {
            let end = text.find(':').unwrap_or(text.len());
            let (name, rest) = text.split_at_checked(end)?;
            let name = name.strip_suffix('.').unwrap_or(name);
            // An underscore is in no host name of RFC 1123, but in those of container networks.
            let is_name = name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_'));
            (!name.is_empty() && is_name).then(|| (name.to_ascii_lowercase(), rest))?
        };
        let port = match port {
            "" | ":" => None,
            port => {
                let digits = port.strip_prefix(':')?;
                let is_number = digits.bytes().all(|byte| byte.is_ascii_digit());
                Some(digits.parse().ok().filter(|_| is_number)?)
            }
        };
        Some(Self { name, port })
    }

    /// The name or the address alone, as it is compared.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether this is that host, where a port that goes without saying may be said.
    #[must_use]
    pub fn is_same(&self, other: &Self, usual_port: u16) -> bool {
        self.name == other.name && self.has_port_of(other, usual_port)
    }

    /// Whether both have one port, where a port that goes without saying may be left out.
    #[must_use]
    pub fn has_port_of(&self, other: &Self, usual_port: u16) -> bool {
        self.port.unwrap_or(usual_port) == other.port.unwrap_or(usual_port)
    }

    /// Whether this is one that the operator allows; one without a port is allowed on every port.
    #[must_use]
    pub fn is_allowed_by(&self, allowed: &Self) -> bool {
        allowed.name == self.name && (allowed.port.is_none() || allowed.port == self.port)
    }

    /// Whether this is a host of that domain, given in lower case.
    #[must_use]
    pub fn is_within(&self, domain: &str) -> bool {
        self.name
            .strip_suffix(domain)
            .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    }

    /// Whether this names the machine itself, which no name server has a say in (RFC 6761 section 6.3).
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        matches!(self.name.as_str(), "localhost" | "127.0.0.1" | "[::1]") || self.name.ends_with(".localhost")
    }
}

#[cfg(test)]
mod tests {
    use super::Authority;

    fn parse(text: &str) -> Authority {
        Authority::parse(text).unwrap_or_else(|| panic!("{text} is no host"))
    }

    #[test]
    fn a_host_is_within_a_domain_and_not_within_what_only_ends_alike() {
        for (host, is_within) in [
            ("example.com", true),
            ("Clerk.Example.com:8443", true),
            ("a.b.example.com.", true),
            ("anexample.com", false),
            ("example.com.evil.test", false),
            ("com", false),
        ] {
            assert_eq!(parse(host).is_within("example.com"), is_within, "{host}");
        }
    }

    #[test]
    fn spellings_of_one_host_are_one() {
        for (text, name, port) in [
            ("localhost", "localhost", None),
            ("LocalHost:4000", "localhost", Some(4000)),
            ("auth.example.com.", "auth.example.com", None),
            ("auth.example.com.:443", "auth.example.com", Some(443)),
            ("auth.example.com:", "auth.example.com", None),
            ("my_service:4000", "my_service", Some(4000)),
            ("127.0.0.1:80", "127.0.0.1", Some(80)),
            ("[::1]:4000", "[::1]", Some(4000)),
            ("[0:0::1]", "[::1]", None),
        ] {
            let name = name.to_owned();
            assert_eq!(parse(text), Authority { name, port }, "{text}");
        }
    }

    #[test]
    fn what_is_no_host_is_none() {
        for text in [
            "",
            ":4000",
            ".",
            "user@localhost",
            "localhost@evil.example",
            "localhost:port",
            "localhost:99999",
            "localhost:4000:4000",
            "localhost:+80",
            "localhost/path",
            "localhost evil.example",
            "localhost,evil.example",
            "http://localhost",
            "::1",
            "[::1",
            "[::1]4000",
            "[localhost]",
            "ünï.example",
        ] {
            assert_eq!(Authority::parse(text), None, "{text}");
        }
    }

    #[test]
    fn only_names_that_no_name_server_answers_for_are_this_machine() {
        for text in [
            "localhost",
            "app.localhost:1",
            "127.0.0.1:4000",
            "[::1]:9",
            "LOCALHOST.",
        ] {
            assert!(parse(text).is_loopback(), "{text}");
        }
        for text in [
            "localhost.evil.example",
            "evillocalhost",
            "127.0.0.1.evil.example",
            "127.0.0.2",
            "127.1",
            "0.0.0.0",
            "2130706433",
            "192.168.1.5:4000",
            "[::ffff:127.0.0.1]",
            "local",
        ] {
            assert!(!parse(text).is_loopback(), "{text}");
        }
    }

    #[test]
    fn a_port_that_goes_without_saying_may_be_said() {
        for (own, asked, usual, expected) in [
            ("auth.example.com", "auth.example.com:443", 443, true),
            ("auth.example.com", "auth.example.com:80", 443, false),
            ("localhost:4000", "localhost:4000", 80, true),
            ("localhost:4000", "localhost", 80, false),
            ("auth.example.com", "auth.example.org", 443, false),
        ] {
            assert_eq!(parse(asked).is_same(&parse(own), usual), expected, "{own} {asked}");
        }
    }

    #[test]
    fn an_allowed_host_without_a_port_is_allowed_on_every_port() {
        for (allowed, asked, expected) in [
            ("vestibule", "vestibule:4000", true),
            ("vestibule", "vestibule", true),
            ("vestibule:4000", "VESTIBULE:4000", true),
            ("vestibule:4000", "vestibule:4001", false),
            ("vestibule:4000", "vestibule", false),
            ("vestibule", "vestibule.evil.example", false),
        ] {
            assert_eq!(
                parse(asked).is_allowed_by(&parse(allowed)),
                expected,
                "{allowed} {asked}"
            );
        }
    }
}
