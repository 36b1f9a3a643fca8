//! Users and their e-mail addresses.

mod object;
mod query;

pub use object::{EmailAddress, User, Verification};
pub use query::UserQuery;
