//! Cross-origin reads: only by origins that the instance allows, with credentials, and with the headers that SDKs read.

use crate::{
    app::App,
    http::{
        host::instance_of,
        origin::{Origin, is_allowed},
    },
};
use axum::http::{HeaderName, Method, header, request::Parts};
use std::time::Duration;
use tower_http::cors::{AllowOrigin, CorsLayer};

/// The layer. It also answers preflight requests, and covers errors, since SDKs cannot read an error without it.
pub fn layer(app: App) -> CorsLayer {
    let allowed = AllowOrigin::async_predicate(move |_, parts: &Parts| {
        let (app, parts) = (app.clone(), parts.clone());
        async move {
            let Some(origin) = Origin::of(&parts.headers).text() else {
                return false;
            };
            instance_of(&app, &parts)
                .await
                .is_ok_and(|instance| is_allowed(&instance, origin))
        }
    });
    let header = HeaderName::from_static;
    CorsLayer::new()
        .allow_origin(allowed)
        .allow_credentials(true)
        .allow_methods([Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE])
        .allow_headers([
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
            header::ACCEPT,
            header("clerk-api-version"),
            header("x-mobile"),
            header("vestibule-native"),
            header("vestibule-session"),
        ])
        .expose_headers([
            header::AUTHORIZATION,
            header::RETRY_AFTER,
            header("clerk-db-jwt"),
            header("clerk-cookie"),
            header("clerk-trace-id"),
            header("x-country"),
        ])
        .max_age(Duration::from_mins(10))
}
