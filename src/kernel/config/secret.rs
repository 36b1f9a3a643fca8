//! Secrets given to the process.
//!
//! The text of a secret never shows in `Debug` and is erased from memory when dropped.

use super::layer::Layers;
use base64::{Engine as _, prelude::BASE64_STANDARD};
use std::fmt;
use zeroize::Zeroizing;

/// A text that must not be logged.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretText(Zeroizing<String>);

impl SecretText {
    /// Takes a secret out of sight.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// The text itself, for the one place that needs it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SecretText {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("[secret]")
    }
}

/// Keys that the operator may give instead of letting Vestibule generate them.
#[derive(Clone, Debug)]
pub struct Secret {
    /// Secret key of the first instance: `sk_test_` or `sk_live_` (or the older `test_` or `live_`) and at least 16
    /// letters or digits.
    pub secret_key: Option<SecretText>,
    /// The key that seals stored secrets: standard base64 of 32 bytes.
    pub master_key: Option<SecretText>,
}

impl Secret {
    pub(super) fn read(layers: &mut Layers) -> Self {
        let secret_key = layers.text(
            "secret_key",
            "sk_test_ or sk_live_ (or the older test_ or live_) and at least 16 letters or digits",
            |text| is_secret_key(text).then(|| SecretText::new(text.to_owned())),
        );
        let master_key = layers.text("master_key", "32 bytes in base64", |text| {
            let bytes = Zeroizing::new(BASE64_STANDARD.decode(text).ok()?);
            (bytes.len() == 32).then(|| SecretText::new(text.to_owned()))
        });
        Self { secret_key, master_key }
    }
}

fn is_secret_key(text: &str) -> bool {
    let random = ["sk_test_", "sk_live_", "test_", "live_"]
        .iter()
        .find_map(|prefix| text.strip_prefix(prefix));
    random.is_some_and(|random| random.len() >= 16 && random.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_output_hides_the_text() {
        assert_eq!(format!("{:?}", SecretText::new("hunter2".to_owned())), "[secret]");
    }

    #[test]
    fn a_secret_key_needs_its_prefix_and_enough_random_characters() {
        assert!(is_secret_key("sk_test_abcdefghij0123456789"));
        assert!(is_secret_key("sk_live_abcdefghij0123456789"));
        assert!(is_secret_key("test_abcdefghij0123456789"));
        assert!(is_secret_key("live_abcdefghij0123456789"));
        for wrong in [
            "",
            "sk_test_",
            "sk_test_short",
            "pk_test_abcdefghij0123456789",
            "sk_test_abcdefghij 0123456789",
        ] {
            assert!(!is_secret_key(wrong), "{wrong}");
        }
    }
}
