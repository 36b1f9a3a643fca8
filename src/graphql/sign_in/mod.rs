//! Signing in: somebody is named, proves it, and has a session.

mod mutation;
mod object;
mod query;
mod subscription;

pub use mutation::SignInMutation;
pub use object::{SignIn, SignInStatus};
pub use query::SignInQuery;
pub(crate) use query::read;
pub use subscription::SignInSubscription;
