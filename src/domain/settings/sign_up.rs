//! Who may sign up and how.
//!
//! Invariant: in a restricted instance nobody signs up by themselves.

use serde::{Deserialize, Serialize};

/// Settings of signing up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SignUpSettings {
    /// Whether sign-up forms show every enabled field and collect them in several steps. Shown to pages.
    pub progressive: bool,
    /// Who may sign up.
    pub mode: SignUpMode,
}

impl Default for SignUpSettings {
    fn default() -> Self {
        Self {
            progressive: true,
            mode: SignUpMode::Public,
        }
    }
}

/// Who may sign up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignUpMode {
    /// Everybody.
    #[default]
    Public,
    /// Nobody without an invitation.
    Restricted,
}

impl SignUpMode {
    /// The word that is stored and sent.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Restricted => "restricted",
        }
    }
}
