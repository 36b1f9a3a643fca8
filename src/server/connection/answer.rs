//! The body of an answer on its way out.
//!
//! Invariant: it is handed over in parts so small that each part says whether the client has taken the one before, which
//! HTTP/2 hides behind windows that the client opens or not.

use super::activity::UnderWay;
use axum::body::{Body, Bytes};
use hyper::body::{Frame, SizeHint};
use std::{
    pin::Pin,
    task::{Context, Poll},
};

/// The largest part.
const PART_BYTES: usize = 16 * 1024;

/// A body whose request is under way until it was handed over or dropped.
#[derive(Debug)]
pub(super) struct Answer {
    body: Body,
    rest: Bytes,
    under_way: UnderWay,
}

impl Answer {
    pub(super) const fn new(body: Body, under_way: UnderWay) -> Self {
        Self {
            body,
            rest: Bytes::new(),
            under_way,
        }
    }

    fn part(&mut self) -> Frame<Bytes> {
        let length = self.rest.len().min(PART_BYTES);
        Frame::data(self.rest.split_to(length))
    }
}

impl hyper::body::Body for Answer {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        if self.rest.is_empty() {
            match Pin::new(&mut self.body).poll_frame(context) {
                Poll::Pending => {
                    self.under_way.works();
                    return Poll::Pending;
                }
                Poll::Ready(Some(Ok(frame))) => match frame.into_data() {
                    Ok(bytes) => self.rest = bytes,
                    Err(frame) => return Poll::Ready(Some(Ok(frame))),
                },
                over @ Poll::Ready(None | Some(Err(_))) => return over,
            }
        }
        self.under_way.offers();
        Poll::Ready(Some(Ok(self.part())))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let mut hint = self.body.size_hint();
        let rest = self.rest.len() as u64;
        match hint.exact() {
            Some(exact) => hint.set_exact(exact + rest),
            None => hint.set_lower(hint.lower() + rest),
        }
        hint
    }
}

#[cfg(test)]
mod tests {
    use super::{Answer, PART_BYTES};
    use crate::server::connection::{
        activity::{Activity, Deadlines},
        place::{Place, Places},
    };
    use axum::body::{Body, Bytes};
    use futures_util::{FutureExt as _, stream};
    use http_body_util::BodyExt as _;
    use hyper::body::Body as _;
    use std::{convert::Infallible, sync::Arc, time::Duration};
    use tokio::time::{Instant, advance};

    const SECOND: Duration = Duration::from_secs(1);

    async fn connection() -> (Places, Place, Arc<Activity>) {
        let places = Places::new(1, 1);
        let place = places.admit(None).await.unwrap();
        let deadlines = Deadlines {
            header: SECOND,
            answer: SECOND * 30,
            idle: SECOND,
        };
        let activity = Activity::new(deadlines, place.ranking());
        (places, place, activity)
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_that_has_nothing_to_say_yet_has_no_deadline() {
        let (_places, _place, activity) = connection().await;
        let events = Body::from_stream(stream::pending::<Result<Bytes, Infallible>>());
        let mut answer = Answer::new(events, activity.begin(true));
        assert!(answer.frame().now_or_never().is_none());
        assert_eq!(activity.deadline(), None);
    }

    #[tokio::test(start_paused = true)]
    async fn a_large_answer_goes_out_in_parts_and_tells_how_much_is_left() {
        let (_places, _place, activity) = connection().await;
        let bytes: Vec<u8> = (0..=250).cycle().take(PART_BYTES * 2 + 5).collect();
        let mut answer = Answer::new(Body::from(bytes.clone()), activity.begin(true));
        let mut seen = Vec::new();
        while !answer.is_end_stream() {
            let left = bytes.len() - seen.len();
            assert_eq!(answer.size_hint().exact(), Some(left as u64));
            let part = answer.frame().await.unwrap().unwrap().into_data().unwrap();
            assert!(part.len() <= PART_BYTES);
            seen.extend_from_slice(&part);
            // Each part has its time from when it was handed over.
            assert_eq!(activity.deadline(), Some(Instant::now() + SECOND * 30));
            advance(SECOND).await;
        }
        assert_eq!(seen, bytes);
        drop(answer);
        assert_eq!(activity.deadline(), Some(Instant::now() + SECOND));
    }
}
