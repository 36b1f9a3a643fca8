//! One-time codes: six digits derived from a verification, never stored.
//!
//! A code is HMAC-SHA256(code key, verification id ‖ serial) mod 10^6. Invariant: every attempt to send the code of one
//! serial sends the same digits, and a new serial makes the old digits useless.
//!
//! A code carries no key identifier and a verification remembers none. So that a rotation of the code key kills no code
//! in flight, [`matches_code`] accepts the digits of the newest key and of the one before it, no others: a guess then has
//! at most two chances in a million, and that only while a rotation is less than a code's lifetime behind or the older
//! key is kept. A second rotation within one lifetime does kill the code; its owner asks for another.

use super::{digest::constant_time_eq, keyring::Keyring};
use aws_lc_rs::hmac;
use entity::id::{TypedId as _, VerificationId};
use std::fmt;
use zeroize::Zeroizing;

/// Digits of a code.
pub const CODE_DIGITS: usize = 6;

/// How many code keys, newest first, a candidate is checked against.
const LIVE_CODE_KEYS: usize = 2;

/// A code to be sent or compared. `Debug` hides it.
#[derive(Clone)]
pub struct OneTimeCode(Zeroizing<String>);

impl fmt::Debug for OneTimeCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("OneTimeCode(..)")
    }
}

impl OneTimeCode {
    /// The six digits. For the message to its owner only.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether `candidate` is this code, compared in constant time. Only the exact six digits match: trimming is up to
    /// the caller.
    #[must_use]
    pub fn matches(&self, candidate: &str) -> bool {
        constant_time_eq(&self.0, candidate)
    }
}

/// The code of a verification's `serial`-th sending, by the newest code key: what is sent.
#[must_use]
pub fn one_time_code(keyring: &Keyring, verification: &VerificationId, serial: i32) -> OneTimeCode {
    derive(keyring.code_key(), verification, serial)
}

/// Whether `candidate` is the code of a verification's `serial`-th sending, across one rotation of the code key.
#[must_use]
pub fn matches_code(keyring: &Keyring, verification: &VerificationId, serial: i32, candidate: &str) -> bool {
    // No early exit: how long it takes must not tell which key matched.
    codes_for(keyring, verification, serial).fold(false, |matched, code| code.matches(candidate) | matched)
}

/// The codes that a verification's `serial`-th sending may have sent, newest key first.
pub fn codes_for<'a>(
    keyring: &'a Keyring,
    verification: &'a VerificationId,
    serial: i32,
) -> impl Iterator<Item = OneTimeCode> + 'a {
    let keys = keyring.code_keys().take(LIVE_CODE_KEYS);
    keys.map(move |key| derive(key, verification, serial))
}

fn derive(key: &hmac::Key, verification: &VerificationId, serial: i32) -> OneTimeCode {
    let mut context = hmac::Context::with_key(key);
    // The serial has a fixed width, so no other pair gives the same bytes.
    context.update(verification.as_str().as_bytes());
    context.update(&serial.to_be_bytes());
    let tag = context.sign();
    // 64 bits of the tag (Horner's rule, modulo 10^6 at each byte): no code is likelier than another by more than one
    // part in 2^64 / 10^6, that is 5 × 10^-14.
    let number = tag
        .as_ref()
        .iter()
        .take(size_of::<u64>())
        .fold(0_u64, |number, byte| (number * 256 + u64::from(*byte)) % 1_000_000);
    OneTimeCode(Zeroizing::new(format!("{number:0CODE_DIGITS$}")))
}

#[cfg(test)]
mod tests {
    use super::{CODE_DIGITS, codes_for, matches_code, one_time_code};
    use crate::{
        crypto::keyring::{KeyMaterial, Keyring},
        runtime::entropy::Entropy,
    };
    use entity::{id::VerificationId, kind::DataKeyClass};
    use std::collections::HashSet;
    use zeroize::Zeroizing;

    const NOW: i64 = 1_795_000_000_000;

    fn keys() -> (Vec<KeyMaterial>, VerificationId, Entropy) {
        let entropy = Entropy::seeded(1);
        (Keyring::new_materials(&entropy, NOW), entropy.id(NOW), entropy)
    }

    #[test]
    fn the_code_is_the_documented_function_of_key_verification_and_serial() {
        let (mut materials, _, _) = keys();
        for material in &mut materials {
            material.key = Zeroizing::new([7; 32]);
        }
        let keyring = Keyring::new(materials).unwrap();
        let verification: VerificationId = "ver_000000000000000000000000000".parse().unwrap();
        // Computed by another implementation of HMAC-SHA256.
        assert_eq!(one_time_code(&keyring, &verification, 1).as_str(), "953743");
        assert_eq!(one_time_code(&keyring, &verification, 2).as_str(), "470526");
    }

    #[test]
    fn a_code_is_six_digits_and_the_same_each_time() {
        let (materials, verification, _) = keys();
        let keyring = Keyring::new(materials).unwrap();
        let mut codes = HashSet::new();
        for serial in 0..500 {
            let code = one_time_code(&keyring, &verification, serial);
            assert_eq!(code.as_str().len(), CODE_DIGITS);
            assert!(code.as_str().bytes().all(|byte| byte.is_ascii_digit()));
            assert!(code.matches(one_time_code(&keyring, &verification, serial).as_str()));
            codes.insert(code.as_str().to_owned());
        }
        assert!(codes.len() > 490, "{} different codes of 500", codes.len());
        assert!(codes.iter().any(|code| code.starts_with('0')), "leading zeros are kept");
    }

    #[test]
    fn a_code_is_bound_to_its_serial_and_verification() {
        let (materials, verification, entropy) = keys();
        let keyring = Keyring::new(materials).unwrap();
        let code = one_time_code(&keyring, &verification, 1);
        assert!(matches_code(&keyring, &verification, 1, code.as_str()));
        assert!(!matches_code(&keyring, &verification, 2, code.as_str()));
        assert!(!matches_code(&keyring, &entropy.id(NOW), 1, code.as_str()));
        for candidate in ["", "0", &code.as_str()[..5], &format!("{}0", code.as_str()), "é12345"] {
            assert!(!matches_code(&keyring, &verification, 1, candidate), "{candidate}");
        }
    }

    #[test]
    fn a_code_outlives_one_rotation_and_not_two() {
        let (mut materials, verification, entropy) = keys();
        let sent = one_time_code(&Keyring::new(materials.clone()).unwrap(), &verification, 1);

        materials.push(KeyMaterial::generate(&entropy, NOW + 1_000, DataKeyClass::Code));
        let rotated = Keyring::new(materials.clone()).unwrap();
        assert!(!one_time_code(&rotated, &verification, 1).matches(sent.as_str()));
        assert!(matches_code(&rotated, &verification, 1, sent.as_str()));

        materials.push(KeyMaterial::generate(&entropy, NOW + 2_000, DataKeyClass::Code));
        let twice = Keyring::new(materials).unwrap();
        assert_eq!(codes_for(&twice, &verification, 1).count(), 2);
        assert!(!matches_code(&twice, &verification, 1, sent.as_str()));
    }

    #[test]
    fn debug_hides_the_code() {
        let (materials, verification, _) = keys();
        let code = one_time_code(&Keyring::new(materials).unwrap(), &verification, 1);
        assert_eq!(format!("{code:?}"), "OneTimeCode(..)");
    }
}
