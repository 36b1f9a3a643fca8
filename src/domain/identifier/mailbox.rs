//! Which mailbox an address leads to, as far as its text tells: what one person must be spared is counted by that.
//!
//! Invariant: never an identifier. Two accounts may share a mailbox, and addresses that look alike to us may not.

use super::EmailAddress;
use url::Host;

/// What may begin a subaddress, as restrictions on addresses know it too.
pub const SUBADDRESS_SIGNS: [char; 3] = ['+', '=', '#'];

/// Domains of one provider that hands the same mail to the same person, and does not look at dots in the local part. The
/// first of each stands for all.
const DOTLESS: [&[&str]; 2] = [
    &["gmail.com", "googlemail.com"],
    &["proton.me", "protonmail.com", "pm.me"],
];

impl EmailAddress {
    /// The mailbox: without subaddress, without the quotes that a local part may stand in (RFC 5321 section 4.1.2), with
    /// the domain as it is in the domain name system (RFC 5890) and, where the provider does so, without dots.
    #[must_use]
    pub fn mailbox(&self) -> String {
        let domain = self.domain();
        let domain = match Host::parse(domain.strip_suffix('.').unwrap_or(domain)) {
            Ok(Host::Domain(ascii)) => ascii,
            Ok(Host::Ipv4(_) | Host::Ipv6(_)) | Err(_) => domain.to_owned(),
        };
        let quoted = self.local_part();
        let local = quoted
            .strip_prefix('"')
            .and_then(|inner| inner.strip_suffix('"'))
            .map_or_else(|| quoted.to_owned(), |inner| inner.replace('\\', ""));
        let base = match local.split_once(SUBADDRESS_SIGNS) {
            Some((base, _)) if !base.is_empty() => base,
            _ => &local,
        };
        match DOTLESS.iter().find(|domains| domains.contains(&domain.as_str())) {
            Some([first, ..]) => format!("{}@{first}", base.replace('.', "")),
            Some([]) | None => format!("{base}@{domain}"),
        }
    }
}

/// What a normalised identifier is counted by where it is guessed at or written to: an address by its mailbox, anything else
/// by itself.
#[must_use]
pub fn counted_as(normalised: &str) -> String {
    match normalised.contains('@') {
        true => EmailAddress::from_stored(normalised.to_owned(), normalised.to_owned()).mailbox(),
        false => normalised.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{EmailAddress, counted_as};

    #[test]
    fn spellings_that_reach_one_mailbox_are_counted_as_one() {
        for (identifier, counted) in [
            ("ada@example.com", "ada@example.com"),
            ("a.da+x.y+z@gmail.com", "ada@gmail.com"),
            ("ada+1@example.com", "ada@example.com"),
            ("ada.lovelace", "ada.lovelace"),
            ("ada+1", "ada+1"),
            ("", ""),
        ] {
            assert_eq!(counted_as(identifier), counted, "{identifier}");
        }
    }

    fn mailbox(text: &str) -> String {
        // One that is stored may have been accepted by other rules.
        EmailAddress::read(text)
            .unwrap_or_else(|_| panic!("{text} is no address"))
            .mailbox()
    }

    #[test]
    fn every_address_of_a_mailbox_leads_to_it() {
        for (mailbox_of, addresses) in [
            (
                "victim@example.com",
                &[
                    "victim@example.com",
                    "victim+1@example.com",
                    "VICTIM+a+b@Example.COM",
                    "victim=bounce@example.com",
                    "victim#tag@example.com",
                    "\"victim\"@example.com",
                    "\"victim+1\"@example.com",
                    "ｖｉｃｔｉｍ@example.com",
                ][..],
            ),
            (
                "victimperson@gmail.com",
                &[
                    "victim.person@gmail.com",
                    "v.i.c.t.i.m.person+x@GoogleMail.com",
                    "victimperson@googlemail.com",
                ],
            ),
            ("victim@proton.me", &["vic.tim@protonmail.com", "victim+1@pm.me"]),
            (
                "victim@xn--bcher-kva.example",
                &[
                    "victim@bücher.example",
                    "victim+1@BÜCHER.example",
                    "victim@xn--bcher-kva.example",
                ],
            ),
        ] {
            for address in addresses {
                assert_eq!(mailbox(address), mailbox_of, "{address}");
            }
        }
    }

    #[test]
    fn mailboxes_that_differ_stay_apart() {
        for (address, expected) in [
            ("vic.tim@example.com", "vic.tim@example.com"),
            ("vic-tim@example.com", "vic-tim@example.com"),
            ("+tag@example.com", "+tag@example.com"),
            ("victim@sub.example.com", "victim@sub.example.com"),
            ("victim@gmail.com.example", "victim@gmail.com.example"),
        ] {
            assert_eq!(mailbox(address), expected, "{address}");
        }
    }
}
