//! Users and their e-mail addresses.

pub mod object;
mod query;

pub use object::{EmailAddress, Identification, User};
pub use query::UserQuery;
pub(crate) use query::or_nobody;
