//! The domain of an address, as the domain name system has it (RFC 5890) and as people write it.
//!
//! Invariant: every spelling of one domain has one form of each kind.

use idna::uts46::{AsciiDenyList, DnsLength, Hyphens, Uts46};

/// A domain that mail can be sent to, as far as its text tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct DomainName {
    /// What is in the domain name system: letters, digits and hyphens, with A-labels.
    pub(super) ascii: String,
    /// The same with U-labels: what people read.
    pub(super) unicode: String,
}

impl DomainName {
    /// Reads a domain; nothing if no name server can have it: labels longer than 63 bytes or 253 in all, a dot at the end,
    /// characters that are in no name, or a last label that begins as a number does (RFC 1123 section 2.1), as that of an
    /// IP address.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let rules = Uts46::new();
        let (denied, hyphens) = (AsciiDenyList::STD3, Hyphens::CheckFirstLast);
        let ascii = rules
            .to_ascii(text.as_bytes(), denied, hyphens, DnsLength::Verify)
            .ok()?
            .into_owned();
        let (_, last) = ascii.rsplit_once('.')?;
        if !last.starts_with(|first: char| first.is_ascii_alphabetic()) {
            return None;
        }
        let (unicode, read) = rules.to_unicode(ascii.as_bytes(), denied, hyphens);
        read.ok()?;
        let unicode = unicode.into_owned();
        Some(Self { ascii, unicode })
    }
}

#[cfg(test)]
mod tests {
    use super::DomainName;

    #[test]
    fn every_spelling_of_a_domain_has_one_form_of_each_kind() {
        for (spellings, ascii, unicode) in [
            (
                &[
                    "bücher.example",
                    "BÜCHER.example",
                    "xn--bcher-kva.example",
                    "XN--BCHER-KVA.EXAMPLE",
                ][..],
                "xn--bcher-kva.example",
                "bücher.example",
            ),
            (
                &["straße.example", "xn--strae-oqa.example"],
                "xn--strae-oqa.example",
                "straße.example",
            ),
            (
                &["例え.テスト", "例え。テスト", "xn--r8jz45g.xn--zckzah"],
                "xn--r8jz45g.xn--zckzah",
                "例え.テスト",
            ),
            (
                &["example.com", "ｅxample.com", "Example.COM"],
                "example.com",
                "example.com",
            ),
            (&["r3---a.example.com"], "r3---a.example.com", "r3---a.example.com"),
        ] {
            for spelling in spellings {
                let (ascii, unicode) = (ascii.to_owned(), unicode.to_owned());
                assert_eq!(
                    DomainName::parse(spelling),
                    Some(DomainName { ascii, unicode }),
                    "{spelling}"
                );
            }
        }
    }

    #[test]
    fn what_no_name_server_can_have_is_no_domain() {
        let long = format!("{}.com", "a".repeat(64));
        // 63 letters fit, but not as many that are encoded.
        let encoded = format!("{}.com", "ü".repeat(63));
        let many = format!("{}com", "a.".repeat(126));
        for text in [
            "",
            "example",
            "localhost",
            "example.com.",
            ".example.com",
            "example..com",
            "-example.com",
            "example-.com",
            "exa_mple.com",
            "exa mple.com",
            "127.0.0.1",
            "127.1",
            "0x7f.0x1",
            "[127.0.0.1]",
            "[::1]",
            "example.c0m.1",
            "xn--zzzzzzzz9999.example",
            "xn--a.example",
            "\u{200d}.example",
            &long,
            &encoded,
            &many,
        ] {
            assert_eq!(DomainName::parse(text), None, "{text}");
        }
        assert!(DomainName::parse(&format!("{}.com", "a".repeat(63))).is_some());
    }
}
