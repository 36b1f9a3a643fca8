//! The method and the path that a request means, which SDKs do not always spell as such.
//!
//! Browser SDKs send only GET and POST, to be spared a preflight: the real method travels as `?_method=DELETE`. Some
//! append a slash to collection paths. Both are undone here, before routing. Invariant: only POST becomes another
//! method, and only into PUT, PATCH or DELETE, so that a link cannot change anything.
//!
//! `Router::layer` runs *after* routing, too late for this, so the layer goes around the finished router:
//!
//! ```
//! use axum::{Router, ServiceExt, extract::Request};
//! use tower::Layer;
//! use vestibule::rest::EffectiveMethodLayer;
//!
//! let router: Router = Router::new();
//! let service = EffectiveMethodLayer.layer(router);
//! let make_service = ServiceExt::<Request>::into_make_service(service);
//! # let _ = make_service; // axum::serve(listener, make_service)
//! ```
//!
//! The layer that sets the request id belongs outside of this one, since a refusal here names it.

use axum::extract::Request;
use axum::http::uri::PathAndQuery;
use axum::http::{Method, Uri};
use axum::response::Response;
use futures_util::future::{Either, Ready, ready};
use kernel::error::{Code, Problem};
use std::task::{Context, Poll};
use tower::{Layer, Service};
use web_kit::refusal::{TraceId, render};

/// Puts [`EffectiveMethod`] around a service.
#[derive(Clone, Copy, Debug, Default)]
pub struct EffectiveMethodLayer;

impl<S> Layer<S> for EffectiveMethodLayer {
    type Service = EffectiveMethod<S>;

    fn layer(&self, inner: S) -> Self::Service {
        EffectiveMethod { inner }
    }
}

/// Hands requests on with the method and path that they mean. An unknown or repeated `_method` is answered with
/// [`Code::MethodNotAllowed`] right here.
#[derive(Clone, Copy, Debug)]
pub struct EffectiveMethod<S> {
    inner: S,
}

impl<S> Service<Request> for EffectiveMethod<S>
where
    S: Service<Request, Response = Response>,
{
    type Response = Response;
    type Error = S::Error;
    type Future = Either<Ready<Result<Response, S::Error>>, S::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request) -> Self::Future {
        match effective_method(request.method(), request.uri().query()) {
            Ok(Some(method)) => *request.method_mut() = method,
            Ok(None) => {}
            Err(problem) => {
                let trace_id = TraceId::of(request.extensions());
                return Either::Left(ready(Ok(render(&problem.into(), &trace_id.0))));
            }
        }
        if let Some(uri) = without_trailing_slash(request.uri()) {
            *request.uri_mut() = uri;
        }
        Either::Right(self.inner.call(request))
    }
}

/// The method that a POST stands for, if it names another one.
fn effective_method(method: &Method, query: Option<&str>) -> Result<Option<Method>, Problem> {
    if method != Method::POST {
        return Ok(None);
    }
    let query = query.unwrap_or_default().as_bytes();
    let mut named = form_urlencoded::parse(query)
        .filter(|(key, _)| key == "_method")
        .map(|(_, value)| value);
    let Some(name) = named.next() else { return Ok(None) };
    let refusal = Problem::of(Code::MethodNotAllowed, "_method");
    if named.next().is_some() {
        return Err(refusal.saying("The method is given more than once."));
    }
    match name.as_ref() {
        "PUT" => Ok(Some(Method::PUT)),
        "PATCH" => Ok(Some(Method::PATCH)),
        "DELETE" => Ok(Some(Method::DELETE)),
        _ => Err(refusal.saying("The method must be PUT, PATCH or DELETE.")),
    }
}

/// The address without the one slash at the end of an otherwise plain `/v1/` path; `None` leaves it as it is.
///
/// Paths with empty, dot or percent-encoded slash and dot segments are left alone: two spellings of one route are what
/// lets a request past a rule that looks at the path.
fn without_trailing_slash(uri: &Uri) -> Option<Uri> {
    let path = uri.path();
    let shortened = path.strip_suffix('/')?;
    let lower = shortened.to_ascii_lowercase();
    let plain = shortened
        .strip_prefix("/v1/")?
        .split('/')
        .all(|segment| !matches!(segment, "" | "." | ".."));
    if !plain || ["%2f", "%2e", "%5c", "\\"].iter().any(|escape| lower.contains(escape)) {
        return None;
    }
    let path_and_query = match uri.query() {
        Some(query) => PathAndQuery::try_from(format!("{shortened}?{query}")),
        None => PathAndQuery::try_from(shortened),
    };
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(path_and_query.ok()?);
    Uri::from_parts(parts).ok()
}

