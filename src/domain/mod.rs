//! The rules: what may happen, decided from values alone.
//!
//! Nothing here reads a clock, draws randomness, waits, queries or knows an API. Times are Unix milliseconds passed in
//! as `now`, and what a rule refuses is a small enum of reasons, which the services turn into error codes.
//! Invariant: the same values always give the same answer.

pub mod change;
pub mod clock;
pub mod factor;
pub mod identifier;
pub mod lockout;
pub mod metadata;
pub mod page;
pub mod permission;
pub mod person_name;
pub mod proof;
pub mod session;
pub mod settings;
pub mod sign_in;
pub mod sign_up;
pub mod site;
pub mod storable;
pub mod trusted_document;
