//! Who a request comes from, where proxies stand before the server: `X-Forwarded-For`, and `Forwarded` (RFC 7239).
//!
//! Invariant: nothing is believed but what a trusted proxy has added. Each adds at the end, so a list is read from there, and
//! only as long as everybody who was passed is trusted; what stands before that is the caller's own word.
//!
//! The crates for it either prefer one header over the other, which lets a caller forge the one that a proxy passes through, or
//! parse the syntax of one alone, which is the smaller part of this.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use ipnet::IpNet;
use std::{
    net::{IpAddr, Ipv6Addr, SocketAddr},
    sync::atomic::{AtomicBool, Ordering},
};

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
/// The headers by which proxies tell for whom they ask.
const HEADERS: [HeaderName; 3] = [X_FORWARDED_FOR, header::FORWARDED, HeaderName::from_static("x-real-ip")];

/// Whether it has been said that somebody who is not trusted tells for whom it asks.
static WARNED: AtomicBool = AtomicBool::new(false);

/// The address that a request comes from: the peer's, or, where that is a trusted proxy, the last one before it that is
/// none. It is the peer's as well where a header cannot be read that far, and where two headers tell different addresses: a
/// proxy that writes one of them lets the other through as the caller wrote it, and nothing tells which.
pub(super) fn client_address(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let is_trusted = |address: IpAddr| trusted.iter().any(|network| network.contains(&address));
    if !is_trusted(peer) {
        warn_once(peer, headers);
        return peer;
    }
    let told = |name: &HeaderName, read: fn(&str, &mut Vec<Hop>)| {
        headers
            .contains_key(name)
            .then(|| walk(hops(headers.get_all(name).iter(), read), is_trusted))
    };
    match (
        told(&X_FORWARDED_FOR, read_list),
        told(&header::FORWARDED, read_forwarded),
    ) {
        (Some(one), Some(other)) if one != other => peer,
        (Some(told), _) | (None, Some(told)) => told.unwrap_or(peer),
        (None, None) => peer,
    }
}

/// Says once that proxy headers come from somebody who is not trusted: an operator's own proxy, or a caller who tries.
fn warn_once(peer: IpAddr, headers: &HeaderMap) {
    let Some(name) = HEADERS.into_iter().find(|name| headers.contains_key(name)) else {
        return;
    };
    if !WARNED.swap(true, Ordering::Relaxed) {
        tracing::warn!(
            %peer,
            "a request has the header {name}, but its peer is no trusted proxy, so it is ignored; if that is your proxy, name it \
             in http.trusted_proxies (VESTIBULE_HTTP_TRUSTED_PROXIES) and let it send X-Forwarded-For or Forwarded, or everybody \
             behind it counts as one network"
        );
    }
}

/// One place that a request has passed; nothing if it cannot be read.
type Hop = Option<IpAddr>;

/// All hops, the first one first. A header may be there several times, which is the same as one with commas (RFC 9110
/// section 5.3).
fn hops<'a>(values: impl Iterator<Item = &'a HeaderValue>, read: fn(&str, &mut Vec<Hop>)) -> Vec<Hop> {
    let mut hops = Vec::new();
    for value in values {
        // What is no text is in no address, and spoils only the hop that it is in.
        read(&String::from_utf8_lossy(value.as_bytes()), &mut hops);
    }
    hops
}

/// The last hop that is not trusted; nothing if one cannot be read before that, or all are trusted.
fn walk(hops: Vec<Hop>, is_trusted: impl Fn(IpAddr) -> bool) -> Hop {
    for hop in hops.into_iter().rev() {
        let address = hop?;
        if !is_trusted(address) {
            return Some(address);
        }
    }
    None
}

fn read_list(text: &str, hops: &mut Vec<Hop>) {
    hops.extend(text.split(',').map(|hop| address(unquoted(hop.trim()))));
}

/// Reads the `for` of each element of a `Forwarded` header. An element that is no list of pairs, or has none or several,
/// cannot be read. Where a quote is left open, nothing can: where it begins is a matter of who wrote it.
fn read_forwarded(text: &str, hops: &mut Vec<Hop>) {
    let Some(elements) = split_unquoted(text, ',') else {
        hops.push(None);
        return;
    };
    hops.extend(elements.into_iter().map(|element| {
        let mut node = None;
        for pair in split_unquoted(element, ';')? {
            let (name, value) = pair.trim().split_once('=')?;
            if name.eq_ignore_ascii_case("for") && node.replace(value).is_some() {
                return None;
            }
        }
        address(unquoted(node?))
    }));
}

