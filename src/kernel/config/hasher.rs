//! How passwords are hashed.
//!
//! The Argon2 parameters here are ones that Argon2 accepts (RFC 9106 section 3.1).

use super::layer::Layers;
use std::{num::NonZero, thread};

/// The `[hasher]` section.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hasher {
    /// Threads that do nothing else.
    pub threads: usize,
    /// Passwords that may wait for a thread.
    pub queue: usize,
    /// Memory of one hash, in KiB; at least 8 for each lane.
    pub memory_kib: u32,
    /// Passes over the memory.
    pub iterations: u32,
    /// Lanes.
    pub parallelism: u32,
}

impl Hasher {
    pub(super) fn read(layers: &mut Layers) -> Option<Self> {
        let threads = layers.integer("hasher.threads", 1..=64);
        let queue = layers.integer("hasher.queue", 1..=100_000);
        let memory_kib = layers.integer("hasher.memory_kib", 8..=4 << 20);
        let iterations = layers.integer("hasher.iterations", 1..=1000);
        let parallelism = layers.integer("hasher.parallelism", 1..=64);
        let hasher = Self {
            threads: threads.unwrap_or_else(|| threads_for(thread::available_parallelism().map_or(1, NonZero::get))),
            queue: queue?,
            memory_kib: memory_kib?,
            iterations: iterations?,
            parallelism: parallelism?,
        };
        if hasher.memory_kib < 8 * hasher.parallelism {
            let message = format!(
                "expected at least {} for {} lanes",
                8 * hasher.parallelism,
                hasher.parallelism
            );
            layers.reject("hasher.memory_kib", format!("{message}, got {}", hasher.memory_kib));
        }
        Some(hasher)
    }
}

/// One processor is left to answer requests, and more than four would only fill the memory faster.
fn threads_for(processors: usize) -> usize {
    processors.saturating_sub(1).clamp(1, 4)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_processor_is_left_free_and_at_most_four_hash() {
        assert_eq!([1, 2, 3, 5, 64].map(threads_for), [1, 1, 2, 4, 4]);
    }
}
