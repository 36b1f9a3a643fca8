//! The body of a request on its way in: one that pauses for too long, or comes too slowly, fails and is answered with 408.
//!
//! Invariant: this holds for every route and both faces, whatever a handler makes of the error that it reads.

use super::{
    activity::BodyProgress,
    pace::{Pace, Patience},
};
use axum::{
    body::{Body, Bytes},
    extract::Request,
    http::{HeaderValue, Version, header, request::Parts},
    response::Response,
};
use futures_util::future::{BoxFuture, Either};
use hyper::body::{Body as _, Frame, SizeHint};
use kernel::config::connection::Connection;
use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, ready},
};
use tokio::time::{Instant, Sleep, sleep_until};
use tower::{Layer, Service};
use tower_http::request_id::RequestId;

/// Why reading a body failed.
#[derive(Debug, thiserror::Error)]
#[error("the body of the request came too slowly")]
struct TooSlow;

/// How bodies are waited for, and what those are told who are too slow.
#[derive(Clone, Copy, Debug)]
pub struct SlowBody {
    pace: Pace,
    refuse: fn(&Parts) -> Response,
}

impl SlowBody {
    /// As configured; `refuse` writes the answer in the form of the face that was asked.
    #[must_use]
    pub const fn new(config: &Connection, refuse: fn(&Parts) -> Response) -> Self {
        Self {
            pace: Pace {
                grace: config.body_timeout,
                bytes_per_second: config.body_bytes_per_second,
            },
            refuse,
        }
    }

    fn refusal(&self, asked: &Parts) -> Response {
        let mut refusal = (self.refuse)(asked);
        if asked.version < Version::HTTP_2 {
            // The rest of the body would be read as the next request.
            refusal
                .headers_mut()
                .insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        refusal
    }
}

/// Puts `WatchBody` around a service.
#[derive(Clone, Copy, Debug)]
pub struct WatchBodyLayer(pub SlowBody);

impl<S> Layer<S> for WatchBodyLayer {
    type Service = WatchBody<S>;

    fn layer(&self, inner: S) -> WatchBody<S> {
        WatchBody { inner, slow: self.0 }
    }
}

/// Has bodies fail that are too slow, and answers those requests. What has no body passes at no cost.
#[derive(Clone, Copy, Debug)]
pub struct WatchBody<S> {
    inner: S,
    slow: SlowBody,
}

impl<S> Service<Request> for WatchBody<S>
where
    S: Service<Request, Response = Response>,
    S::Future: Send + 'static,
{
    type Response = Response;
    type Error = S::Error;
    type Future = Either<S::Future, BoxFuture<'static, Result<Response, S::Error>>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        if request.body().is_end_stream() {
            return Either::Left(self.inner.call(request));
        }
        let slow = self.slow;
        let is_late = Arc::new(AtomicBool::new(false));
        let (parts, body) = request.into_parts();
        let paced = Paced {
            body,
            patience: Patience::new(slow.pace),
            alarm: None,
            progress: parts.extensions.get::<BodyProgress>().cloned(),
            is_late: Arc::clone(&is_late),
        };
        let asked = essence(&parts);
        let answered = self.inner.call(Request::from_parts(parts, Body::new(paced)));
        Either::Right(Box::pin(async move {
            let answer = answered.await?;
            let was_late = is_late.load(Ordering::Relaxed);
            Ok(if was_late { slow.refusal(&asked) } else { answer })
        }))
    }
}

/// What a refusal needs of a request: where it went, what its sender reads, and its name. All of it would be copied for
/// every request with a body.
fn essence(parts: &Parts) -> Parts {
    let (mut essence, ()) = axum::http::Request::new(()).into_parts();
    essence.uri = parts.uri.clone();
    essence.version = parts.version;
    for accepted in parts.headers.get_all(header::ACCEPT) {
        essence.headers.append(header::ACCEPT, accepted.clone());
    }
    if let Some(name) = parts.extensions.get::<RequestId>() {
        essence.extensions.insert(name.clone());
    }
    essence
}

