//! Vestibule: a self-hosted authentication and user-management server.
//!
//! The layers, from the outside in. The same capability has the same name in each of them, so that a path is layer +
//! capability + verb; `docs/architecture.md` says which layer may use which.

pub mod app;
pub mod boot;
pub mod caller;
pub mod cli;
pub mod config;
pub mod crypto;
pub use domain;
pub mod error;
pub mod graphql;
pub mod http;
pub mod outbound;
pub mod outbox;
pub mod rest;
pub mod runtime;
pub mod service;
pub mod store;
pub mod web;
pub mod worker;
