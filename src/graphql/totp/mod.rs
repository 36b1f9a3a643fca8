//! Authenticator apps.

mod mutation;
mod object;

pub use mutation::*;
pub use object::Totp;
