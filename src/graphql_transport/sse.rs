//! Server-sent events: the distinct connections mode of the graphql-sse protocol, one operation a connection.
//!
//! Events are `next`, with a response, and `complete`. The invariant: a stream that ends without `complete` is one the
//! client may open again; one that was cut for good says why and completes.

use super::document::Checked;
use super::endpoint::LAST_WORDS;
use super::told::Told;
use super::{Cut, Endpoint, Refusal, operation};
use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::Response;
use futures_util::stream::{self, Stream, StreamExt};
use kernel::error::{Code, Error};
use std::convert::Infallible;
use std::sync::Arc;
use tokio::time::{Instant, interval_at, timeout_at};
use web_kit::accept::Format;

/// The stream of one checked query or subscription.
pub(super) fn answer<E: Endpoint>(endpoint: &E, caller: E::Caller, checked: Checked) -> Response {
    let caller = Arc::new(caller);
    let mut responses = operation::run(endpoint, &caller, checked);
    let endpoint = endpoint.clone();
    let events = async_stream::stream! {
        let keep_alive = endpoint.limits().keep_alive;
        let mut ticks = interval_at(Instant::now() + keep_alive, keep_alive);
        let mut cut = std::pin::pin!(endpoint.cut(&caller));
        loop {
            tokio::select! {
                cut = &mut cut => {
                    let Some(refusal) = last_word(&cut) else {
                        yield comment(&cut.reason);
                        return;
                    };
                    let until = Instant::now() + LAST_WORDS;
                    while cut.is_final() {
                        match timeout_at(until, responses.next()).await {
                            Ok(Some(told)) => yield next(&told),
                            // It has ended by itself, and has said how.
                            Ok(None) => {
                                yield complete();
                                return;
                            }
                            Err(_) => break,
                        }
                    }
                    yield next(&Told::of(&refusal.into_response()));
                    break;
                }
                told = responses.next() => match told {
                    Some(told) => yield next(&told),
                    None => break,
                },
                _ = ticks.tick() => yield ":\n\n".to_owned(),
            }
        }
        yield complete();
    };
    streamed(events)
}

/// A stream that says why the document was refused, and ends.
pub(super) fn refused(refusal: Refusal) -> Response {
    streamed(stream::iter([next(&Told::of(&refusal.into_response())), complete()]))
}

/// What a client whose rights ended is told. Others may come back: libraries do so where a stream ends without `complete`.
fn last_word(cut: &Cut) -> Option<Refusal> {
    let code = match cut.code {
        4401 => Code::AuthenticationInvalid,
        4403 => Code::AuthorizationInvalid,
        _ => return None,
    };
    Some(Refusal::from(Error::from(code)).saying(cut.reason.as_str()))
}

/// Compact JSON has no line breaks, so that one `data` line holds it.
fn next(told: &Told) -> String {
    format!("event: next\ndata: {}\n\n", told.body)
}

/// The data is empty but there: without the line browsers do not dispatch the event. The event type of axum cannot write
/// one, which is why events are written here.
fn complete() -> String {
    "event: complete\ndata: \n\n".to_owned()
}

/// A line for whoever looks at the stream, which clients skip.
fn comment(reason: &str) -> String {
    format!(": {}\n\n", reason.replace(['\r', '\n'], " "))
}

fn streamed(events: impl Stream<Item = String> + Send + 'static) -> Response {
    let mut answer = Response::new(Body::from_stream(events.map(Ok::<_, Infallible>)));
    let headers = answer.headers_mut();
    headers.insert(header::CONTENT_TYPE, Format::EventStream.content_type());
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.append(header::VARY, HeaderValue::from_static("accept"));
    // Proxies that know this header pass events on at once.
    headers.insert(
        HeaderName::from_static("x-accel-buffering"),
        HeaderValue::from_static("no"),
    );
    answer
}

#[cfg(test)]
mod tests {
    use crate::Limits;
    use crate::double::Double;
    use std::time::Duration;

    const COMPLETE: &str = "event: complete\ndata: \n\n";

