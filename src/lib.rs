//! Vestibule: a self-hosted authentication and user-management server.
//!
//! Each layer is a crate that lies in the folder of its name; here are they all, from the inside out, and then what puts
//! them together. The same capability has the same name in each of them, so that a path is layer + capability + verb;
//! `docs/architecture.md` says which layer may use which.

pub use domain;
pub use kernel::{caller, config, crypto, error, notice, outbox, runtime};
pub use outbound;
pub use service::{self, app};
pub use store;
pub use web_kit;

pub use graphql;
pub use graphql_transport;
pub use rest;
pub use web;

pub mod boot;
pub mod cli;
pub mod server;
pub mod worker;
