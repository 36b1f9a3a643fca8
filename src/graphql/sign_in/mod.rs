//! Signing in: somebody is named, proves it, and has a session.

pub mod mutation;
pub mod object;
mod query;
mod subscription;

pub use mutation::SignInMutation;
pub use object::{SignIn, SignInStatus};
pub use query::SignInQuery;
pub use subscription::{SignInSubscription, SignInUpdatedPayload};
