//! `/.well-known/*`: the documents by which others verify tokens of an instance, chosen by the request's host.
//!
//! Invariant: public, cacheable, and told by configuration alone; no header of a request gets into a document.

use crate::answer::{Answer, Refused};
use axum::{
    extract::State,
    http::{HeaderValue, StatusCode, header, request::Parts},
};
use kernel::caller::Instance;
use serde_json::{Value, json};
use service::{app::App, signing_key};
use web_kit::host::instance_of;
use web_kit::refusal::json_response;

/// Short, so that a new signing key is known everywhere soon after it begins to sign.
const CACHE_CONTROL: HeaderValue = HeaderValue::from_static("public, max-age=60");
const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// `GET /.well-known/jwks.json` (RFC 7517).
pub(crate) async fn jwks(State(app): State<App>, parts: Parts) -> Result<Answer, Refused> {
    let instance = instance_of(&app, &parts).await?;
    let keys = signing_key::key_set(&app, &instance.id).await?;
    let headers = [(header::CONTENT_TYPE, JSON), (header::CACHE_CONTROL, CACHE_CONTROL)];
    Ok(Answer::new((headers, keys.jwks.clone())))
}

/// `GET /.well-known/openid-configuration` (`OpenID` Connect Discovery 1.0 section 3).
pub(crate) async fn openid_configuration(State(app): State<App>, parts: Parts) -> Result<Answer, Refused> {
    let instance = instance_of(&app, &parts).await?;
    let mut response = json_response(StatusCode::OK, &configuration(&instance));
    response.headers_mut().insert(header::CACHE_CONTROL, CACHE_CONTROL);
    Ok(Answer::new(response))
}

/// What verifies session tokens. Readers of this document demand every member, so what there is none of is empty.
fn configuration(instance: &Instance) -> Value {
    let none: [&str; 0] = [];
    json!({
        "issuer": instance.issuer(),
        "jwks_uri": format!("{}/.well-known/jwks.json", instance.origin),
        "authorization_endpoint": "",
        "token_endpoint": "",
        "revocation_endpoint": "",
        "introspection_endpoint": "",
        "userinfo_endpoint": "",
        "scopes_supported": none,
        "response_types_supported": none,
        "response_modes_supported": none,
        "grant_types_supported": none,
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "token_endpoint_auth_methods_supported": none,
        "claims_supported": ["azp", "exp", "iat", "iss", "nbf", "sid", "sub"],
        "code_challenge_methods_supported": none,
        "backchannel_logout_supported": false,
        "frontchannel_logout_supported": false,
    })
}
