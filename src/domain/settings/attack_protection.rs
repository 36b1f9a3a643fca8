//! What is done against guessing and probing.
//!
//! Invariant: a lock always ends by itself.

use super::problem::Problems;
use serde::{Deserialize, Serialize};

/// Settings of attack protection.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AttackProtectionSettings {
    /// When an account is locked, and for how long.
    pub user_lockout: UserLockoutSettings,
    /// Whether answers tell nobody which accounts exist.
    pub enumeration_protection: bool,
}

/// When an account is locked, and for how long.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct UserLockoutSettings {
    /// Whether accounts are locked at all.
    pub enabled: bool,
    /// How many failed attempts in a row lock an account, for clients that never signed in to it before.
    pub max_attempts: u32,
    /// How long it stays locked, and how long a network that guessed too often at it is out.
    pub duration_in_minutes: u32,
    /// How many failed attempts at an account put a network out, for this account alone.
    pub max_attempts_per_network: u32,
}

impl Default for UserLockoutSettings {
    fn default() -> Self {
        Self {
            enabled: true,
            max_attempts: 100,
            duration_in_minutes: 60,
            max_attempts_per_network: 10,
        }
    }
}

impl AttackProtectionSettings {
    pub(super) fn check(&self, problems: &mut Problems) {
        let lockout = &self.user_lockout;
        problems.within(
            "attack_protection.user_lockout.max_attempts",
            lockout.max_attempts,
            1..=10_000,
        );
        problems.within(
            "attack_protection.user_lockout.duration_in_minutes",
            lockout.duration_in_minutes,
            1..=525_600,
        );
        problems.within(
            "attack_protection.user_lockout.max_attempts_per_network",
            lockout.max_attempts_per_network,
            1..=10_000,
        );
    }
}
