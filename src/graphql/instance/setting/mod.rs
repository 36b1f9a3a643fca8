//! The sections of the settings, as they are shown and as they are given.
//!
//! Invariant: each setting is written once, and from that come what is shown of it, what is given for it and what is
//! patched. A setting that is stored and not here fails a test.

pub mod attribute;
pub mod federation;
pub mod graphql;
pub mod identity;
pub mod mirror;
pub mod page;
pub mod protection;
pub mod root;
pub mod session;
pub mod theme;
