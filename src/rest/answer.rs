//! What handlers of this face return, and how a refusal becomes one.
//!
//! Invariant: a refusal is written exactly once, by [`Answering`], with the trace id of the request that it answers; what the
//! caller must keep all the same goes with it.

use crate::body::buffered;
use axum::{
    body::HttpBody as _,
    extract::Request,
    handler::Handler,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use entity::UnixMilliseconds;
use kernel::{
    caller::{Caller, Instance},
    error::{Error, Result},
};
use serde::Serialize;
use service::client::Credential;
use std::{future::Future, pin::Pin, sync::Arc};
use web_kit::{
    caller::advice_on_cookies,
    cookie::{write_client_uat, write_credential},
    refusal::{TraceId, json_response, render_advised},
};

/// What a request is answered with.
pub(crate) struct Answer(Response);

impl Answer {
    /// An answer that is no JSON, or has headers of its own.
    pub(crate) fn new(response: impl IntoResponse) -> Self {
        Self(response.into_response())
    }

    /// A JSON document without an envelope.
    pub(crate) fn bare(body: &impl Serialize) -> Self {
        Self(json_response(StatusCode::OK, body))
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        self.0
    }
}

/// Why there is no answer.
#[derive(Debug)]
pub(crate) struct Refused {
    error: Error,
    /// What the caller must keep all the same: a change that is committed has outdated what it has, whether or not it can be
    /// shown what became of it.
    keep: Option<Box<Kept>>,
}

/// What a caller must keep of a change that cannot be shown.
#[derive(Debug)]
pub(crate) struct Kept {
    /// Who it is since the change.
    pub(crate) caller: Caller,
    /// What it shows of itself from now on.
    pub(crate) credential: Credential,
    /// Since when somebody is signed in, if the change has brought that about.
    pub(crate) since: Option<UnixMilliseconds>,
}

impl<E: Into<Error>> From<E> for Refused {
    fn from(error: E) -> Self {
        Self {
            error: error.into(),
            keep: None,
        }
    }
}

impl Refused {
    /// A failure after a change that is committed.
    pub(crate) fn keeping(error: Error, kept: Kept) -> Self {
        let keep = Some(Box::new(kept));
        Self { error, keep }
    }

    fn write(&self, trace: &TraceId, advice: Option<&str>) -> Response {
        let mut response = render_advised(&self.error, &trace.0, advice);
        if let Some(kept) = self.keep.as_deref() {
            let headers = response.headers_mut();
            write_credential(headers, &kept.caller, &kept.credential);
            if let Some(since) = kept.since {
                write_client_uat(headers, &kept.caller, Some(since));
            }
        }
        response
    }
}

/// A response that nothing is written on yet: which request it answers, a handler does not know.
impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let mut response = StatusCode::INTERNAL_SERVER_ERROR.into_response();
        response.extensions_mut().insert(Arc::new(self));
        response
    }
}

/// A handler whose refusals are written with the trace id of the request. Every route of the table has it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Answering<H>(pub(crate) H);

impl<H: Handler<T, S>, T: 'static, S: Send + 'static> Handler<T, S> for Answering<H> {
    type Future = Pin<Box<dyn Future<Output = Response> + Send>>;

    fn call(self, request: Request, state: S) -> Self::Future {
        let trace = TraceId::of(request.extensions());
        // On the heap: the work of a sign-in takes many kilobytes, which are not to be moved through every layer.
        Box::pin(async move {
            let request = match arrived(request).await {
                Ok(request) => request,
                Err(error) => return trace.refuse(error).into_response(),
            };
            let (parts, body) = request.into_parts();
            let instance = parts.extensions.get::<Arc<Instance>>();
            let advice = instance.and_then(|instance| advice_on_cookies(instance, &parts));
            let mut response = self.0.call(Request::from_parts(parts, body), state).await;
            match response.extensions_mut().remove::<Arc<Refused>>() {
                Some(refused) => refused.write(&trace, advice.as_deref()),
                None => response,
            }
        })
    }
}

/// The request with its whole body. Who calls is asked after it: a caller that is let in at the head of a request and ends it
/// minutes later would act by a token that has died meanwhile.
async fn arrived(request: Request) -> Result<Request> {
    if request.body().is_end_stream() {
        return Ok(request);
    }
    let (parts, body) = request.into_parts();
    let bytes = buffered(Request::from_parts(parts.clone(), body)).await?;
    Ok(Request::from_parts(parts, bytes.into()))
}

#[cfg(test)]
mod tests {
    use super::{Answer, Answering, Refused};
    use axum::{
        body::Body,
        extract::Request,
        handler::Handler as _,
        http::{HeaderValue, StatusCode},
        response::{IntoResponse as _, Response},
    };
    use http_body_util::BodyExt as _;
    use kernel::error::{Code, Error};
    use serde_json::{Value, json};
    use tower_http::request_id::RequestId;

    fn request() -> Request {
        let mut request = Request::new(Body::empty());
        let id = RequestId::new(HeaderValue::from_static("trace-5"));
        request.extensions_mut().insert(id);
        request
    }

    async fn body(response: Response) -> Value {
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        serde_json::from_slice(&bytes).unwrap()
    }

    async fn refuse() -> Result<Answer, Refused> {
        Err(Error::from(Code::TooManyRequests).retry_after(9))?;
        Ok(Answer::bare(&json!({})))
    }

    async fn answer() -> Result<Answer, Refused> {
        Ok(Answer::bare(&json!({ "object": "thing" })))
    }

    #[tokio::test]
    async fn a_refusal_is_written_with_the_trace_of_its_request() {
        let refused = Answering(refuse).call(request(), ()).await;
        assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(refused.headers()["clerk-trace-id"], "trace-5");
        assert_eq!(refused.headers()["retry-after"], "9");
        assert!(refused.extensions().is_empty(), "it is written once");
        let body = body(refused).await;
        assert_eq!(
            (&body["clerk_trace_id"], &body["errors"][0]["code"]),
            (&json!("trace-5"), &json!("too_many_requests"))
        );
    }

    #[tokio::test]
    async fn an_answer_is_left_as_it_is() {
        let answered = Answering(answer).call(request(), ()).await;
        assert_eq!(answered.status(), StatusCode::OK);
        assert_eq!(answered.headers()["content-type"], "application/json");
        assert_eq!(body(answered).await, json!({ "object": "thing" }));
    }

    #[tokio::test]
    async fn a_refusal_that_nobody_writes_tells_nothing_and_is_no_success() {
        let unwritten = Refused::from(Code::UserLocked).into_response();
        assert_eq!(unwritten.status(), StatusCode::INTERNAL_SERVER_ERROR);
        let bytes = unwritten.into_body().collect().await.unwrap().to_bytes();
        assert!(bytes.is_empty());
    }
}
