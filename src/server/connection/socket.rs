//! Options of an accepted socket, so that the kernel ends what died without a word.

use std::{io, net::SocketAddr, time::Duration};
use tokio::net::{TcpListener, TcpStream};

/// Silence after which the kernel asks whether the other side is still there, and between two such questions.
const PROBE: Duration = Duration::from_secs(30);
/// Questions without an answer after which the connection is dead.
const PROBES: u32 = 4;

/// Where connections come from.
pub(super) trait Listener: Send {
    /// One connection.
    type Stream;

    /// Waits for the next one.
    fn accept(&self) -> impl Future<Output = io::Result<(Self::Stream, SocketAddr)>> + Send;
}

impl Listener for TcpListener {
    type Stream = TcpStream;

    async fn accept(&self) -> io::Result<(TcpStream, SocketAddr)> {
        Self::accept(self).await
    }
}

/// Sets them: a client that is gone is found out by its silence, or, where something was sent, when it has not acknowledged
/// it for twice the time that an answer may wait. A socket that refuses an option is dead already, and the next read tells.
pub(super) fn prepare(stream: &TcpStream, answer_timeout: Duration) {
    // Answers are written whole, so there is nothing to wait for.
    let done = stream
        .set_nodelay(true)
        .and_then(|()| probe(stream, answer_timeout * 2).map_err(io::Error::from));
    if let Err(error) = done {
        tracing::debug!(%error, "the options of a socket cannot be set");
    }
}

fn probe(stream: &TcpStream, unacknowledged: Duration) -> rustix::io::Result<()> {
    use rustix::net::sockopt;
    let milliseconds = u32::try_from(unacknowledged.as_millis()).unwrap_or(u32::MAX);
    sockopt::set_tcp_user_timeout(stream, milliseconds)?;
    sockopt::set_socket_keepalive(stream, true)?;
    sockopt::set_tcp_keepidle(stream, PROBE)?;
    sockopt::set_tcp_keepintvl(stream, PROBE)?;
    sockopt::set_tcp_keepcnt(stream, PROBES)
}
