//! `/v1/health`: whether the Frontend API can answer, which it cannot without its database.
//!
//! Invariant: says nothing about why not; the cause goes to the log.

use axum::{extract::State, http::StatusCode, response::Response};
use serde_json::json;
use service::app::App;
use web_kit::refusal::json_response;

/// `GET /v1/health`.
pub(super) async fn read(State(app): State<App>) -> Response {
    match app.pool().ping().await {
        Ok(()) => json_response(StatusCode::OK, &json!({ "status": "healthy" })),
        Err(error) => {
            tracing::error!(error.cause = %error, "the database does not answer");
            let body = json!({ "status": "unhealthy", "message": "The database does not answer." });
            json_response(StatusCode::SERVICE_UNAVAILABLE, &body)
        }
    }
}
