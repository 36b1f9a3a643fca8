//! Everything that is not deterministic: the time and the randomness.
//!
//! Invariant: no other module reads a clock or draws random bytes; each is handed one of these.

pub mod clock;
pub mod entropy;
pub mod private;
