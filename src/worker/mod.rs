//! Carries out what the outbox asks for: claims jobs, runs their handlers, retries or buries them, and tidies up.
//!
//! Invariant: handlers run at least once and outside any transaction, so each of them is harmless when run again. What is
//! stored or logged about a failed run names no person, no code and no credential.
//!
//! A new job is a payload in `outbox`, a file here that implements `registry::Handle`, and a line in the registry.

mod cleanup;
#[cfg(test)]
mod double;
mod failure;
mod fan_out;
mod registry;
mod runner;
mod send_verification_email;
mod shared;

pub use failure::Failure;
pub use shared::Worker;

use outbound::mail::Mailer;
use service::app::App;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// Starts a worker in the background. It ends after `shutdown`, when the jobs that it holds are done.
#[must_use]
pub fn start(app: App, mailer: Mailer, shutdown: CancellationToken) -> JoinHandle<()> {
    tokio::spawn(Worker::new(app, mailer).run(shutdown))
}
