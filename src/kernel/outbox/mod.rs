//! What leaves the server, as data only: events (facts) and jobs (work).
//!
//! Payloads are public shapes made of ids and stored facts, never of secrets: a one-time code is derived again when its
//! mail is sent, and is nowhere in these rows. Handlers live in `worker`.

mod event;
mod job;

pub use event::{Event, EventType, InstancePayload, ManifestPayload, SessionPayload, UserPayload};
pub use job::{Job, LONGEST_WAIT, SendVerificationEmail};
