//! Digests of random secrets, and comparison in constant time.
//!
//! Invariant: what is digested here holds 256 random bits or is no secret, so that a plain hash cannot be searched. Passwords go to
//! `password_hash`; lookup values that can be guessed (addresses) go to `Keyring::lookup_digest`.

use aws_lc_rs::{
    constant_time,
    digest::{SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

/// Characters of a suffix of cookies' names.
const COOKIE_SUFFIX_CHARACTERS: usize = 8;

/// SHA-256 (FIPS 180-4) of a random secret, as 64 lower-case hexadecimal digits.
#[must_use]
pub fn secret_digest(secret: &str) -> String {
    hex::encode(digest(&SHA256, secret.as_bytes()))
}

/// SHA-256 (FIPS 180-4) of a whole token: a name for it that opens nothing.
#[must_use]
pub fn token_fingerprint(token: &str) -> [u8; 32] {
    let mut fingerprint = [0; 32];
    fingerprint.copy_from_slice(digest(&SHA256, token.as_bytes()).as_ref());
    fingerprint
}

/// SHA-256 (FIPS 180-4) of a text that is no secret, as 64 lower-case hexadecimal digits: a name that no other text has.
#[must_use]
pub fn content_digest(text: &str) -> String {
    hex::encode(digest(&SHA256, text.as_bytes()))
}

/// What SDKs put behind the names of cookies, so that those of two instances on one site do not meet: the beginning of the
/// SHA-1 of the publishable key, in base64url. It is a name, and protects nothing.
#[must_use]
pub fn cookie_suffix(publishable_key: &str) -> String {
    let digest = digest(&SHA1_FOR_LEGACY_USE_ONLY, publishable_key.as_bytes());
    let mut suffix = URL_SAFE_NO_PAD.encode(digest);
    suffix.truncate(COOKIE_SUFFIX_CHARACTERS);
    suffix
}

/// Whether two texts are equal, in a time that depends on their lengths only.
#[must_use]
pub fn constant_time_eq(left: &str, right: &str) -> bool {
    constant_time::verify_slices_are_equal(left.as_bytes(), right.as_bytes()).is_ok()
}

#[cfg(test)]
mod tests {
    use super::{constant_time_eq, content_digest, cookie_suffix, secret_digest, token_fingerprint};

    #[test]
    fn the_digest_is_sha_256_in_hexadecimal() {
        assert_eq!(
            secret_digest("abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
        assert_eq!(hex::encode(token_fingerprint("abc")), secret_digest("abc"));
        assert_eq!(content_digest("abc"), secret_digest("abc"));
    }

    #[test]
    fn the_suffix_of_cookies_is_the_one_that_sdks_compute() {
        assert_eq!(cookie_suffix("pk_live_Y2xlcmsuZXhhbXBsZS5jb20k"), "naoXFJnI");
        assert_eq!(cookie_suffix("").len(), 8);
    }

    #[test]
    fn only_equal_texts_are_equal() {
        assert!(constant_time_eq("", ""));
        assert!(constant_time_eq("secret", "secret"));
        for other in ["", "secre", "secrets", "Secret", "secreT"] {
            assert!(!constant_time_eq("secret", other), "{other}");
        }
    }
}
