//! What is done against guessing and probing, and how many requests of a kind are let through.
//!
//! Invariant: a lock always ends by itself, and every budget lets at least one request through.

use super::mirror::section;
use domain::settings::{attack_protection, limit};

section! {
    /// Settings of attack protection.
    AttackProtectionSettings / AttackProtectionSettingsInput of attack_protection::AttackProtectionSettings {
        /// When an account is locked, and for how long.
        user_lockout: UserLockoutSettings,
        /// Whether answers tell nobody which accounts exist.
        enumeration_protection: bool,
    }
}

section! {
    /// When an account is locked, and for how long.
    UserLockoutSettings / UserLockoutSettingsInput of attack_protection::UserLockoutSettings {
        /// Whether accounts are locked at all.
        enabled: bool,
        /// How many failed attempts in a row lock an account, for clients that never signed in to it before.
        max_attempts: u32,
        /// How long it stays locked, and how long a network that guessed too often at it is out, in minutes.
        duration_in_minutes: u32,
        /// How many failed attempts at an account put a network out, for this account alone.
        max_attempts_per_network: u32,
    }
}

section! {
    /// How many requests are let through. A network is an IPv4 address or an IPv6 /64.
    LimitSettings / LimitSettingsInput of limit::LimitSettings {
        /// Sign-ins begun by one network in ten seconds.
        sign_in_create_per_network: u32,
        /// Sign-ins begun in the whole instance in ten seconds.
        sign_in_create_per_instance: u32,
        /// Sign-ups begun by one network in ten seconds.
        sign_up_create_per_network: u32,
        /// Sign-ups begun in the whole instance in ten seconds.
        sign_up_create_per_instance: u32,
        /// Attempts at a proof by one network in ten seconds.
        attempt_per_network: u32,
        /// Attempts at a proof in the whole instance in ten seconds.
        attempt_per_instance: u32,
        /// Codes sent to one identifier in an hour.
        code_send_per_identifier: u32,
        /// Codes sent to one mailbox in an hour, whatever subaddress each of them goes to.
        code_send_per_mailbox: u32,
        /// Codes asked for by one network in an hour.
        code_send_per_network: u32,
        /// Codes sent by the whole instance in an hour.
        code_send_per_instance: u32,
        /// Clients and development browsers created by one network in ten seconds.
        client_create_per_network: u32,
        /// Sessions touched or ended, and clients given up, by one network in ten seconds.
        session_change_per_network: u32,
        /// Changes of where a development instance's application runs, made by one network in ten seconds.
        environment_update_per_network: u32,
    }
}
