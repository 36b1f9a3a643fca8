//! The URL map, the layers around all routes, binding the address, and the graceful stop.

pub mod connection;
pub mod health;
mod refusal;

use anyhow::Result;
use axum::{
    Router,
    body::Body,
    extract::{DefaultBodyLimit, Request},
    http::Response,
    middleware::{from_fn, from_fn_with_state},
};
use connection::{Doors, SlowBody, WatchBodyLayer, tls::Tls};
use kernel::{
    config::http::Http,
    error::{Code, Error},
};
use refusal::{GRAPHQL, refused};
use rest::EffectiveMethodLayer;
use service::app::App;
use std::{any::Any, net::SocketAddr};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tower::ServiceBuilder;
use tower_http::{catch_panic::CatchPanicLayer, trace::TraceLayer};
use web_kit::{
    layer::{cors, host, request_id, security_headers},
    refusal::{TraceId, render},
};

/// After how many seconds whoever found no place may come again.
const RETRY_SECONDS: u64 = 10;

/// The origin of the first instance: as configured, else this machine by the port that is listened on.
#[must_use]
pub fn public_origin(config: &Http, listening: SocketAddr) -> String {
    config.public_url.as_ref().map_or_else(
        || format!("{}://localhost:{}", scheme(config), listening.port()),
        |url| url.origin().ascii_serialization(),
    )
}

/// How this server is spoken to: by https if it has a certificate.
#[must_use]
pub const fn scheme(config: &Http) -> &'static str {
    if config.tls_cert.is_some() { "https" } else { "http" }
}

/// Every route, with all that is around them.
///
/// # Errors
/// When the GraphQL endpoint cannot be made.
pub fn router(app: &App, shutdown: CancellationToken) -> Result<Router> {
    Ok(around(app, routes(app, shutdown)?))
}

/// What is answered when there is no place for a connection: that the process lives, and to anything else to come later.
fn reserve(app: &App) -> Router {
    let routes = health::live::<()>().fallback(async |request: Request| {
        let (parts, _) = request.into_parts();
        refused(
            &parts,
            &Error::from(Code::ServiceUnavailable).retry_after(RETRY_SECONDS),
        )
    });
    around(app, routes)
}

fn around(app: &App, routes: Router) -> Router {
    let slow_body = SlowBody::new(&app.config().http.connection, |parts| {
        refused(parts, &Code::RequestTimeout.into())
    });
    let gate = host::Gate {
        app: app.clone(),
        refuse: refused,
    };
    // In the order in which a request passes them. The method is undone around the routes, before they are chosen. The
    // layers are around that, because a page must be able to read its refusals, and those of a panic or of a body that
    // does not come, too. They are one layer to the router, which would copy all that is below each of its own for every
    // request.
    let layers = ServiceBuilder::new()
        // Whoever calls does not choose the name of the request.
        .map_request(|mut request: Request| {
            request.headers_mut().remove(request_id::HEADER);
            request
        })
        .layer(request_id::layer(app.entropy().clone()))
        .layer(security_headers::layers())
        .layer(from_fn_with_state(gate, host::admit))
        .layer(from_fn(cors::bound))
        .layer(cors::layer(app.clone()))
        .layer(WatchBodyLayer(slow_body))
        .layer(EffectiveMethodLayer);
    Router::new().fallback_service(layers.service(routes))
}

/// The whole URL map.
fn routes(app: &App, shutdown: CancellationToken) -> Result<Router> {
    let endpoint = graphql::endpoint::GraphqlEndpoint::new(app.clone(), web::without_graphiql, shutdown)?;
    let routes = Router::new()
        .merge(rest::routes())
        .merge(web::routes())
        .merge(health::routes())
        .merge(graphql::graphiql::routes())
        .route(GRAPHQL, graphql_transport::routes(endpoint))
        .fallback(rest::not_found)
        .method_not_allowed_fallback(rest::method_not_allowed)
        .layer(
            ServiceBuilder::new()
                .layer(TraceLayer::new_for_http().make_span_with(span))
                .layer(CatchPanicLayer::custom(panicked))
                .layer(DefaultBodyLimit::max(app.config().http.body_limit_bytes)),
        )
        .with_state(app.clone());
    Ok(routes)
}

/// The certificate and the key that https is served with, if any are configured.
///
/// # Errors
/// When they cannot be read or do not belong together.
pub async fn load_tls(config: &Http) -> Result<Option<Tls>> {
    match (config.tls_cert.clone(), config.tls_key.clone()) {
        (Some(certificate), Some(key)) => Ok(Some(Tls::load(certificate, key).await?)),
        _ => Ok(None),
    }
}

/// Serves until `shutdown`, then lets what is under way finish.
///
/// # Errors
/// When the GraphQL endpoint cannot be made.
pub async fn serve(app: App, listener: TcpListener, tls: Option<Tls>, shutdown: CancellationToken) -> Result<()> {
    let config = &app.config().http;
    if let Some(tls) = tls.clone() {
        tokio::spawn(tls.follow(shutdown.clone()));
    }
    let doors = Doors {
        main: router(&app, shutdown.clone())?,
        reserve: reserve(&app),
        tls,
        database_connections: app.config().database.max_connections,
    };
    connection::serve(listener, doors, config, shutdown).await;
    Ok(())
}

/// The span of a request. The query is left out: it carries tokens.
fn span(request: &Request) -> tracing::Span {
    tracing::info_span!(
        "request",
        trace.id = TraceId::of(request.extensions()).0,
        http.method = %request.method(),
        url.path = request.uri().path(),
    )
}

#[expect(clippy::needless_pass_by_value, reason = "the layer hands the panic over")]
fn panicked(panic: Box<dyn Any + Send + 'static>) -> Response<Body> {
    let cause = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("unknown");
    tracing::error!(panic = cause, "a handler panicked");
    render(&Code::InternalError.into(), "")
}
