//! How signing in goes.
//!
//! Invariant: holds only what changes the flow or its page; what the flow cannot do yet has no setting.

use serde::{Deserialize, Serialize};

/// Settings of signing in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SignInSettings {
    /// Which first factor pages offer first where somebody has several.
    pub preferred_strategy: PreferredStrategy,
}

/// A kind of first factor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PreferredStrategy {
    /// The password.
    #[default]
    Password,
    /// A one-time code.
    Otp,
}
