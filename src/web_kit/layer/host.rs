//! Refuses requests that are addressed to a host which nobody has configured, whatever their path, and has browsers come
//! back by https where the host is reached so.
//!
//! Invariant: besides the two health checks, which balancers ask by address, every route is behind this.

use super::{key_path, strict_transport};
use crate::{caller, host::find_instance, refusal::Refuse};
use axum::{
    extract::{Request, State},
    http::{header::STRICT_TRANSPORT_SECURITY, request::Parts},
    middleware::Next,
    response::Response,
};
use kernel::error::{Code, Result};
use service::{app::App, instance};

/// Paths that answer to every host: they tell whether the process is well, and nothing else.
const HEALTH: [&str; 2] = ["/livez", "/readyz"];

/// What the layer needs.
#[derive(Clone, Debug)]
pub struct Gate {
    /// The instances.
    pub app: App,
    /// How a face says no.
    pub refuse: Refuse,
}

/// The layer's function, for `axum::middleware::from_fn_with_state`.
pub async fn admit(State(gate): State<Gate>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    // Before anybody looks at the path.
    let key = key_path::without_key(&parts.uri).map(|(uri, segment)| {
        parts.uri = uri;
        segment
    });
    // Before the check, since it notes what the request is addressed to.
    let is_secure = strict_transport::applies(&gate.app, &mut parts).await;
    let mut answer = match check(&gate.app, &mut parts, key.as_deref()).await {
        Ok(()) => next.run(Request::from_parts(parts, body)).await,
        Err(error) => (gate.refuse)(&parts, &error),
    };
    if is_secure {
        answer
            .headers_mut()
            .insert(STRICT_TRANSPORT_SECURITY, strict_transport::POLICY);
    }
    answer
}

/// `key` is the segment of a publishable key that the path began with: it must be that of the instance.
async fn check(app: &App, parts: &mut Parts, key: Option<&str>) -> Result<()> {
    let Some(key) = key else {
        // A secret key names its instance by itself, and no page of a stranger has one.
        if HEALTH.contains(&parts.uri.path()) || caller::shows_secret_key(&parts.headers) {
            return Ok(());
        }
        return find_instance(app, parts).await.map(drop);
    };
    let instance = find_instance(app, parts).await?;
    if instance::key_segment(&instance).as_deref() == Some(key) {
        Ok(())
    } else {
        Err(Code::ResourceNotFound.into())
    }
}
