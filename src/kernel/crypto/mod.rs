//! Cryptography: sealing at rest, keyed derivations, signed tokens, password digests.
//!
//! Nothing here reads the database or a clock. Invariant: a secret is never part of an error, of `Debug` or of a log, and
//! secrets are compared in constant time.

pub mod client_token;
pub mod digest;
pub mod jwt;
pub mod keyring;
pub mod one_time_code;
pub mod password_hash;
pub mod sealed;
pub mod totp;
