//! How long sessions and their tokens live.
//!
//! Invariant: a session cannot live for ever: one of the two limits is always on.

use super::problem::Problems;
use serde::{Deserialize, Serialize};

/// The shortest lifetime of a session, in seconds.
pub const SHORTEST_LIFETIME_SECONDS: u32 = 60;

/// The longest lifetime of a session, in seconds: ten years of 365 days.
pub const LONGEST_LIFETIME_SECONDS: u32 = 10 * 365 * DAY;

/// The shortest lifetime of a session token, in seconds.
pub const SHORTEST_TOKEN_LIFETIME_SECONDS: u32 = 10;

/// The longest lifetime of a session token, in seconds: no token outlives the end of its session by more.
pub const LONGEST_TOKEN_LIFETIME_SECONDS: u32 = 3600;

const DAY: u32 = 24 * 60 * 60;

/// Settings of sessions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SessionSettings {
    /// Whether a session ends some time after it began.
    pub maximum_lifetime_enabled: bool,
    /// That time, in seconds.
    pub maximum_lifetime_seconds: u32,
    /// Whether a session ends some time after its last activity.
    pub inactivity_timeout_enabled: bool,
    /// That time, in seconds.
    pub inactivity_timeout_seconds: u32,
    /// The time after the last activity at which a session counts as abandoned, in seconds.
    pub abandon_after_seconds: u32,
    /// Whether a client has at most one active session.
    pub single_session_mode: bool,
    /// The lifetime of a session token, in seconds.
    pub token_lifetime_seconds: u32,
    /// Which form of claims session tokens have.
    pub token_version: TokenVersionSetting,
}

/// Which form of claims session tokens have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenVersionSetting {
    /// Always version 1.
    V1,
    /// Always version 2.
    V2,
    /// Version 2 for callers that name an API version which has it, else version 1.
    #[default]
    ByApiVersion,
}

impl Default for SessionSettings {
    fn default() -> Self {
        Self {
            maximum_lifetime_enabled: true,
            maximum_lifetime_seconds: 7 * DAY,
            inactivity_timeout_enabled: false,
            inactivity_timeout_seconds: 7 * DAY,
            abandon_after_seconds: 30 * DAY,
            single_session_mode: true,
            token_lifetime_seconds: 60,
            token_version: TokenVersionSetting::ByApiVersion,
        }
    }
}

impl SessionSettings {
    pub(super) fn check(&self, problems: &mut Problems) {
        if !self.maximum_lifetime_enabled && !self.inactivity_timeout_enabled {
            let message = "The inactivity timeout and the maximum lifetime cannot both be off.";
            problems.add("session.maximum_lifetime_enabled", message);
            problems.add("session.inactivity_timeout_enabled", message);
        }
        let lifetimes = SHORTEST_LIFETIME_SECONDS..=LONGEST_LIFETIME_SECONDS;
        for (path, seconds) in [
            ("session.maximum_lifetime_seconds", self.maximum_lifetime_seconds),
            ("session.inactivity_timeout_seconds", self.inactivity_timeout_seconds),
            ("session.abandon_after_seconds", self.abandon_after_seconds),
        ] {
            problems.within(path, seconds, lifetimes.clone());
        }
        problems.within(
            "session.token_lifetime_seconds",
            self.token_lifetime_seconds,
            SHORTEST_TOKEN_LIFETIME_SECONDS..=LONGEST_TOKEN_LIFETIME_SECONDS,
        );
    }
}