    #[tokio::test]
    async fn a_subscription_gives_an_event_for_each_response_and_completes() {
        for (accept, double) in [("text/event-stream", Double::default()), ("*/*", Double::default())] {
            let expected = format!(
                "event: next\ndata: {{\"data\":{{\"count\":1}}}}\n\nevent: next\ndata: {{\"data\":{{\"count\":2}}}}\n\n{COMPLETE}"
            );
            let posted = double.post(r#"{"query":"subscription{count(to:2)}"}"#, accept).await;
            assert_eq!((posted.status, posted.body.as_str()), (200, expected.as_str()));
            assert_eq!(posted.header("content-type"), "text/event-stream");
            assert_eq!(posted.header("cache-control"), "no-store");
            assert_eq!(
                double.get("query=subscription{count(to:2)}", accept).await.body,
                expected
            );
        }
    }

    #[tokio::test]
    async fn a_query_gives_one_event() {
        let reply = Double::default().get("query={hello}", "text/event-stream").await;
        assert_eq!(
            reply.body,
            format!("event: next\ndata: {{\"data\":{{\"hello\":\"world\"}}}}\n\n{COMPLETE}")
        );
    }

    #[tokio::test]
    async fn a_document_that_is_refused_is_so_in_an_event() {
        for (query, code) in [
            ("{", "GRAPHQL_PARSE_FAILED"),
            ("{nothing}", "GRAPHQL_VALIDATION_FAILED"),
        ] {
            let reply = Double::default()
                .get(&format!("query={query}"), "text/event-stream")
                .await;
            assert_eq!(reply.status, 200);
            assert!(
                reply.body.starts_with("event: next\ndata: {\"errors\"") && reply.body.contains(code),
                "{}",
                reply.body
            );
            assert!(
                reply.body.ends_with(COMPLETE) && !reply.body.contains("\"data\":"),
                "{}",
                reply.body
            );
        }
    }

    #[tokio::test]
    async fn requests_and_callers_are_refused_before_the_stream() {
        let double = Double::default();
        let reply = double.post("{}", "text/event-stream").await;
        assert_eq!(
            (reply.status, reply.code(), reply.header("content-type")),
            (400, "BAD_REQUEST", "application/json")
        );
        let headers = [("accept", "text/event-stream"), ("authorization", "bad")];
        let reply = double
            .send("GET", "/graphql?query=subscription{forever}", &headers, "")
            .await;
        assert_eq!((reply.status, reply.code()), (401, "AUTHENTICATION_INVALID"));
    }

    #[tokio::test]
    async fn a_cut_ends_the_stream_with_its_reason() {
        let double = Double::default();
        double.cut(4401, "signed out");
        let reply = double.get("query=subscription{forever}", "text/event-stream").await;
        assert!(
            reply.body.contains("AUTHENTICATION_INVALID") && reply.body.contains("signed out"),
            "{}",
            reply.body
        );
        assert!(reply.body.ends_with(COMPLETE));
    }

    #[tokio::test]
    async fn a_shutdown_ends_the_stream_without_completing_it() {
        let double = Double::default();
        double.cut(1001, "bye");
        assert_eq!(
            double
                .get("query=subscription{forever}", "text/event-stream")
                .await
                .body,
            ": bye\n\n"
        );
    }

    #[tokio::test]
    async fn a_query_in_a_stream_ends_at_the_deadline() {
        let double = Double::with(Limits {
            deadline: Duration::from_millis(20),
            ..Limits::default()
        });
        let reply = double.get("query={never}", "text/event-stream").await;
        assert!(
            reply.body.contains("DEADLINE_EXCEEDED") && reply.body.ends_with(COMPLETE),
            "{}",
            reply.body
        );
    }

    #[tokio::test]
    async fn a_quiet_stream_is_kept_alive_by_comments() {
        use futures_util::StreamExt as _;
        let double = Double::with(Limits {
            keep_alive: Duration::from_millis(10),
            ..Limits::default()
        });
        let answer = double
            .open("/graphql?query=subscription{forever}", "text/event-stream")
            .await;
        let first = answer
            .into_body()
            .into_data_stream()
            .next()
            .await
            .expect("a chunk")
            .expect("bytes");
        assert!(first.starts_with(b":"), "{first:?}");
    }
}
