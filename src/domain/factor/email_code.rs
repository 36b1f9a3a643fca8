//! The one-time code sent to an e-mail address.
//!
//! Invariant: a code never shows in `Debug` output, and is offered only for an address whose owner has proven it, because
//! whoever reads that mailbox gets into the account.

use crate::{
    proof::{ChallengeRules, Enrolled, Factor, Malformed, Parameter, Rules},
    settings::attribute::AttributeSettings,
};
use entity::kind::{IdentificationKind, Strategy};
use std::fmt;
use unicode_normalization::UnicodeNormalization as _;
use zeroize::Zeroizing;

/// What a code is like as a proof.
pub const RULES: Rules = Rules {
    first: true,
    second: None,
    challenge: Some(ChallengeRules {
        lifetime_ms: LIFETIME_MS,
        maximum_attempts: MAXIMUM_ATTEMPTS,
    }),
    parameter: Parameter::Code,
    format: "six digits",
    object: "verification_otp",
};

/// A code as it was typed.
pub type Given = OneTimeCode;

/// How many digits a code has.
pub const DIGITS: usize = 6;

/// How long a code is good, in milliseconds: ten minutes.
pub const LIFETIME_MS: i64 = 10 * 60 * 1000;

/// How many attempts each code allows.
pub const MAXIMUM_ATTEMPTS: i32 = 3;

/// The code that test addresses of development instances accept.
pub const TEST_CODE: OneTimeCode = OneTimeCode(424_242);

/// How many codes there are.
const CODES: u32 = 1_000_000;

/// A code of six digits.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct OneTimeCode(u32);

impl OneTimeCode {
    /// The code of a number, which counts modulo 10^6.
    #[must_use]
    pub const fn from_number(number: u32) -> Self {
        Self(number % CODES)
    }

    /// The six digits, leading zeros included: what is sent.
    #[must_use]
    pub fn digits(self) -> String {
        format!("{:06}", self.0)
    }
}

impl fmt::Debug for OneTimeCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("OneTimeCode(…)")
    }
}

/// Reads a typed or pasted code; blanks and hyphens between the digits do not count, and digits of full width, as some keyboards
/// send them, are digits (NFKC).
///
/// # Errors
/// [`Malformed`] unless exactly six ASCII digits are left.
pub fn read(text: &Zeroizing<String>) -> Result<OneTimeCode, Malformed> {
    parse_code(text)
}

/// The same of a text that is no secret.
///
/// # Errors
/// [`Malformed`].
pub fn parse_code(text: &str) -> Result<OneTimeCode, Malformed> {
    let mut number = 0;
    let mut count = 0;
    for character in text
        .nfkc()
        .filter(|character| !character.is_whitespace() && *character != '-')
    {
        let digit = character.to_digit(10).ok_or(Malformed)?;
        count += 1;
        if count > DIGITS {
            return Err(Malformed);
        }
        number = number * 10 + digit;
    }
    if count == DIGITS {
        Ok(OneTimeCode(number))
    } else {
        Err(Malformed)
    }
}

/// Codes go to proven addresses, the primary one first.
pub(crate) fn offers(enrolled: &Enrolled, attributes: &AttributeSettings) -> Vec<Factor> {
    if !attributes.email_address.proves_by(Strategy::EmailCode) {
        return Vec::new();
    }
    let addresses = enrolled.proven(IdentificationKind::EmailAddress);
    addresses
        .into_iter()
        .map(|address| Factor::to(Strategy::EmailCode, address))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{LIFETIME_MS, MAXIMUM_ATTEMPTS, Malformed, OneTimeCode, TEST_CODE, parse_code};

    #[test]
    fn a_code_is_read_whatever_separates_its_digits() {
        for text in [
            "012345",
            " 012345\n",
            "012 345",
            "012-345",
            "0-1-2 3\t45",
            "012\u{a0}345",
            "０１２３４５",
        ] {
            assert_eq!(parse_code(text), Ok(OneTimeCode::from_number(12_345)), "{text:?}");
        }
        assert_eq!(parse_code("424242"), Ok(TEST_CODE));
        assert_eq!(parse_code("000000"), Ok(OneTimeCode::from_number(0)));
        assert_eq!(parse_code("999999"), Ok(OneTimeCode::from_number(999_999)));
    }

    #[test]
    fn anything_but_six_ascii_digits_is_no_code() {
        for text in [
            "",
            "12345",
            "1234567",
            "12345a",
            "12345.",
            "+12345",
            "١٢٣٤٥٦",
            "------",
            "1234560000000000000000",
        ] {
            assert_eq!(parse_code(text), Err(Malformed), "{text:?}");
        }
    }

    #[test]
    fn a_code_is_written_with_its_leading_zeros() {
        assert_eq!(OneTimeCode::from_number(42).digits(), "000042");
        assert_eq!(OneTimeCode::from_number(999_999).digits(), "999999");
        assert_eq!(OneTimeCode::from_number(1_000_000).digits(), "000000");
        assert_eq!(OneTimeCode::from_number(1_000_001).digits(), "000001");
        assert_eq!(TEST_CODE.digits(), "424242");
    }

    #[test]
    fn a_code_does_not_show_in_debug_output() {
        assert_eq!(format!("{TEST_CODE:?}"), "OneTimeCode(…)");
    }

    #[test]
    fn codes_live_ten_minutes_and_three_attempts() {
        assert_eq!(LIFETIME_MS, 600_000);
        assert_eq!(MAXIMUM_ATTEMPTS, 3);
    }
}
