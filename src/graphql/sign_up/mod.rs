//! Signing up: fields are collected and verified until there is a user with a session.

pub mod mutation;
pub mod object;
mod query;
mod subscription;

pub use mutation::SignUpMutation;
pub use object::{SignUp, SignUpStatus};
pub use query::SignUpQuery;
pub use subscription::{SignUpSubscription, SignUpUpdatedPayload};
