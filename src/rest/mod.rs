//! The REST face: wire forms in and out, never a decision.
//!
//! Lives here: reading bodies, rendering errors, and the spelling of methods and paths that SDKs use. Invariant: every
//! answer with a JSON body carries exactly `Content-Type: application/json`, since SDKs compare that header as a string.

pub mod body;
pub mod effective_method;
mod frontend;
mod health;
mod npm;
pub mod view;
mod well_known;

pub use body::{Fields, Presence, Reader};
pub use effective_method::EffectiveMethodLayer;
pub use web_kit::refusal::{RestError, TraceId, json_response, render};

use axum::{Router, routing::get};
use kernel::error::Code;
use service::app::App;

/// The routes of this face: `/v1/*`, `/.well-known/*` and the scripts of SDKs. What is not there is refused in the error envelope too.
pub fn routes() -> Router<App> {
    let v1 = frontend::routes()
        .route("/health", get(health::read))
        .method_not_allowed_fallback(method_not_allowed)
        .fallback(not_found);
    let well_known = well_known::routes()
        .method_not_allowed_fallback(method_not_allowed)
        .fallback(not_found);
    Router::new()
        .nest("/v1", v1)
        .nest("/.well-known", well_known)
        .merge(npm::routes())
}

/// What every path that does not exist answers.
pub async fn not_found(trace: TraceId) -> RestError {
    trace.refuse(Code::ResourceNotFound)
}

/// What every path answers to a method that it does not have.
pub async fn method_not_allowed(trace: TraceId) -> RestError {
    trace.refuse(Code::MethodNotAllowed)
}
