//! `/livez` and `/readyz`, for whoever watches the process. They need no authentication and tell nothing else.

use axum::{Router, extract::State, http::StatusCode, routing::get};
use service::app::App;
use store::readiness;

/// The routes.
pub fn routes() -> Router<App> {
    live().route("/readyz", get(ready))
}

/// `/livez` alone: whether the process answers, which needs nothing of it.
pub fn live<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new().route("/livez", get(async || StatusCode::OK))
}

/// Whether the database is reached, its schema current, and what is written to it kept.
async fn ready(State(app): State<App>) -> StatusCode {
    match readiness::is_ready(app.pool(), app.entropy()).await {
        true => StatusCode::OK,
        false => StatusCode::SERVICE_UNAVAILABLE,
    }
}
