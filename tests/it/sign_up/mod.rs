//! Signing up.

mod attempt_verification;
mod create;
mod prepare_verification;
mod update;
