//! Users and their e-mail addresses.

pub mod object;
mod query;

pub use object::{EmailAddress, User, Verification};
pub use query::UserQuery;
