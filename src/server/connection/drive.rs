//! One connection from its first byte to its last.

use super::{
    activity::{Activity, Deadlines},
    answer::Answer,
    guarded::Guarded,
    place::{Place, Places},
};
use axum::{Router, body::Body, extract::ConnectInfo, http::Version};
use hyper::{Request, body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto::Builder,
};
use rustls::ServerConfig;
use std::{convert::Infallible, future::poll_fn, net::SocketAddr, pin::pin, sync::Arc, task::Poll, time::Duration};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    time::{Instant, sleep_until, timeout},
};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

/// How long a connection that is told to end may take to say goodbye.
const GOODBYE: Duration = Duration::from_secs(1);
/// When to look again while the server works for a connection.
const LATER: Duration = Duration::from_hours(1);
/// All headers of a request, with its line. Cookies and a long query fit; a flood of headers does not.
const HEADER_BYTES: u32 = 32 * 1024;
/// Headers of a request.
const HEADERS: usize = 100;
/// Requests that run at the same time on one connection of HTTP/2.
const STREAMS: u32 = 100;
/// Streams that the client may reset before they were looked at (CVE-2023-44487, "rapid reset").
const RESETS: usize = 20;
/// Streams that the server may be made to reset (CVE-2025-8671, "made you reset").
const FORCED_RESETS: usize = 64;
/// What a client may send of a stream, and of all of them, before it is read.
const STREAM_WINDOW: u32 = 64 * 1024;
const CONNECTION_WINDOW: u32 = 1024 * 1024;
/// What of an answer is kept for a client that does not open its window.
const SEND_BUFFER: usize = 64 * 1024;
/// Silence after which a client of HTTP/2 is asked whether it is there, and how long it may take to say so.
const PING: Duration = Duration::from_secs(30);
const PONG: Duration = Duration::from_secs(15);

/// Where connections are let in: with places of its own, and routes.
pub(super) struct Door {
    pub(super) places: Places,
    deadlines: Deadlines,
    router: Router,
    builder: Builder<TokioExecutor>,
}

/// What ends connections from outside.
#[derive(Clone)]
pub(super) struct Ends {
    /// Finish what is under way.
    pub(super) gently: CancellationToken,
    /// At once.
    pub(super) now: CancellationToken,
}

impl Door {
    /// A door; where `keep_alive` is off, each connection is for one request.
    pub(super) fn new(places: Places, deadlines: Deadlines, router: Router, keep_alive: bool) -> Self {
        let mut builder = Builder::new(TokioExecutor::new());
        // The header's deadline is that of `Activity`: the library's own also ends connections between two requests.
        builder
            .http1()
            .timer(TokioTimer::new())
            .header_read_timeout(None)
            .keep_alive(keep_alive)
            .max_headers(HEADERS)
            .max_buf_size(HEADER_BYTES as usize);
        builder
            .http2()
            .timer(TokioTimer::new())
            .keep_alive_interval(PING)
            .keep_alive_timeout(PONG)
            .max_header_list_size(HEADER_BYTES)
            .max_concurrent_streams(STREAMS)
            .max_pending_accept_reset_streams(RESETS)
            .max_local_error_reset_streams(FORCED_RESETS)
            .initial_stream_window_size(STREAM_WINDOW)
            .initial_connection_window_size(CONNECTION_WINDOW)
            .max_send_buf_size(SEND_BUFFER);
        Self {
            places,
            deadlines,
            router,
            builder,
        }
    }
}

/// A connection that was let in.
pub(super) struct Arrival {
    pub(super) stream: TcpStream,
    pub(super) peer: SocketAddr,
    pub(super) place: Place,
}

