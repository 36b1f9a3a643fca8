//! How gateways see the instance beside other subgraphs.
//!
//! Invariant: a type's name with the prefix before it is a name of GraphQL that is nobody else's: no reserved one.

use super::problem::{Problems, SettingProblem};
use serde::{Deserialize, Serialize};

/// The most characters of a prefix.
pub const LONGEST_PREFIX: u32 = 32;

/// Settings of the instance as a subgraph.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FederationSettings {
    /// What the names of types begin with for gateways, in which another subgraph may have types of the same names. Empty: nothing.
    pub type_prefix: String,
}

impl FederationSettings {
    pub(super) fn check(&self, problems: &mut Problems) {
        if !is_type_prefix(&self.type_prefix) {
            problems.push(SettingProblem {
                maximum: Some(LONGEST_PREFIX),
                ..SettingProblem::new(
                    "federation.type_prefix",
                    "The value must be empty, or a letter with up to 31 letters, digits and underscores behind it.",
                )
            });
        }
    }
}

/// Whether names of types may begin so. Names of GraphQL that begin with an underscore are taken by federation and introspection.
#[must_use]
pub fn is_type_prefix(text: &str) -> bool {
    let is_short = u32::try_from(text.len()).is_ok_and(|length| length <= LONGEST_PREFIX);
    let is_name = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    is_short && is_name && text.bytes().next().is_none_or(|first| first.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests {
    use super::is_type_prefix;

    #[test]
    fn a_prefix_is_the_beginning_of_a_name_or_nothing() {
        for prefix in ["", "A", "auth_", "Auth2", "A_1", &"A".repeat(32)] {
            assert!(is_type_prefix(prefix), "{prefix}");
        }
        for other in ["_", "__", "_Auth", "2", "Auth ", "Auth-", "É", "A\n", &"A".repeat(33)] {
            assert!(!is_type_prefix(other), "{other}");
        }
    }
}
