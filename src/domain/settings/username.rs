//! What a new username must be like.
//!
//! Invariant: a username has at least one character.

use super::problem::Problems;
use serde::{Deserialize, Serialize};

/// The most characters that `max_length` may be set to.
pub const HIGHEST_MAXIMUM_LENGTH: u32 = 64;

/// Rules for new usernames. Old ones keep working when the rules become stricter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct UsernameSettings {
    /// The fewest characters.
    pub min_length: u32,
    /// The most characters.
    pub max_length: u32,
    /// Whether characters besides letters, digits, `_` and `-` may occur
    /// (those of [`EXTENDED_USERNAME_CHARACTERS`](crate::identifier::EXTENDED_USERNAME_CHARACTERS)).
    pub allow_extended_special_characters: bool,
    /// Whether a username may consist of digits alone.
    pub allow_numeric_usernames: bool,
}

impl Default for UsernameSettings {
    fn default() -> Self {
        Self {
            min_length: 4,
            max_length: HIGHEST_MAXIMUM_LENGTH,
            allow_extended_special_characters: false,
            allow_numeric_usernames: false,
        }
    }
}

impl UsernameSettings {
    pub(super) fn check(&self, problems: &mut Problems) {
        problems.within("username.min_length", self.min_length, 1..=HIGHEST_MAXIMUM_LENGTH);
        problems.within("username.max_length", self.max_length, 1..=HIGHEST_MAXIMUM_LENGTH);
        problems.lengths("username.max_length", self.min_length, self.max_length);
    }
}
