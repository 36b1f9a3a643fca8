//! The Frontend API: what SDKs in browsers and on devices speak. A handler parses, calls one verb, and shows the result.
//!
//! Invariant: no handler decides anything about the product; what it may refuse by itself is only what it cannot read.

pub(crate) mod avatar;
pub(crate) mod backup_code;
pub(crate) mod client;
pub(crate) mod dev_browser;
pub(crate) mod environment;
pub(crate) mod me;
mod parameter;
mod riding;
pub(crate) mod session;
pub(crate) mod sign_in;
pub(crate) mod sign_up;
pub(crate) mod totp;
