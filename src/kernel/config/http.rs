//! Where and how HTTP is served.
//!
//! An origin is scheme, host and port and nothing else; links and token issuers are built from it.

use super::{authority::Authority, connection::Connection, layer::Layers};
use ipnet::IpNet;
use std::{
    net::{IpAddr, SocketAddr},
    path::PathBuf,
};
use url::Url;

/// The `[http]` section and the top-level settings of the listener.
#[derive(Clone, Debug)]
pub struct Http {
    /// The address served; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Origin of the first instance; `None` for localhost with the port that was bound.
    pub public_url: Option<Url>,
    /// PEM certificate chain. Present exactly when `tls_key` is.
    pub tls_cert: Option<PathBuf>,
    /// PEM private key. Present exactly when `tls_cert` is.
    pub tls_key: Option<PathBuf>,
    /// A `node_modules` folder whose SDK scripts are served; `None` for none.
    pub npm_dir: Option<PathBuf>,
    /// Peers whose forwarded headers are believed. Empty: nobody's.
    pub trusted_proxies: Vec<IpNet>,
    /// Hosts besides its own that the only instance answers to, as `name` or `name:port`.
    pub allowed_hosts: Vec<Authority>,
    /// Longest request body, in bytes.
    pub body_limit_bytes: usize,
    /// Bounds of connections.
    pub connection: Connection,
}

impl Http {
    pub(super) fn read(layers: &mut Layers) -> Option<Self> {
        let listen = layers.text("listen", SOCKET_ADDRESS, |text| text.parse().ok());
        let public_url = layers.text("public_url", "an origin such as https://auth.example.com", parse_origin);
        let tls_cert = layers.text("tls_cert", "a file", path);
        let tls_key = layers.text("tls_key", "a file", path);
        match (&tls_cert, &tls_key) {
            (Some(_), None) => layers.reject("tls_cert", "needs tls_key as well".to_owned()),
            (None, Some(_)) => layers.reject("tls_key", "needs tls_cert as well".to_owned()),
            _ => {}
        }
        let npm_dir = layers.text("npm_dir", "a directory", path);
        let trusted_proxies = layers.list(
            "http.trusted_proxies",
            "an IP address or a network such as 10.0.0.0/8",
            parse_network,
        );
        let allowed_hosts = layers.list(
            "http.allowed_hosts",
            "a host such as vestibule or vestibule:4000",
            Authority::parse,
        );
        let body_limit_bytes = layers.integer("http.body_limit_bytes", 1024..=1 << 30);
        let connection = Connection::read(layers);
        Some(Self {
            listen: listen?,
            public_url,
            tls_cert,
            tls_key,
            npm_dir,
            trusted_proxies: trusted_proxies?,
            allowed_hosts: allowed_hosts?,
            body_limit_bytes: body_limit_bytes?,
            connection: connection?,
        })
    }
}

/// What a listener's address looks like, for messages.
const SOCKET_ADDRESS: &str = "an IP address and port such as 127.0.0.1:4000";

/// A path as written; relative ones start in the working directory.
#[expect(
    clippy::unnecessary_wraps,
    reason = "has the shape of a parser, though every text is a path"
)]
pub(super) fn path(text: &str) -> Option<PathBuf> {
    Some(PathBuf::from(text))
}

/// An http or https URL without user, path, query and fragment (RFC 6454), else `None`.
#[must_use]
pub fn parse_origin(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let is_web = matches!(url.scheme(), "http" | "https");
    let has_user = !url.username().is_empty() || url.password().is_some();
    let has_more = url.path() != "/" || url.query().is_some() || url.fragment().is_some();
    (is_web && !has_user && !has_more).then_some(url)
}

fn parse_network(text: &str) -> Option<IpNet> {
    text.parse()
        .ok()
        .or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_scheme_host_and_port_only() {
        for right in [
            "http://localhost:4000",
            "https://auth.example.com",
            "https://auth.example.com/",
            "http://[::1]:80",
        ] {
            assert!(parse_origin(right).is_some(), "{right}");
        }
        for wrong in [
            "auth.example.com",
            "localhost:4000",
            "ftp://example.com",
            "https://example.com/auth",
            "https://example.com/?a",
            "https://example.com/#a",
            "https://user@example.com",
            "https://",
        ] {
            assert!(parse_origin(wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn a_single_address_is_a_network_of_one() {
        assert_eq!(parse_network("10.1.2.3"), "10.1.2.3/32".parse().ok());
        assert_eq!(parse_network("::1"), "::1/128".parse().ok());
        assert_eq!(parse_network("10.0.0.0/8"), "10.0.0.0/8".parse().ok());
        assert_eq!(parse_network("10.0.0.0/33"), None);
    }
}
