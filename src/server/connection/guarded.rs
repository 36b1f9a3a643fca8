//! The socket of a connection: tells when bytes come in, and ends when what goes out is not taken.
//!
//! Invariant: it holds the connection's place, so whoever has the socket, HTTP or what it was upgraded to, has the place.

use super::{
    activity::Activity,
    pace::{Pace, Patience},
    place::Place,
};
use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Instant, Sleep, sleep_until},
};

/// What a client takes at least of what waits for it, in bytes per second: less is one that pretends to read.
const LEAST_RATE: u64 = 500;

/// A guarded socket.
#[derive(Debug)]
pub(super) struct Guarded<IO> {
    io: IO,
    activity: Arc<Activity>,
    patience: Patience,
    is_blocked: bool,
    alarm: Option<Pin<Box<Sleep>>>,
    _place: Place,
}

impl<IO> Guarded<IO> {
    pub(super) fn new(io: IO, activity: Arc<Activity>, place: Place) -> Self {
        let least = Pace {
            grace: activity.deadlines().answer,
            bytes_per_second: LEAST_RATE,
        };
        Self {
            io,
            activity,
            patience: Patience::new(least),
            is_blocked: false,
            alarm: None,
            _place: place,
        }
    }

    /// What became of an attempt to write `offered` bytes.
    fn watch<T>(
        &mut self,
        context: &mut Context<'_>,
        offered: usize,
        attempt: Poll<io::Result<T>>,
        taken: impl FnOnce(&T) -> usize,
    ) -> Poll<io::Result<T>> {
        match attempt {
            Poll::Pending => {
                let deadline = self.patience.wait(Instant::now());
                self.set_blocked(true);
                ready!(self.rings(context, deadline));
                Poll::Ready(Err(io::Error::new(
                    io::ErrorKind::TimedOut,
                    "the client does not read what it is sent",
                )))
            }
            Poll::Ready(Ok(value)) => {
                let taken = taken(&value);
                self.patience.advance(Instant::now, taken);
                if taken >= offered {
                    self.patience.forget();
                    self.set_blocked(false);
                }
                Poll::Ready(Ok(value))
            }
            failed @ Poll::Ready(Err(_)) => failed,
        }
    }

    fn set_blocked(&mut self, is_blocked: bool) {
        if self.is_blocked != is_blocked {
            self.is_blocked = is_blocked;
            self.activity.set_blocked(is_blocked);
        }
    }

    fn rings(&mut self, context: &mut Context<'_>, deadline: Instant) -> Poll<()> {
        let alarm = self.alarm.get_or_insert_with(|| Box::pin(sleep_until(deadline)));
        if alarm.deadline() != deadline {
            alarm.as_mut().reset(deadline);
        }
        alarm.as_mut().poll(context)
    }
}

impl<IO: AsyncRead + Unpin> AsyncRead for Guarded<IO> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.io).poll_read(context, buffer);
        if buffer.filled().len() > before {
            self.activity.heard();
        }
        read
    }
}

impl<IO: AsyncWrite + Unpin> AsyncWrite for Guarded<IO> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let attempt = Pin::new(&mut self.io).poll_write(context, bytes);
        self.watch(context, bytes.len(), attempt, |taken| *taken)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let offered = slices.iter().map(|slice| slice.len()).sum();
        let attempt = Pin::new(&mut self.io).poll_write_vectored(context, slices);
        self.watch(context, offered, attempt, |taken| *taken)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let attempt = Pin::new(&mut self.io).poll_flush(context);
        self.watch(context, 1, attempt, |()| 0)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let attempt = Pin::new(&mut self.io).poll_shutdown(context);
        self.watch(context, 1, attempt, |()| 0)
    }
}

#[cfg(test)]
mod tests {
    use super::{Guarded, LEAST_RATE};
    use crate::server::connection::{
        activity::{Activity, Deadlines},
        place::Places,
    };
    use std::{io, time::Duration};
    use tokio::{
        io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex},
        time::{Instant, sleep_until},
    };

    const ANSWER: Duration = Duration::from_secs(30);

    async fn pair(room: usize) -> (Places, Guarded<DuplexStream>, DuplexStream) {
        let places = Places::new(1, 1);
        let place = places.admit(None).await.unwrap();
        let deadlines = Deadlines {
            header: Duration::from_secs(10),
            answer: ANSWER,
            idle: Duration::from_secs(75),
        };
        let activity = Activity::new(deadlines, place.ranking());
        let (ours, theirs) = duplex(room);
        (places, Guarded::new(ours, activity, place), theirs)
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_never_reads_is_cut_off() {
        let (places, mut socket, _client) = pair(64).await;
        let began = Instant::now();
        let error = socket.write_all(&[0; 1_000]).await.unwrap_err();
        assert_eq!((error.kind(), began.elapsed().as_secs()), (io::ErrorKind::TimedOut, 30));
        assert!(places.evict(), "it would have made room");
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_pretends_to_read_is_cut_off() {
        let (_places, mut socket, mut client) = pair(64).await;
        let began = Instant::now();
        let reading = tokio::spawn(async move {
            let mut byte = [0; 1];
            loop {
                sleep_until(Instant::now() + Duration::from_secs(1)).await;
                if client.read(&mut byte).await.unwrap() == 0 {
                    return;
                }
            }
        });
        let error = socket.write_all(&[0; 1_000]).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        assert!((30..32).contains(&began.elapsed().as_secs()), "{:?}", began.elapsed());
        drop(socket);
        reading.await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_client_that_reads_on_gets_everything() {
        let (_places, mut socket, mut client) = pair(64).await;
        let reading = tokio::spawn(async move {
            let mut some = vec![0; usize::try_from(LEAST_RATE).unwrap()];
            let mut total = 0;
            loop {
                sleep_until(Instant::now() + Duration::from_secs(1)).await;
                match client.read_exact(&mut some).await {
                    Ok(read) => total += read,
                    Err(_) => return total,
                }
            }
        });
        socket.write_all(&vec![0; 100_000]).await.unwrap();
        drop(socket);
        assert_eq!(reading.await.unwrap(), 100_000);
    }

    #[tokio::test(start_paused = true)]
    async fn the_place_is_free_when_the_socket_is_gone() {
        let (places, socket, _client) = pair(64).await;
        assert!(places.admit(None).await.is_err());
        drop(socket);
        places.admit(None).await.unwrap();
    }
}
