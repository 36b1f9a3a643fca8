//! `/livez` and `/readyz`, for whoever watches the process. They need no authentication and tell nothing else.

use crate::{app::App, store::connect};
use axum::{Router, extract::State, http::StatusCode, routing::get};

/// The routes.
pub fn routes() -> Router<App> {
    live().route("/readyz", get(ready))
}

/// `/livez` alone: whether the process answers, which needs nothing of it.
pub fn live<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new().route("/livez", get(async || StatusCode::OK))
}

/// Whether the database is reachable and its schema current.
async fn ready(State(app): State<App>) -> StatusCode {
    match connect::is_current(&app.database).await {
        Ok(true) => StatusCode::OK,
        Ok(false) => StatusCode::SERVICE_UNAVAILABLE,
        Err(error) => {
            tracing::error!(%error, "the database cannot be reached");
            StatusCode::SERVICE_UNAVAILABLE
        }
    }
}
