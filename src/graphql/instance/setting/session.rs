//! How long sessions and their tokens live.
//!
//! Invariant: times are in whole seconds.

use super::mirror::{section, words};
use async_graphql::Enum;
use domain::settings::session;

/// Which form of claims session tokens have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "session::TokenVersionSetting", visible = "crate::context::is_secret_key")]
pub enum TokenVersionSetting {
    /// Always version 1.
    V1,
    /// Always version 2.
    V2,
    /// Version 2 for callers that name an API version which has it, else version 1.
    ByApiVersion,
}

words! {
    TokenVersionSetting => session::TokenVersionSetting,
}

section! {
    /// Settings of sessions. One of the two limits is always on.
    SessionSettings / SessionSettingsInput of session::SessionSettings {
        /// Whether a session ends some time after it began.
        maximum_lifetime_enabled: bool,
        /// The time after which it ends, in seconds.
        maximum_lifetime_seconds: u32,
        /// Whether a session ends some time after its last activity.
        inactivity_timeout_enabled: bool,
        /// The time without activity after which it ends, in seconds.
        inactivity_timeout_seconds: u32,
        /// The time after the last activity at which a session counts as abandoned, in seconds.
        abandon_after_seconds: u32,
        /// Whether a client has at most one active session.
        single_session_mode: bool,
        /// The lifetime of a session token, in seconds.
        token_lifetime_seconds: u32,
        /// Which form of claims session tokens have.
        token_version: TokenVersionSetting,
    }
}
