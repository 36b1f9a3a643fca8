//! Behaviour over real HTTP, on SQLite or (with `TEST_DATABASE_URL`) on PostgreSQL. One binary, a module per capability.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    unreachable_pub,
    reason = "a test that is surprised should stop where it is"
)]

mod contract;
mod deployment;
mod support;

mod backup_code;
mod cli;
mod client;
mod environment;
mod graphql;
mod instance;
mod rest;
mod security;
mod session;
mod sign_in;
mod sign_up;
mod totp;
mod unreachable;
mod upgrade;
mod user;
mod web;
mod well_known;
mod worker;