/// The parts between `separator`s that stand outside of quotes; nothing if a quote is left open.
fn split_unquoted(text: &str, separator: char) -> Option<Vec<&str>> {
    let (mut parts, mut start) = (Vec::new(), 0);
    let (mut is_quoted, mut is_escaped) = (false, false);
    for (index, character) in text.char_indices() {
        match character {
            _ if is_escaped => is_escaped = false,
            '\\' if is_quoted => is_escaped = true,
            '"' => is_quoted = !is_quoted,
            _ if character == separator && !is_quoted => {
                parts.push(text.get(start..index)?);
                start = index + separator.len_utf8();
            }
            _ => {}
        }
    }
    parts.push(text.get(start..)?);
    (!is_quoted).then_some(parts)
}

/// The text within quotes. No address has a character that would be escaped there.
fn unquoted(text: &str) -> &str {
    text.strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
        .unwrap_or(text)
}

/// The address of a node: with or without a port, an IPv6 one with or without brackets, and with the zone that some write.
/// `unknown` and names that hide somebody (RFC 7239 section 6) are none.
fn address(node: &str) -> Hop {
    let address = if let Some(rest) = node.strip_prefix('[') {
        let (inner, port) = rest.split_once(']')?;
        if !port.is_empty() && !port.strip_prefix(':').is_some_and(is_port) {
            return None;
        }
        IpAddr::V6(without_zone(inner).parse::<Ipv6Addr>().ok()?)
    } else if let Ok(address) = without_zone(node).parse::<IpAddr>() {
        address
    } else {
        let socket: SocketAddr = node.parse().ok()?;
        socket.ip()
    };
    Some(address.to_canonical())
}

/// A number, or a name that hides one (RFC 7239 section 6).
fn is_port(text: &str) -> bool {
    text.parse::<u16>().is_ok() || text.starts_with('_')
}

