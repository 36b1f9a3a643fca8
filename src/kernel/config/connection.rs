//! How many connections are served, and how long each may keep the server waiting.

use super::layer::Layers;
use std::time::Duration;

/// The settings of `[http]` that bound connections.
#[derive(Clone, Debug)]
pub struct Connection {
    /// Connections open at the same time, sockets counted; fewer where the limit of open files is lower.
    pub maximum: usize,
    /// Those of one network: an IPv4 address or an IPv6 /64. This machine and trusted proxies are not counted.
    pub maximum_per_network: usize,
    /// From the first byte of a request to the end of its headers; also for the TLS handshake, and for the first request
    /// of a connection.
    pub header_timeout: Duration,
    /// Longest pause in the body of a request, and what its beginning is given beside its rate.
    pub body_timeout: Duration,
    /// What the body of a request must bring on average, in bytes per second of waiting for it.
    pub body_bytes_per_second: u64,
    /// How long a client may take none of an answer.
    pub answer_timeout: Duration,
    /// How long a connection may be silent between two requests.
    pub idle_timeout: Duration,
}

impl Connection {
    pub(super) fn read(layers: &mut Layers) -> Option<Self> {
        const HOUR: i64 = 3_600_000;
        let maximum = layers.integer("http.max_connections", 16..=1_000_000);
        let maximum_per_network = layers.integer("http.max_connections_per_network", 1..=1_000_000);
        let mut milliseconds = |key| layers.integer(key, 10..=HOUR).map(Duration::from_millis);
        let header_timeout = milliseconds("http.header_timeout_ms");
        let body_timeout = milliseconds("http.body_timeout_ms");
        let answer_timeout = milliseconds("http.answer_timeout_ms");
        let idle_timeout = milliseconds("http.idle_timeout_ms");
        let body_bytes_per_second = layers.integer("http.body_bytes_per_second", 1..=1 << 30);
        Some(Self {
            maximum: maximum?,
            maximum_per_network: maximum_per_network?,
            header_timeout: header_timeout?,
            body_timeout: body_timeout?,
            body_bytes_per_second: body_bytes_per_second?,
            answer_timeout: answer_timeout?,
            idle_timeout: idle_timeout?,
        })
    }
}
