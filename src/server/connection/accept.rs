//! The next connection, whatever goes wrong with those before it.
//!
//! Invariant: an error of the listener is told, room is made, and the listener is asked again after a pause, never at once.

use super::{place::Places, seldom::Seldom, socket::Listener};
use std::{io, net::SocketAddr, time::Duration};
use tokio::time::{Instant, sleep_until};

/// The pause after an error that is not about one connection.
const PAUSE: Duration = Duration::from_millis(50);

/// Waits for a connection. When there are no descriptors left, one of `places` makes room.
pub(super) async fn next<L: Listener>(listener: &L, places: &Places, told: &Seldom) -> (L::Stream, SocketAddr) {
    loop {
        match listener.accept().await {
            Ok(accepted) => return accepted,
            Err(error) if is_of_one_connection(&error) => {
                tracing::debug!(%error, "a connection ended before it was accepted");
            }
            Err(error) => {
                if let Some(times) = told.happened() {
                    tracing::error!(%error, times, "connections cannot be accepted");
                }
                places.evict();
                sleep_until(Instant::now() + PAUSE).await;
            }
        }
    }
}

/// Whether the next connection may be fine: the listener itself works.
fn is_of_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind;
    matches!(
        error.kind(),
        ErrorKind::ConnectionAborted
            | ErrorKind::ConnectionReset
            | ErrorKind::ConnectionRefused
            | ErrorKind::Interrupted
            | ErrorKind::HostUnreachable
            | ErrorKind::NetworkUnreachable
            | ErrorKind::NetworkDown
    )
}

#[cfg(test)]
mod tests {
    use super::{PAUSE, next};
    use crate::server::connection::{place::Places, seldom::Seldom, socket::Listener};
    use std::{
        collections::VecDeque,
        io,
        net::SocketAddr,
        sync::{
            Arc, Mutex,
            atomic::{AtomicU32, Ordering},
        },
    };
    use tokio::time::Instant;

    /// Answers with these errors, then with a connection.
    struct Scripted {
        errors: Mutex<VecDeque<io::Error>>,
        asked: AtomicU32,
    }

    impl Scripted {
        fn new(errors: impl IntoIterator<Item = io::Error>) -> Self {
            Self {
                errors: Mutex::new(errors.into_iter().collect()),
                asked: AtomicU32::new(0),
            }
        }
    }

    impl Listener for Scripted {
        type Stream = ();

        async fn accept(&self) -> io::Result<((), SocketAddr)> {
            self.asked.fetch_add(1, Ordering::Relaxed);
            match self.errors.lock().unwrap().pop_front() {
                Some(error) => Err(error),
                None => Ok(((), SocketAddr::from(([192, 0, 2, 1], 1)))),
            }
        }
    }

    fn too_many_open_files() -> io::Error {
        io::Error::from_raw_os_error(rustix::io::Errno::MFILE.raw_os_error())
    }

    #[tokio::test(start_paused = true)]
    async fn without_descriptors_one_makes_room_and_the_listener_is_asked_after_a_pause() {
        let places = Places::new(2, 1);
        let silent = places.admit(None).await.unwrap();
        let listener = Scripted::new([too_many_open_files(), too_many_open_files()]);
        let began = Instant::now();
        next(&listener, &places, &Seldom::default()).await;
        assert_eq!(listener.asked.load(Ordering::Relaxed), 3);
        assert!(began.elapsed() >= PAUSE * 2);
        assert!(silent.leave().is_cancelled());
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_that_ended_early_does_not_hold_the_next_one_up() {
        let places = Places::new(1, 1);
        let silent = places.admit(None).await.unwrap();
        let listener = Scripted::new([io::Error::from(io::ErrorKind::ConnectionAborted)]);
        let began = Instant::now();
        next(&listener, &places, &Seldom::default()).await;
        assert!(began.elapsed().is_zero() && !silent.leave().is_cancelled());
    }

    /// Counts lines of the log.
    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<String>>);

    impl io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().push_str(std::str::from_utf8(bytes).unwrap());
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_fails_for_a_minute_is_told_every_ten_seconds_and_not_each_time() {
        let lines = Lines::default();
        let writer = lines.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_ansi(false)
            .with_writer(move || writer.clone())
            .finish();
        let _guard = tracing::subscriber::set_default(subscriber);
        let places = Places::new(1, 1);
        let listener = Scripted::new((0..1_200).map(|_| too_many_open_files()));
        next(&listener, &places, &Seldom::default()).await;
        let log = lines.0.lock().unwrap().clone();
        let told = log.matches("connections cannot be accepted").count();
        assert!((5..=7).contains(&told), "{log}");
        assert!(log.contains("Too many open files") && log.contains("times="), "{log}");
    }
}