/// A body that is not waited for without end.
struct Paced {
    body: Body,
    patience: Patience,
    alarm: Option<Pin<Box<Sleep>>>,
    progress: Option<BodyProgress>,
    is_late: Arc<AtomicBool>,
}

impl Paced {
    fn waits(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let deadline = self.patience.wait(Instant::now());
        if let Some(progress) = &self.progress {
            progress.waits();
        }
        let alarm = self.alarm.get_or_insert_with(|| Box::pin(sleep_until(deadline)));
        if alarm.deadline() != deadline {
            alarm.as_mut().reset(deadline);
        }
        alarm.as_mut().poll(context)
    }

    fn goes_on(&self) {
        if let Some(progress) = &self.progress {
            progress.goes_on();
        }
    }
}

impl hyper::body::Body for Paced {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        if self.is_late.load(Ordering::Relaxed) {
            return Poll::Ready(None);
        }
        let polled = Pin::new(&mut self.body).poll_frame(context);
        let Poll::Ready(frame) = polled else {
            ready!(self.waits(context));
            self.is_late.store(true, Ordering::Relaxed);
            self.goes_on();
            return Poll::Ready(Some(Err(axum::Error::new(TooSlow))));
        };
        let bytes = frame
            .as_ref()
            .and_then(|frame| frame.as_ref().ok())
            .and_then(Frame::data_ref)
            .map_or(0, Bytes::len);
        self.patience.advance(Instant::now, bytes);
        self.goes_on();
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Paced {
    fn drop(&mut self) {
        self.goes_on();
    }
}

#[cfg(test)]
mod tests {
    use super::{Pace, SlowBody, WatchBodyLayer};
    use axum::{
        Router,
        body::{Body, Bytes},
        http::{Request, StatusCode},
        response::IntoResponse as _,
        routing::post,
    };
    use futures_util::{StreamExt as _, stream};
    use std::{convert::Infallible, time::Duration};
    use tokio::time::{Instant, sleep_until};
    use tower::ServiceExt as _;

    const GRACE: Duration = Duration::from_secs(8);

    /// The status for a body of parts, each (milliseconds before it, bytes), and how many seconds that took.
    async fn send(parts: Vec<(u64, usize)>, is_endless: bool) -> (StatusCode, u64) {
        let slow = SlowBody {
            pace: Pace {
                grace: GRACE,
                bytes_per_second: 1_000,
            },
            refuse: |parts| (StatusCode::REQUEST_TIMEOUT, parts.uri.path().to_owned()).into_response(),
        };
        let parts = stream::iter(parts).then(|(pause, bytes)| async move {
            sleep_until(Instant::now() + Duration::from_millis(pause)).await;
            Ok::<_, Infallible>(Bytes::from(vec![0; bytes]))
        });
        let body = match is_endless {
            true => Body::from_stream(parts.chain(stream::pending())),
            false => Body::from_stream(parts),
        };
        // A handler that takes every failure for a wrong body, as handlers do.
        let router = Router::new()
            .route("/", post(async |body: Bytes| body.len().to_string()))
            .layer(WatchBodyLayer(slow));
        let began = Instant::now();
        let answer = router.oneshot(Request::post("/").body(body).unwrap()).await.unwrap();
        (answer.status(), began.elapsed().as_secs())
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_stops_is_answered_with_408_after_the_grace() {
        assert_eq!(send(vec![], true).await, (StatusCode::REQUEST_TIMEOUT, 8));
        assert_eq!(send(vec![(0, 100_000)], true).await, (StatusCode::REQUEST_TIMEOUT, 8));
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_dribbles_is_answered_with_408() {
        let (status, seconds) = send(vec![(1_000, 1); 1_000], false).await;
        assert_eq!(status, StatusCode::REQUEST_TIMEOUT);
        assert!((8..10).contains(&seconds), "{seconds}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_body_that_keeps_the_rate_arrives_however_long_it_takes() {
        assert_eq!(send(vec![(1_000, 1_000); 500], false).await, (StatusCode::OK, 500));
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_without_waits_is_not_touched() {
        assert_eq!(send(vec![(0, 10); 3], false).await, (StatusCode::OK, 0));
        assert_eq!(send(vec![], false).await, (StatusCode::OK, 0));
    }
}
