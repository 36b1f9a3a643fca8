//! Whether people form organizations.
//!
//! Invariant: a limit of 0 means none.

use serde::{Deserialize, Serialize};

/// Settings of organizations.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OrganizationSettings {
    /// Whether there are organizations.
    pub enabled: bool,
    /// The most memberships that an organization may have; 0 for no limit.
    pub max_allowed_memberships: u32,
}

impl Default for OrganizationSettings {
    fn default() -> Self {
        Self {
            enabled: true,
            max_allowed_memberships: 0,
        }
    }
}
