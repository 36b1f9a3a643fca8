//! What both faces share: who calls, from where, what may come from another origin, and what the caller must keep.

pub mod accept;
pub mod caller;
pub mod connection;
pub mod cookie;
pub mod file;
mod forwarded;
pub mod health;
pub mod host;
pub mod input;
pub mod layer;
pub mod origin;
pub mod refusal;
pub mod server;
