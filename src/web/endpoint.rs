//! What a browser is shown at the GraphQL endpoint of a production instance, where `GraphiQL` is not.
//!
//! Invariant: the page tells nothing that the instance does not tell anybody.

use super::{
    asset::{URLS, Urls},
    page::page,
};
use askama::Template;
use axum::{http::StatusCode, response::Response};
use kernel::caller::Instance;

#[derive(Template)]
#[template(path = "endpoint.html")]
struct Endpoint<'a> {
    assets: &'a Urls,
    name: &'a str,
    /// A command that asks the endpoint something.
    command: &'a str,
}

/// The page, with status 404: what a browser looks for here is elsewhere.
#[must_use]
pub fn without_graphiql(instance: &Instance) -> Response {
    let body = r#"{"query": "{ environment { applicationName } }"}"#;
    let command = format!("curl {}/graphql --json '{body}'", instance.origin);
    let endpoint = Endpoint {
        assets: &URLS,
        name: &instance.settings.application_name,
        command: &command,
    };
    page(StatusCode::NOT_FOUND, &endpoint)
}
