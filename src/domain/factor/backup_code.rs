//! A code that stands in for a second proof that is not at hand: eight letters and digits, each good once.
//!
//! Invariant: a code never shows in `Debug` output.

use crate::{
    proof::{Enrolled, Factor, Malformed, Parameter, Rules, Second},
    settings::attribute::AttributeSettings,
};
use entity::kind::Strategy;
use std::fmt;
use unicode_normalization::UnicodeNormalization as _;
use zeroize::Zeroizing;

/// How many codes somebody is given at once.
pub const COUNT: usize = 10;

/// How many characters a code has.
const LENGTH: usize = 8;

/// The characters of a code.
const ALPHABET: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";

/// What a code is like as a proof.
pub const RULES: Rules = Rules {
    first: false,
    second: Some(Second::Beside),
    challenge: None,
    parameter: Parameter::Code,
    format: "eight letters and digits",
    object: "verification_backup_code",
};

/// A code.
#[derive(Clone, PartialEq, Eq)]
pub struct BackupCode(Zeroizing<String>);

/// A code as it was typed.
pub type Given = BackupCode;

impl BackupCode {
    /// The code of a number, of which there are 36^8. Of random 64 bits no code is likelier than another by more than one in
    /// six million.
    #[must_use]
    pub fn from_number(mut number: u64) -> Self {
        let mut text = Zeroizing::new(String::with_capacity(LENGTH));
        for _ in 0..LENGTH {
            let place = usize::try_from(number % 36).unwrap_or_default();
            text.push(char::from(ALPHABET.get(place).copied().unwrap_or(b'0')));
            number /= 36;
        }
        Self(text)
    }

    /// The eight characters, in lower case.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for BackupCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("BackupCode(…)")
    }
}

/// Reads a typed or pasted code; blanks and hyphens between the characters do not count, nor does their case.
///
/// # Errors
/// [`Malformed`] unless exactly eight ASCII letters and digits are left.
pub fn read(text: &Zeroizing<String>) -> Result<Given, Malformed> {
    let mut code = Zeroizing::new(String::with_capacity(LENGTH));
    let given = text
        .nfkc()
        .filter(|character| !character.is_whitespace() && *character != '-');
    for character in given {
        if !character.is_ascii_alphanumeric() || code.len() == LENGTH {
            return Err(Malformed);
        }
        code.push(character.to_ascii_lowercase());
    }
    match code.len() {
        LENGTH => Ok(BackupCode(code)),
        _ => Err(Malformed),
    }
}

/// Whoever has codes left can give one, where the instance takes them.
pub(crate) fn offers(enrolled: &Enrolled, attributes: &AttributeSettings) -> Vec<Factor> {
    let is_offered = enrolled.has(Strategy::BackupCode) && attributes.backup_code.enabled;
    is_offered
        .then(|| Factor::of(Strategy::BackupCode))
        .into_iter()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{ALPHABET, BackupCode, LENGTH, read};
    use crate::proof::Malformed;
    use zeroize::Zeroizing;

    fn parsed(text: &str) -> Result<BackupCode, Malformed> {
        read(&Zeroizing::new(text.to_owned()))
    }

    /// The same in characters of full width, as some keyboards send them.
    fn wide(text: &str) -> String {
        let wide = |character: char| char::from_u32(u32::from(character) + 0xfee0).unwrap();
        text.chars().map(wide).collect()
    }

    #[test]
    fn a_code_is_read_however_it_was_written_down() {
        let code = BackupCode::from_number(u64::MAX);
        let text = code.as_str();
        assert_eq!(text.len(), LENGTH);
        let (one, two) = text.split_at(4);
        for written in [
            text.to_owned(),
            text.to_uppercase(),
            format!(" {one}-{two}\n"),
            format!("{one} {two}"),
            wide(text),
        ] {
            assert_eq!(parsed(&written), Ok(code.clone()), "{written}");
        }
    }

    #[test]
    fn anything_but_eight_letters_and_digits_is_no_code() {
        for text in ["", "1234567", "123456789", "1234567!", "1234567ä", "--------"] {
            assert_eq!(parsed(text), Err(Malformed), "{text:?}");
        }
    }

    #[test]
    fn every_number_has_its_code_of_the_alphabet() {
        assert_eq!(BackupCode::from_number(0).as_str(), "00000000");
        assert_eq!(BackupCode::from_number(35).as_str(), "z0000000");
        assert_eq!(BackupCode::from_number(36).as_str(), "01000000");
        let of_all: String = (0..36)
            .map(|number| BackupCode::from_number(number).as_str()[..1].to_owned())
            .collect();
        assert_eq!(of_all.as_bytes(), ALPHABET);
        assert_eq!(BackupCode::from_number(36_u64.pow(8)), BackupCode::from_number(0));
    }

    #[test]
    fn a_code_does_not_show_in_debug_output() {
        assert_eq!(format!("{:?}", BackupCode::from_number(7)), "BackupCode(…)");
    }
}
