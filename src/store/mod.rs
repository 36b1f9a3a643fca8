//! All database access. Dialect-neutral; takes values and returns rows or domain values, never decides.
//!
//! Every query of tenant data starts from a [`Scope`], so that no statement can forget the instance. Writes go through a
//! [`Tx`]: one transaction, one `now`, explicit `commit()`. Both go through the [`Pool`], which sees every failure.

#[cfg(debug_assertions)]
mod announced;
pub mod backup_code;
pub mod budget;
pub mod cache;
pub mod cleanup;
pub mod client;
mod columns;
pub mod conflict;
pub mod connect;
pub mod database_file;
pub mod dev_message;
pub mod dialect;
pub mod event;
mod health;
pub mod identification;
pub mod instance;
pub mod job;
pub mod listener;
pub mod lockout;
mod neighbour;
pub mod page;
pub mod pool;
pub mod readiness;
pub mod schema;
pub mod scope;
pub mod session;
pub mod sign_in;
pub mod sign_up;
pub mod stand_in;
pub mod totp;
mod trouble;
pub mod trusted_document;
pub mod tx;
pub mod unreachable;
pub mod user;
mod verdict;
pub mod verification;

pub use pool::Pool;
pub use scope::Scope;
pub use tx::Tx;
