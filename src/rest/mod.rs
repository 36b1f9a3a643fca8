//! The REST face: wire forms in and out, never a decision.
//!
//! Lives here: reading bodies, rendering errors, and the spelling of methods and paths that SDKs use. Invariant: every
//! answer with a JSON body carries exactly `Content-Type: application/json`, since SDKs compare that header as a string.

mod answer;
pub mod body;
pub mod effective_method;
mod frontend;
mod health;
mod npm;
pub mod route;
pub mod view;
mod well_known;

pub use body::{Fields, Presence, Reader};
pub use effective_method::EffectiveMethodLayer;
pub use web_kit::refusal::{RestError, TraceId, json_response, render};

use axum::Router;
use kernel::error::Code;
use service::app::App;

/// The routes of this face, which are those of [`route::ROUTES`]. A method that a path does not have is refused in the error
/// envelope too.
pub fn routes() -> Router<App> {
    route::router().method_not_allowed_fallback(method_not_allowed)
}

/// What every path that does not exist answers.
pub async fn not_found(trace: TraceId) -> RestError {
    trace.refuse(Code::ResourceNotFound)
}

/// What every path answers to a method that it does not have.
pub async fn method_not_allowed(trace: TraceId) -> RestError {
    trace.refuse(Code::MethodNotAllowed)
}
