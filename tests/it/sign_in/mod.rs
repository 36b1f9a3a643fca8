//! Signing in.

mod attempt_first_factor;
pub mod attempt_second_factor;
mod create;
mod prepare_first_factor;