#[cfg(test)]
mod tests {
    use super::{EffectiveMethodLayer, without_trailing_slash};
    use axum::body::Body;
    use axum::extract::{OriginalUri, Request};
    use axum::http::{HeaderValue, Method, StatusCode};
    use axum::routing::{any, get};
    use axum::{Router, response::Response};
    use http_body_util::BodyExt;
    use serde_json::Value;
    use tower::{Layer, ServiceExt};
    use tower_http::request_id::RequestId;

    async fn send(method: Method, address: &str) -> Response {
        let router = Router::new()
            .route(
                "/v1/client",
                get(|| async { "read" })
                    .post(|| async { "create" })
                    .delete(|| async { "end" }),
            )
            .route(
                "/v1/me/email_addresses",
                any(|OriginalUri(uri): OriginalUri, method: Method| async move { format!("{method} {uri}") }),
            )
            .route("/v1/users/{id}", get(|| async { "user" }));
        let mut request = Request::builder()
            .method(method)
            .uri(address)
            .body(Body::empty())
            .unwrap();
        request
            .extensions_mut()
            .insert(RequestId::new(HeaderValue::from_static("trace-1")));
        EffectiveMethodLayer.layer(router).oneshot(request).await.unwrap()
    }

    async fn text(response: Response) -> String {
        String::from_utf8(response.into_body().collect().await.unwrap().to_bytes().to_vec()).unwrap()
    }

    #[tokio::test]
    async fn a_post_is_routed_by_the_method_it_names() {
        for (address, expected) in [
            ("/v1/client", "create"),
            ("/v1/client?_method=DELETE", "end"),
            ("/v1/client?a=1&_method=DELETE&b=2", "end"),
            ("/v1/client?_method=D%45LETE", "end"),
            (
                "/v1/me/email_addresses?_method=PATCH",
                "PATCH /v1/me/email_addresses?_method=PATCH",
            ),
            (
                "/v1/me/email_addresses/?_method=PUT",
                "PUT /v1/me/email_addresses?_method=PUT",
            ),
        ] {
            assert_eq!(text(send(Method::POST, address).await).await, expected, "{address}");
        }
    }

    #[tokio::test]
    async fn other_methods_never_become_another_one() {
        for (method, expected) in [(Method::GET, "read"), (Method::DELETE, "end")] {
            for query in [
                "_method=PATCH",
                "_method=POST",
                "_method=nonsense",
                "_method=DELETE&_method=PUT",
            ] {
                let response = send(method.clone(), &format!("/v1/client?{query}")).await;
                assert_eq!(text(response).await, expected, "{method} {query}");
            }
        }
    }

    #[tokio::test]
    async fn an_unknown_or_repeated_method_is_refused_in_the_envelope() {
        for query in [
            "_method=",
            "_method",
            "_method=delete",
            "_method=GET",
            "_method=POST",
            "_method=DELETE%20",
            "_method=DELETE&_method=DELETE",
            "_method=DELETE&_method=PUT",
        ] {
            let response = send(Method::POST, &format!("/v1/client?{query}")).await;
            assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED, "{query}");
            assert_eq!(response.headers()["content-type"], "application/json");
            let body: Value = serde_json::from_str(&text(response).await).unwrap();
            assert_eq!(body["errors"][0]["code"], "method_not_allowed", "{query}");
            assert_eq!(body["errors"][0]["meta"]["param_name"], "_method", "{query}");
            assert_eq!(body["clerk_trace_id"], "trace-1");
        }
    }

    #[tokio::test]
    async fn one_trailing_slash_is_forgiven_and_odder_spellings_are_not() {
        assert_eq!(text(send(Method::GET, "/v1/users/user_1/").await).await, "user");
        for address in [
            "/v1/client//",
            "//v1/client",
            "/v1//client/",
            "/v1/./client/",
            "/v1/client%2F",
            "/v2/client/",
        ] {
            assert_eq!(
                send(Method::GET, address).await.status(),
                StatusCode::NOT_FOUND,
                "{address}"
            );
        }
    }

    #[test]
    fn only_plain_paths_below_the_version_lose_their_slash() {
        for (before, after) in [
            ("/v1/me/email_addresses/", Some("/v1/me/email_addresses")),
            ("/v1/client/?a=/", Some("/v1/client?a=/")),
            ("/v1/client/?", Some("/v1/client?")),
            (
                "https://host.example/v1/client/?a=b",
                Some("https://host.example/v1/client?a=b"),
            ),
            ("/v1/client", None),
            ("/v1/", None),
            ("/v1//", None),
            ("/", None),
            ("/v1/client//", None),
            ("/v1//client/", None),
            ("/v1/../client/", None),
            ("/v1/%2E%2e/client/", None),
            ("/v1/a%2fb/", None),
            ("/v1/a%5Cb/", None),
            ("/sign-in/", None),
        ] {
            let changed = without_trailing_slash(&before.parse().unwrap()).map(|uri| uri.to_string());
            assert_eq!(changed.as_deref(), after, "{before}");
        }
    }
}
