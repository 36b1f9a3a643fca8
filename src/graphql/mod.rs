//! The GraphQL face: the schema over the services, and how it is carried.
//!
//! `graphql_transport` carries operations and knows no schema; each capability has its objects, queries, mutations and
//! subscriptions in a folder of its own. Invariant: nothing here decides, it translates; what a caller may do is asked of
//! the services.

mod allowance;
pub mod backup_code;
pub mod budget;
mod change;
pub mod client;
pub mod connection;
pub mod context;
pub mod dev_inbox;
pub mod endpoint;
pub mod error;
pub mod federation;
pub mod graphiql;
pub mod instance;
mod line;
pub mod list;
pub mod node;
mod or_empty;
mod parsing;
mod proof;
pub mod push;
mod resource;
pub mod scalar;
pub mod schema;
mod seat;
pub mod session;
pub mod sign_in;
pub mod sign_up;
pub mod totp;
pub mod trusted_document;
pub mod user;
pub mod verification;

pub use endpoint::GraphqlEndpoint;
pub use schema::{Schema, schema, sdl};
