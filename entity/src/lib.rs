//! Rows: what is stored. No queries, no rules, no clock.
//!
//! One file per table, singular, in SeaORM's compact format: the columns in `Model`, the foreign keys in `Relation`. The
//! dense format (`#[sea_orm::model]`) generates several times as much, of which nothing here is used. Times are Unix milliseconds, so that SQLite and PostgreSQL
//! round-trip and sort alike; identifiers are prefixed strings ([`id`]); stored enums are short texts ([`kind`]).

pub mod id;
pub mod kind;
mod strategy;

pub mod application;
pub mod backup_code;
pub mod budget;
pub mod client;
pub mod data_key;
pub mod dev_browser;
pub mod dev_message;
pub mod event;
pub mod identification;
pub mod instance;
pub mod job;
pub mod lockout;
pub mod schema_change;
pub mod secret_key;
pub mod session;
pub mod sign_in;
pub mod sign_up;
pub mod signing_key;
pub mod totp;
pub mod trusted_document;
pub mod user;
pub mod verification;
pub mod write_probe;

/// A point in time: milliseconds since the Unix epoch, UTC.
pub type UnixMilliseconds = i64;
