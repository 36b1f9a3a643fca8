//! What a new password must be like.
//!
//! Invariant: the shortest allowed length is at least 8 characters and no password is ever cut off.

use super::problem::Problems;
use serde::{Deserialize, Serialize};

/// The fewest characters that `min_length` may be set to.
pub const LOWEST_MINIMUM_LENGTH: u32 = 8;

/// The most characters that `max_length` may be set to.
pub const HIGHEST_MAXIMUM_LENGTH: u32 = 4096;

/// Rules for new passwords. Old ones keep working when the rules become stricter.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each switch is a setting of its own on the wire"
)]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PasswordSettings {
    /// The fewest characters (Unicode scalar values).
    pub min_length: u32,
    /// The most characters (Unicode scalar values).
    pub max_length: u32,
    /// Whether one character that is neither letter nor digit is needed.
    pub require_special_char: bool,
    /// Whether one digit is needed.
    pub require_numbers: bool,
    /// Whether one upper-case letter is needed.
    pub require_uppercase: bool,
    /// Whether one lower-case letter is needed.
    pub require_lowercase: bool,
    /// Whether pages show the strength while somebody types.
    pub show_zxcvbn: bool,
    /// The lowest zxcvbn score accepted, 0 (anything) to 4.
    pub min_zxcvbn_strength: u32,
    /// Whether passwords are refused that are among the first to be tried: those that everybody uses, and those made of
    /// the names and addresses of their owner or of the service.
    pub refuse_guessable: bool,
}

impl Default for PasswordSettings {
    fn default() -> Self {
        Self {
            min_length: LOWEST_MINIMUM_LENGTH,
            max_length: 128,
            require_special_char: false,
            require_numbers: false,
            require_uppercase: false,
            require_lowercase: false,
            show_zxcvbn: false,
            min_zxcvbn_strength: 0,
            refuse_guessable: true,
        }
    }
}

impl PasswordSettings {
    /// Whether a password that was good by these rules is good by `others` too.
    #[must_use]
    pub const fn are_at_least(&self, others: &Self) -> bool {
        self.min_length >= others.min_length
            && self.max_length <= others.max_length
            && self.require_special_char >= others.require_special_char
            && self.require_numbers >= others.require_numbers
            && self.require_uppercase >= others.require_uppercase
            && self.require_lowercase >= others.require_lowercase
            && self.min_zxcvbn_strength >= others.min_zxcvbn_strength
            && self.refuse_guessable >= others.refuse_guessable
    }

    pub(super) fn check(&self, problems: &mut Problems) {
        let lengths = LOWEST_MINIMUM_LENGTH..=HIGHEST_MAXIMUM_LENGTH;
        problems.within("password.min_length", self.min_length, lengths.clone());
        problems.within("password.max_length", self.max_length, lengths);
        problems.lengths("password.max_length", self.min_length, self.max_length);
        problems.within("password.min_zxcvbn_strength", self.min_zxcvbn_strength, 0..=4);
    }
}

#[cfg(test)]
mod tests {
    use super::PasswordSettings;

    #[test]
    fn rules_are_at_least_others_only_if_none_of_those_is_stricter() {
        let rules = PasswordSettings::default;
        let changed = |change: fn(&mut PasswordSettings)| {
            let mut rules = rules();
            change(&mut rules);
            rules
        };
        assert!(rules().are_at_least(&rules()));
        assert!(
            rules().are_at_least(&changed(|rules| rules.show_zxcvbn = true)),
            "only shown"
        );
        for stricter in [
            changed(|rules| rules.min_length = 9),
            changed(|rules| rules.max_length = 127),
            changed(|rules| rules.require_special_char = true),
            changed(|rules| rules.require_numbers = true),
            changed(|rules| rules.require_uppercase = true),
            changed(|rules| rules.require_lowercase = true),
            changed(|rules| rules.min_zxcvbn_strength = 1),
        ] {
            assert!(!rules().are_at_least(&stricter), "{stricter:?}");
            assert!(stricter.are_at_least(&rules()), "{stricter:?}");
        }
        let lenient = changed(|rules| rules.refuse_guessable = false);
        assert!(rules().are_at_least(&lenient) && !lenient.are_at_least(&rules()));
    }
}
