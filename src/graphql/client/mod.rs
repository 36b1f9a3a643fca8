//! The caller's client: one browser or device, its sessions and pending attempts.

pub mod mutation;
pub mod object;
mod query;
mod subscription;

pub use mutation::ClientMutation;
pub use object::{Client, ClientStatus};
pub use query::ClientQuery;
pub(crate) use query::current;
pub use subscription::{ClientSubscription, ClientUpdatedPayload};
