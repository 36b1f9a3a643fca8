//! `GET /`: what to do next, for a person at a browser with a development instance. Nobody else is answered here.
//!
//! Invariant: the page tells nothing that is secret, and everybody who is not shown it is told that nothing is here.

use super::{
    asset::{URLS, Urls},
    page::page,
};
use askama::Template;
use axum::{
    Router,
    extract::State,
    http::{HeaderValue, Method, StatusCode, header, request::Parts},
    response::Response,
    routing::any,
};
use kernel::{caller::Instance, error::Code};
use service::app::App;
use web_kit::{
    accept::{Accept, Format},
    host::instance_of,
    refusal::refused,
};

/// The route of this page.
pub(super) fn routes() -> Router<App> {
    Router::new().route("/", any(show))
}

#[derive(Template)]
#[template(path = "start.html")]
struct Start<'a> {
    assets: &'a Urls,
    name: &'a str,
    publishable_key: &'a str,
    origin: &'a str,
    /// Where the application was last seen.
    application: Option<&'a str>,
}

async fn show(State(app): State<App>, parts: Parts) -> Response {
    let instance = match instance_of(&app, &parts).await {
        Ok(instance) => instance,
        Err(error) => return refused(&parts, &error),
    };
    let is_read = matches!(parts.method, Method::GET | Method::HEAD);
    if !is_read || !instance.is_development() {
        return refused(&parts, &Code::ResourceNotFound.into());
    }
    let is_browser = Accept::of(&parts.headers).best(&[Format::Json, Format::Html]) == Some(Format::Html);
    let mut answer = if is_browser {
        page(StatusCode::OK, &start(&instance))
    } else {
        refused(&parts, &Code::ResourceNotFound.into())
    };
    answer
        .headers_mut()
        .append(header::VARY, HeaderValue::from_static("accept"));
    answer
}

fn start(instance: &Instance) -> Start<'_> {
    Start {
        assets: &URLS,
        name: &instance.settings.application_name,
        publishable_key: &instance.publishable_key,
        origin: &instance.origin,
        application: instance.remembered_application(),
    }
}
