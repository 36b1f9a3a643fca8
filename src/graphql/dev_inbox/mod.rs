//! The inbox of a development instance.

mod object;
mod query;

pub use object::{DevMessage, DevMessageConnection};
pub use query::DevInboxQuery;
