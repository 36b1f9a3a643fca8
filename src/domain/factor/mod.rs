//! Proofs, one file each: what counts as one, whoever asks for it.
//!
//! Each says by `RULES` what it is like, by `Given` and `read` what a proof of it looks like, and by `offers` who can give
//! one; [`entity::strategies!`] lists them. Invariant: a factor knows no flow, and flows name no factor.

pub mod backup_code;
pub mod email_code;
pub mod password;
pub mod totp;
