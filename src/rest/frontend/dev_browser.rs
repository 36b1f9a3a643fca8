//! `/v1/dev_browser`: a new development browser, for SDKs that cannot use cookies while an application is built.
//!
//! Invariant: an old token in the query never stands in the way of a new one.

use super::parameter;
use crate::{
    answer::{Answer, Refused},
    body::Fields,
};
use axum::{
    extract::{FromRequestParts, State},
    http::{Uri, request::Parts, uri::PathAndQuery},
};
use serde_json::json;
use service::{app::App, client};
use web_kit::{
    caller,
    refusal::{RestError, TraceId},
};

/// The caller without its development browser, which it is about to replace.
pub(crate) struct Newcomer(kernel::caller::Caller);

impl FromRequestParts<App> for Newcomer {
    type Rejection = RestError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, RestError> {
        let trace = TraceId::of(&parts.extensions);
        let mut parts = parts.clone();
        parts.uri = without_token(&parts.uri);
        caller::caller(app, &parts)
            .await
            .map(Self)
            .map_err(|error| trace.refuse(error))
    }
}

/// `POST /v1/dev_browser`. Generations of SDKs read the token from different fields; all want status 200.
pub(crate) async fn create(
    State(app): State<App>,
    Newcomer(caller): Newcomer,
    fields: Fields,
) -> Result<Answer, Refused> {
    parameter::none(&caller, fields)?;
    let (_, token) = client::create_dev_browser(&app, &caller).await?;
    let body = json!({ "object": "dev_browser", "id": token, "token": token });
    Ok(Answer::bare(&body))
}

fn without_token(uri: &Uri) -> Uri {
    let kept = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes())
        .filter(|(name, _)| !matches!(&**name, "__clerk_db_jwt" | "__dev_session"));
    let query = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(kept)
        .finish();
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = PathAndQuery::try_from(format!("{}?{query}", uri.path())).ok();
    Uri::from_parts(parts).unwrap_or_else(|_| uri.clone())
}

#[cfg(test)]
mod tests {
    use super::without_token;

    #[test]
    fn both_spellings_of_the_token_go_and_the_rest_stays() {
        for (given, kept) in [
            ("/v1/dev_browser?__clerk_db_jwt=a.b", "/v1/dev_browser?"),
            (
                "/v1/dev_browser?_clerk_js_version=5&__dev_session=x&a=b%20c",
                "/v1/dev_browser?_clerk_js_version=5&a=b+c",
            ),
            (
                "http://localhost:4000/v1/dev_browser?__clerk_db_jwt=a",
                "http://localhost:4000/v1/dev_browser?",
            ),
            ("/v1/dev_browser", "/v1/dev_browser?"),
        ] {
            assert_eq!(without_token(&given.parse().unwrap()).to_string(), kept, "{given}");
        }
    }
}
