//! The instance: what its pages need to know, and its settings for whoever holds a secret key.

pub mod mutation;
pub mod object;
mod query;
pub mod setting;

pub use mutation::InstanceMutation;
pub use object::{Environment, Instance, InstanceSettings};
pub use query::InstanceQuery;
