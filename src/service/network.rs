//! Which addresses count as one: whoever has one of them has them all.

use std::net::{IpAddr, Ipv6Addr};

/// What shares a budget: an IPv4 address, or an IPv6 /64, since whoever has one address of it has them all.
#[must_use]
pub fn network_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => IpAddr::V6(prefix(address, 64)),
    }
}

/// The network of an address and the wider ones around it, each with the length of its prefix and the multiple of a
/// network's budget that it may spend.
/// Whoever holds an IPv6 /48 or /32 has as many /64 as they like, and must not spend an instance's budget alone.
#[must_use]
pub fn networks_around(address: IpAddr) -> Vec<(IpAddr, u32, u32)> {
    let network = network_of(address);
    match network {
        IpAddr::V4(_) => vec![(network, 32, 1)],
        IpAddr::V6(address) => [(64, 1), (48, 8), (32, 32)]
            .map(|(length, share)| (IpAddr::V6(prefix(address, length)), length, share))
            .to_vec(),
    }
}

fn prefix(address: Ipv6Addr, length: u32) -> Ipv6Addr {
    Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << (128 - length)))
}

#[cfg(test)]
mod tests {
    use super::{network_of, networks_around};

    #[test]
    fn an_ipv6_network_spends_of_what_is_around_it_too() {
        let around = |address: &str| {
            networks_around(address.parse().unwrap())
                .into_iter()
                .map(|(network, _, share)| format!("{network} {share}"))
                .collect::<Vec<_>>()
        };
        assert_eq!(
            around("2001:db8:1:2:3::4"),
            ["2001:db8:1:2:: 1", "2001:db8:1:: 8", "2001:db8:: 32"]
        );
        assert_eq!(around("192.0.2.7"), ["192.0.2.7 1"]);
        assert_eq!(around("::ffff:192.0.2.7"), ["192.0.2.7 1"]);
    }

    #[test]
    fn spellings_of_one_network_share_a_budget() {
        for (address, network) in [
            ("192.0.2.7", "192.0.2.7"),
            ("::ffff:192.0.2.7", "192.0.2.7"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
            ("2001:db8:1:2::9", "2001:db8:1:2::"),
            ("2001:db8:1:3::9", "2001:db8:1:3::"),
        ] {
            assert_eq!(
                network_of(address.parse().unwrap()),
                network.parse::<std::net::IpAddr>().unwrap(),
                "{address}"
            );
        }
    }
}
