//! Sessions and their tokens.

pub mod mutation;
pub mod object;
mod query;
mod subscription;

pub use mutation::SessionMutation;
pub use object::{Session, SessionStatus, Token};
pub use query::SessionQuery;
pub use subscription::{SessionRevokedPayload, SessionSubscription, SessionTokenRefreshedPayload};