/// The zone of an address (RFC 4007 section 11) means something to the machine that wrote it alone.
fn without_zone(text: &str) -> &str {
    match text.split_once('%') {
        Some((address, zone)) if !zone.is_empty() && address.contains(':') => address,
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::{address, client_address};
    use axum::http::{HeaderMap, HeaderName, HeaderValue};
    use std::net::IpAddr;

    const PROXY: &str = "10.0.0.1";

    fn from(peer: &str, headers: &[(&'static str, &[u8])]) -> String {
        let trusted = ["10.0.0.0/8", "2001:db8:ffff::/48"].map(|network| network.parse().unwrap());
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(HeaderName::from_static(name), HeaderValue::from_bytes(value).unwrap());
        }
        client_address(peer.parse().unwrap(), &map, &trusted).to_string()
    }

    #[test]
    fn an_address_is_read_however_proxies_write_it() {
        for (text, expected) in [
            ("203.0.113.7", Some("203.0.113.7")),
            ("203.0.113.7:4711", Some("203.0.113.7")),
            ("2001:db8::1", Some("2001:db8::1")),
            ("[2001:db8::1]", Some("2001:db8::1")),
            ("[2001:db8::1]:4711", Some("2001:db8::1")),
            ("[2001:db8::1]:_hidden", Some("2001:db8::1")),
            ("fe80::1%eth0", Some("fe80::1")),
            ("[fe80::1%25eth0]:80", Some("fe80::1")),
            ("::ffff:203.0.113.7", Some("203.0.113.7")),
            ("[::ffff:203.0.113.7]:80", Some("203.0.113.7")),
            ("", None),
            ("unknown", None),
            ("_hidden", None),
            ("203.0.113.7:port", None),
            ("203.0.113.7%eth0", None),
            ("203.0.113", None),
            ("[203.0.113.7]", None),
            ("[2001:db8::1", None),
            ("[2001:db8::1]x", None),
            ("[2001:db8::1]:", None),
            ("2001:db8::1%", None),
            ("localhost", None),
        ] {
            let expected = expected.map(|text| text.parse::<IpAddr>().unwrap());
            assert_eq!(address(text), expected, "{text}");
        }
    }

    #[test]
    fn what_a_trusted_proxy_adds_is_believed_and_what_stands_before_it_is_not() {
        for (value, expected) in [
            ("203.0.113.7", "203.0.113.7"),
            ("198.51.100.1, 203.0.113.7", "203.0.113.7"),
            ("203.0.113.7, 10.0.0.2", "203.0.113.7"),
            ("203.0.113.7, [2001:db8:ffff::1]:443", "203.0.113.7"),
            ("203.0.113.7,unknown, 10.0.0.2", PROXY),
            ("203.0.113.7, ", PROXY),
            ("10.0.0.3, 10.0.0.2", PROXY),
            ("\"[2001:db8::1]:80\"", "2001:db8::1"),
            ("", PROXY),
        ] {
            assert_eq!(
                from(PROXY, &[("x-forwarded-for", value.as_bytes())]),
                expected,
                "{value}"
            );
        }
        let twice: [(_, &[u8]); 2] = [
            ("x-forwarded-for", b"198.51.100.1"),
            ("x-forwarded-for", b"203.0.113.7"),
        ];
        assert_eq!(from(PROXY, &twice), "203.0.113.7");
        assert_eq!(from(PROXY, &[("x-forwarded-for", b"203.0.113.7, \xff")]), PROXY);
        let spoilt: [(_, &[u8]); 1] = [("x-forwarded-for", b"\xff, 203.0.113.7")];
        assert_eq!(from(PROXY, &spoilt), "203.0.113.7");
    }

    #[test]
    fn forwarded_is_read_as_rfc_7239_spells_it() {
        for (value, expected) in [
            ("for=203.0.113.7", "203.0.113.7"),
            ("For=\"203.0.113.7:4711\"", "203.0.113.7"),
            ("for=\"[2001:db8:cafe::17]:4711\"", "2001:db8:cafe::17"),
            (
                "for=198.51.100.1;proto=http, by=10.0.0.2; FOR=203.0.113.7 ;proto=https",
                "203.0.113.7",
            ),
            ("for=203.0.113.7, for=10.0.0.2", "203.0.113.7"),
            ("for=203.0.113.7;host=\"a,b;for=198.51.100.1\"", "203.0.113.7"),
            ("for=203.0.113.7;host=\"a\\\"b\"", "203.0.113.7"),
            // The caller opens a quote that would swallow what the proxy adds.
            ("for=198.51.100.1;host=\", for=203.0.113.7", PROXY),
            ("for=198.51.100.1;host=\"\\, for=\"203.0.113.7\"", PROXY),
            ("for=203.0.113.7;for=198.51.100.1", PROXY),
            ("proto=https", PROXY),
            ("for=unknown", PROXY),
            ("for=_hidden, for=10.0.0.2", PROXY),
            ("203.0.113.7", PROXY),
            ("", PROXY),
        ] {
            assert_eq!(from(PROXY, &[("forwarded", value.as_bytes())]), expected, "{value}");
        }
    }

    #[test]
    fn a_header_that_the_caller_wrote_beside_the_proxys_own_names_nobody() {
        for (list, forwarded, expected) in [
            ("203.0.113.7", "for=203.0.113.7", "203.0.113.7"),
            ("203.0.113.7", "for=198.51.100.1", PROXY),
            ("198.51.100.1", "for=203.0.113.7", PROXY),
            ("203.0.113.7", "for=unknown", PROXY),
            ("nonsense", "for=203.0.113.7", PROXY),
        ] {
            let headers: [(_, &[u8]); 2] = [
                ("x-forwarded-for", list.as_bytes()),
                ("forwarded", forwarded.as_bytes()),
            ];
            assert_eq!(from(PROXY, &headers), expected, "{list} {forwarded}");
        }
    }

    #[test]
    fn nobody_else_is_believed() {
        for name in ["x-forwarded-for", "forwarded", "x-real-ip"] {
            for value in [&b"198.51.100.1"[..], b"for=198.51.100.1"] {
                assert_eq!(from("203.0.113.7", &[(name, value)]), "203.0.113.7", "{name}");
            }
        }
        assert_eq!(
            from(PROXY, &[("x-real-ip", b"198.51.100.1")]),
            PROXY,
            "no list, so nobody adds to it"
        );
    }
}
