//! GraphQL over HTTP, server-sent events and WebSocket, decoupled from any schema by [`Endpoint`].
//!
//! The handlers are ours because the library's answer 200 to everything, take array batches, have no event streams and
//! let a socket run mutations. The invariant: nothing reaches [`Endpoint`]'s `execute` or `stream` that has not passed
//! [`document::check`], whether it was sent or is known by an identifier, and mutations reach it over `POST` answered with JSON alone.
//!
//! Mounting: `Router::new().route("/graphql", graphql_transport::routes(endpoint))`.

pub mod audience;
pub mod document;
mod document_id;
mod early;
pub mod endpoint;
mod handler;
mod lexer;
pub mod limits;
mod measure;
mod operation;
pub mod outline;
pub mod refusal;
pub mod request;
pub mod response;
mod socket;
mod sse;
mod subscribed;
mod told;
mod trusted;

#[cfg(test)]
mod audits;
#[cfg(test)]
mod double;

pub use document::Weight;
pub use document_id::{Asker, DocumentId};
pub use early::refused;
pub use endpoint::{Cut, Endpoint};
pub use handler::routes;
pub use limits::Limits;
pub use refusal::{GraphqlCode, Refusal};
pub use subscribed::{Readings, Subscribed};