/// Serves a connection until it ends, or is ended.
pub(super) async fn drive(arrival: Arrival, door: Arc<Door>, tls: Option<Arc<ServerConfig>>, ends: Ends) {
    let Arrival { stream, peer, place } = arrival;
    let leave = place.leave();
    let activity = Activity::new(door.deadlines, place.ranking());
    let socket = Guarded::new(stream, Arc::clone(&activity), place);
    let header = door.deadlines.header;
    let served = Served {
        peer,
        door,
        leave,
        ends,
    };
    let Some(config) = tls else {
        return serve(socket, activity, served).await;
    };
    let handshake = timeout(header, TlsAcceptor::from(config).accept(socket));
    let accepted = tokio::select! {
        () = served.leave.cancelled() => return,
        () = served.ends.gently.cancelled() => return,
        accepted = handshake => accepted,
    };
    if let Ok(Ok(socket)) = accepted {
        activity.opened();
        serve(socket, activity, served).await;
    }
}

/// Whose connection is served by which door, and what ends it before its own end.
struct Served {
    peer: SocketAddr,
    door: Arc<Door>,
    leave: CancellationToken,
    ends: Ends,
}

async fn serve(socket: impl AsyncRead + AsyncWrite + Unpin + Send + 'static, activity: Arc<Activity>, served: Served) {
    let service = {
        let (activity, router) = (Arc::clone(&activity), served.door.router.clone());
        service_fn(move |request| answer(request, served.peer, &activity, router.clone()))
    };
    let connection = served
        .door
        .builder
        .serve_connection_with_upgrades(TokioIo::new(socket), service);
    let mut connection = pin!(connection);
    let mut alarm = pin!(sleep_until(Instant::now() + LATER));
    let (mut is_ending, mut goodbye) = (false, None);
    loop {
        let over_or_late = poll_fn(|context| {
            // What failed is the client's affair: the answer that could not be sent is lost to it anyway.
            if connection.as_mut().poll(context).is_ready() {
                return Poll::Ready(Step::Over);
            }
            // On HTTP/1 everything that moves the deadline has just happened in there, so nobody has to be woken for it.
            if let Some(deadline) = goodbye.or_else(|| activity.deadline())
                && deadline < alarm.deadline()
            {
                alarm.as_mut().reset(deadline);
            }
            alarm.as_mut().poll(context).map(|()| Step::Alarm)
        });
        let step = tokio::select! {
            biased;
            () = served.leave.cancelled() => return,
            () = served.ends.now.cancelled() => return,
            step = over_or_late => step,
            () = served.ends.gently.cancelled(), if !is_ending => Step::Ending,
            () = activity.changed() => Step::Changed,
        };
        match step {
            Step::Over => return activity.detach(),
            Step::Ending => {
                is_ending = true;
                connection.as_mut().graceful_shutdown();
            }
            Step::Changed => {}
            Step::Alarm => {
                let now = Instant::now();
                let deadline = goodbye.or_else(|| activity.deadline());
                if deadline.is_some_and(|deadline| deadline <= now) {
                    if goodbye.is_some() {
                        return;
                    }
                    goodbye = Some(now + GOODBYE);
                    connection.as_mut().graceful_shutdown();
                }
                alarm.as_mut().reset(goodbye.or(deadline).unwrap_or(now + LATER));
            }
        }
    }
}

/// What happens to a connection that is served.
enum Step {
    /// It ended, or is no longer HTTP.
    Over,
    /// The server is asked to stop.
    Ending,
    /// Its deadline may have come closer.
    Changed,
    /// Its deadline may have come.
    Alarm,
}

fn answer(
    mut request: Request<Incoming>,
    peer: SocketAddr,
    activity: &Arc<Activity>,
    router: Router,
) -> impl Future<Output = Result<hyper::Response<Answer>, Infallible>> + Send + use<> {
    let under_way = activity.begin(request.version() == Version::HTTP_2);
    request.extensions_mut().insert(ConnectInfo(peer));
    request.extensions_mut().insert(under_way.body());
    let answered = router.oneshot(request.map(Body::new));
    async move {
        let response = answered.await?;
        Ok(response.map(|body| Answer::new(body, under_way)))
    }
}
