//! How many requests of a kind are let through.
//!
//! Invariant: every budget lets at least one request through.

use super::problem::Problems;
use serde::{Deserialize, Serialize};

/// The most that any budget may be set to.
pub const HIGHEST_BUDGET: u32 = 100_000_000;

/// Budgets. "Network" is an IPv4 address or an IPv6 /64.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LimitSettings {
    /// Sign-ins begun by one network in ten seconds.
    pub sign_in_create_per_network: u32,
    /// Sign-ins begun in the whole instance in ten seconds.
    pub sign_in_create_per_instance: u32,
    /// Sign-ups begun by one network in ten seconds.
    pub sign_up_create_per_network: u32,
    /// Sign-ups begun in the whole instance in ten seconds.
    pub sign_up_create_per_instance: u32,
    /// Attempts at a proof by one network in ten seconds.
    pub attempt_per_network: u32,
    /// Attempts at a proof in the whole instance in ten seconds.
    pub attempt_per_instance: u32,
    /// Codes sent to one identifier in an hour.
    pub code_send_per_identifier: u32,
    /// Codes sent to one mailbox in an hour, whatever subaddress each of them goes to.
    pub code_send_per_mailbox: u32,
    /// Codes asked for by one network in an hour.
    pub code_send_per_network: u32,
    /// Codes sent by the whole instance in an hour.
    pub code_send_per_instance: u32,
    /// Clients and development browsers created by one network in ten seconds.
    pub client_create_per_network: u32,
    /// Sessions touched or ended, and clients given up, by one network in ten seconds.
    pub session_change_per_network: u32,
    /// Changes of where a development instance's application runs, made by one network in ten seconds.
    pub environment_update_per_network: u32,
}

impl Default for LimitSettings {
    fn default() -> Self {
        Self {
            sign_in_create_per_network: 50,
            sign_in_create_per_instance: 5_000,
            sign_up_create_per_network: 50,
            sign_up_create_per_instance: 5_000,
            attempt_per_network: 30,
            attempt_per_instance: 5_000,
            code_send_per_identifier: 10,
            code_send_per_mailbox: 20,
            code_send_per_network: 200,
            code_send_per_instance: 100_000,
            client_create_per_network: 100,
            session_change_per_network: 300,
            environment_update_per_network: 10,
        }
    }
}

impl LimitSettings {
    pub(super) fn check(&self, problems: &mut Problems) {
        for (path, budget) in [
            ("limit.sign_in_create_per_network", self.sign_in_create_per_network),
            ("limit.sign_in_create_per_instance", self.sign_in_create_per_instance),
            ("limit.sign_up_create_per_network", self.sign_up_create_per_network),
            ("limit.sign_up_create_per_instance", self.sign_up_create_per_instance),
            ("limit.attempt_per_network", self.attempt_per_network),
            ("limit.attempt_per_instance", self.attempt_per_instance),
            ("limit.code_send_per_identifier", self.code_send_per_identifier),
            ("limit.code_send_per_mailbox", self.code_send_per_mailbox),
            ("limit.code_send_per_network", self.code_send_per_network),
            ("limit.code_send_per_instance", self.code_send_per_instance),
            ("limit.client_create_per_network", self.client_create_per_network),
            ("limit.session_change_per_network", self.session_change_per_network),
            (
                "limit.environment_update_per_network",
                self.environment_update_per_network,
            ),
        ] {
            problems.within(path, budget, 1..=HIGHEST_BUDGET);
        }
    }
}
