//! Proofs, one file each: what counts as one, whoever asks for it.
//!
//! Invariant: a factor knows no flow; flows learn only its verdict.

pub mod email_code;
pub mod password;
