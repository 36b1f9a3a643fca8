//! `/v1/health`: whether the Frontend API can answer, which it cannot without its database.
//!
//! Invariant: says nothing about why not; the cause goes to the log.

use crate::answer::Answer;
use axum::{extract::State, http::StatusCode};
use serde_json::json;
use service::app::App;
use web_kit::refusal::json_response;

/// `GET /v1/health`.
pub(crate) async fn read(State(app): State<App>) -> Answer {
    match app.pool().ping().await {
        Ok(()) => Answer::bare(&json!({ "status": "healthy" })),
        Err(error) => {
            tracing::error!(error.cause = %error, "the database does not answer");
            let body = json!({ "status": "unhealthy", "message": "The database does not answer." });
            Answer::new(json_response(StatusCode::SERVICE_UNAVAILABLE, &body))
        }
    }
}
