//! The instance: what its pages need to know, and its settings for whoever holds a secret key.

pub mod administered;
pub mod mutation;
pub mod object;
mod query;
pub mod setting;

pub use administered::Instance;
pub use mutation::InstanceMutation;
pub use object::{Environment, InstanceSettings};
pub use query::InstanceQuery;
