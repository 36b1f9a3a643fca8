//! How background jobs run.
//!
//! A lease is always longer than the wait between two looks at the queue.

use super::layer::Layers;

/// The `[worker]` section.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Worker {
    /// Whether `serve` runs jobs too.
    pub enabled: bool,
    /// Time between two looks at the queue, in milliseconds.
    pub poll_interval_ms: u64,
    /// Time a claimed job is kept from others, in seconds.
    pub lease_seconds: u32,
}

impl Worker {
    pub(super) fn read(layers: &mut Layers) -> Option<Self> {
        let enabled = layers.boolean("worker.enabled");
        let poll_interval_ms = layers.integer("worker.poll_interval_ms", 10..=60_000);
        let lease_seconds = layers.integer("worker.lease_seconds", 1..=3600);
        let worker = Self {
            enabled: enabled?,
            poll_interval_ms: poll_interval_ms?,
            lease_seconds: lease_seconds?,
        };
        if u64::from(worker.lease_seconds) * 1000 <= worker.poll_interval_ms {
            let message = format!(
                "expected a lease longer than the poll interval of {} ms",
                worker.poll_interval_ms
            );
            layers.reject(
                "worker.lease_seconds",
                format!("{message}, got {} s", worker.lease_seconds),
            );
        }
        Some(worker)
    }
}
