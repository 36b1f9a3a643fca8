//! What the faces share: who calls, from where, what may come from another origin, what the caller must keep, and how a
//! request is refused.

pub mod accept;
pub mod caller;
pub mod cookie;
pub mod distinct;
pub mod file;
mod forwarded;
pub mod host;
pub mod input;
pub mod layer;
pub mod missing_cookie;
pub mod origin;
pub mod refusal;
