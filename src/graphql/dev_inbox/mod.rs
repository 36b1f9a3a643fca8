//! The inbox of a development instance.

pub mod object;
mod query;

pub use object::DevMessage;
pub use query::DevInboxQuery;
