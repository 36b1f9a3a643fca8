//! Accepting connections and ending those that keep the server waiting.
//!
//! What belongs to a route (a deadline of a handler, a budget) is not here: this is about descriptors, sockets and bytes.
//! Invariant: a connection whose client does nothing is closed after a bounded time, whatever it was in the middle of, and
//! its place is free as soon as its socket is closed, also where it was upgraded.

mod accept;
mod activity;
mod answer;
mod body;
pub mod descriptor;
mod drive;
mod guarded;
mod pace;
mod place;
mod seldom;
mod serve;
mod socket;
pub mod tls;

pub use body::{SlowBody, WatchBodyLayer};
pub use serve::{Doors, serve};
