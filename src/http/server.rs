//! Binding the address, the layers around all routes, and the graceful stop.

use super::layer::{cors, request_id, security_headers};
use crate::{
    app::App,
    config::http::Http,
    error::Code,
    graphql::{self, transport},
    http::health,
    rest::{self, EffectiveMethodLayer, TraceId},
    web,
};
use anyhow::{Context as _, Result};
use axum::{
    Router,
    body::Body,
    extract::{DefaultBodyLimit, Request},
    http::Response,
};
use axum_server::tls_rustls::RustlsConfig;
use hyper::body::Incoming;
use std::{any::Any, net::SocketAddr, path::PathBuf, time::Duration};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tower::{Layer as _, ServiceBuilder};
use tower_http::{catch_panic::CatchPanicLayer, trace::TraceLayer};

/// How long requests that are under way may take once the server is asked to stop.
const GRACE: Duration = Duration::from_secs(8);
/// How often the TLS files are looked at.
const TLS_RELOAD: Duration = Duration::from_secs(30);

/// The origin of the first instance: as configured, else this machine by the port that is listened on.
#[must_use]
pub fn public_origin(config: &Http, listening: SocketAddr) -> String {
    let scheme = if config.tls_cert.is_some() { "https" } else { "http" };
    config.public_url.as_ref().map_or_else(
        || format!("{scheme}://localhost:{}", listening.port()),
        |url| url.origin().ascii_serialization(),
    )
}

/// Every route, with all that is around them.
///
/// # Errors
/// When the GraphQL endpoint cannot be made.
pub fn router(app: &App, shutdown: CancellationToken) -> Result<Router> {
    let (sniff, frame, referrer, cache, content) = security_headers::layers();
    // The method is undone around the routes, before they are chosen. The layers are around that, because a page must
    // be able to read its refusals, and those of a panic, too.
    let router = Router::new()
        .fallback_service(EffectiveMethodLayer.layer(routes(app, shutdown)?))
        .layer(cors::layer(app.clone()))
        .layer(sniff)
        .layer(frame)
        .layer(referrer)
        .layer(cache)
        .layer(content);
    Ok(router)
}

/// The whole URL map.
fn routes(app: &App, shutdown: CancellationToken) -> Result<Router> {
    let endpoint = graphql::endpoint::GraphqlEndpoint::new(app.clone(), shutdown)?;
    let routes = Router::new()
        .merge(rest::routes())
        .merge(web::inbox::routes())
        .merge(health::routes())
        .merge(graphql::graphiql::routes())
        .route("/graphql", transport::routes(endpoint))
        .fallback(rest::not_found)
        .method_not_allowed_fallback(rest::method_not_allowed)
        .layer(DefaultBodyLimit::max(app.config.http.body_limit_bytes))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(TraceLayer::new_for_http().make_span_with(span))
        .with_state(app.clone());
    Ok(routes)
}

/// Serves until `shutdown`, then lets what is under way finish.
///
/// # Errors
/// When the TLS files cannot be read or the listener fails.
pub async fn serve(app: App, listener: TcpListener, shutdown: CancellationToken) -> Result<()> {
    let service = ServiceBuilder::new()
        .map_request(|mut request: axum::http::Request<Incoming>| {
            // Whoever calls does not choose the name of the request.
            request.headers_mut().remove(request_id::HEADER);
            request.map(Body::new)
        })
        .layer(request_id::layer(app.entropy.clone()))
        .service(router(&app, shutdown.clone())?);
    let service =
        axum::ServiceExt::<axum::http::Request<Incoming>>::into_make_service_with_connect_info::<SocketAddr>(service);
    let handle = axum_server::Handle::new();
    let stopping = (handle.clone(), shutdown.clone());
    tokio::spawn(async move {
        stopping.1.cancelled().await;
        stopping.0.graceful_shutdown(Some(GRACE));
    });
    let listener = listener.into_std()?;
    match (app.config.http.tls_cert.clone(), app.config.http.tls_key.clone()) {
        (Some(certificate), Some(key)) => {
            let tls = RustlsConfig::from_pem_file(&certificate, &key)
                .await
                .context("the TLS files cannot be read")?;
            tokio::spawn(reload(tls.clone(), certificate, key, shutdown));
            axum_server::from_tcp_rustls(listener, tls)?
                .handle(handle)
                .serve(service)
                .await?;
        }
        _ => axum_server::from_tcp(listener)?.handle(handle).serve(service).await?,
    }
    Ok(())
}

/// Reads the TLS files again whenever they have changed.
async fn reload(tls: RustlsConfig, certificate: PathBuf, key: PathBuf, shutdown: CancellationToken) {
    let changed = |path: &PathBuf| std::fs::metadata(path).and_then(|metadata| metadata.modified()).ok();
    let mut seen = (changed(&certificate), changed(&key));
    let mut interval = tokio::time::interval(TLS_RELOAD);
    loop {
        tokio::select! {
            () = shutdown.cancelled() => return,
            _ = interval.tick() => {}
        }
        let now = (changed(&certificate), changed(&key));
        if now != seen {
            match tls.reload_from_pem_file(&certificate, &key).await {
                Ok(()) => tracing::info!("the TLS files were read again"),
                Err(error) => tracing::error!(%error, "the TLS files changed but cannot be read; the old ones stay"),
            }
            seen = now;
        }
    }
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
    rest::render(&Code::InternalError.into(), "")
}
