//! What names a document, and who asks for one.
//!
//! The invariant: an identifier is the SHA-256 of exactly one text, so that nobody is shown one document and runs another.

use aws_lc_rs::digest::{SHA256, SHA256_OUTPUT_LEN, digest};
use axum::http::request::Parts;
use std::fmt;

/// How an identifier begins that says what it is (GraphQL over HTTP, "SHA256 Hex Document Identifier").
const PREFIX: &str = "sha256:";

/// The SHA-256 (FIPS 180-4) of a document's text.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct DocumentId([u8; SHA256_OUTPUT_LEN]);

impl DocumentId {
    /// Reads `sha256:` and 64 lower-case hexadecimal digits, or the digits alone. Nothing where it is neither.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::parse_bare(text.strip_prefix(PREFIX).unwrap_or(text))
    }

    /// Reads 64 lower-case hexadecimal digits.
    pub(super) fn parse_bare(text: &str) -> Option<Self> {
        let mut bytes = [0; SHA256_OUTPUT_LEN];
        if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return None;
        }
        hex::decode_to_slice(text, &mut bytes).ok()?;
        Some(Self(bytes))
    }

    /// That of a text.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let mut bytes = [0; SHA256_OUTPUT_LEN];
        bytes.copy_from_slice(digest(&SHA256, text.as_bytes()).as_ref());
        Self(bytes)
    }

    /// Its bytes.
    #[must_use]
    pub const fn bytes(&self) -> [u8; SHA256_OUTPUT_LEN] {
        self.0
    }
}

impl fmt::Display for DocumentId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for DocumentId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

/// Who asks for a document.
#[derive(Debug)]
pub enum Asker<'a, C> {
    /// Whoever sent this request: the caller is looked up after the document passed.
    Request(&'a Parts),
    /// The caller of a socket.
    Caller(&'a C),
}

impl<C> Clone for Asker<'_, C> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<C> Copy for Asker<'_, C> {}

#[cfg(test)]
mod tests {
    use super::DocumentId;

    #[test]
    fn an_identifier_is_read_in_both_of_its_forms_and_in_no_other() {
        let id = DocumentId::of("query ($id: ID!) {\n  user(id: $id) {\n    name\n  }\n}");
        let digits = "7dba4bd717b41f10434822356a93c32b1fb4907b983e854300ad839f84cdcd6e";
        assert_eq!(id.to_string(), digits, "the example of the specification");
        assert_eq!(DocumentId::parse(digits), Some(id));
        assert_eq!(DocumentId::parse(&format!("sha256:{digits}")), Some(id));
        for other in [
            "",
            "sha256:",
            &digits.to_uppercase(),
            &digits[1..],
            &format!("{digits}0"),
            &format!("md5:{digits}"),
            &format!("sha256:sha256:{digits}"),
            &format!(" {digits}"),
        ] {
            assert_eq!(DocumentId::parse(other), None, "{other}");
        }
    }
}
