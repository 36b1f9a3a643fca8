//! Codes that stand in for a second proof.

mod mutation;

pub use mutation::*;
