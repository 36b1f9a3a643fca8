//! What every layer stands on: the error table, who calls, the settings of the process, cryptography, notices of change,
//! what leaves the server as data, and where time and randomness come from.
//!
//! Nothing here reads or writes the database, speaks HTTP, or knows a use case.

pub mod caller;
pub mod config;
pub mod crypto;
pub mod error;
pub mod notice;
pub mod outbox;
pub mod runtime;
