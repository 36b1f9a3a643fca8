//! Sessions and their tokens.

pub mod mutation;
pub mod object;
mod query;

pub use mutation::SessionMutation;
pub use object::{Session, SessionStatus, Token};
pub use query::SessionQuery;
