//! Documents that an instance trusts: set by the application, named by whoever calls.
//!
//! Invariant: a document is known by the SHA-256 of its text alone, so that two never share an identifier; and nobody finds those of
//! another instance.

mod find;
mod manifest;
mod set;

pub use find::find;
pub use manifest::{Manifest, read};
pub use set::{Keep, set};
