//! The inbox of a development instance.

pub mod object;
mod query;

pub use object::{DevMessage, DevMessageConnection};
pub use query::DevInboxQuery;
