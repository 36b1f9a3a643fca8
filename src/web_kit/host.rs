//! Which hosts this server answers to, and for which instance.
//!
//! A browser lets every page talk to the host that the page came from, and takes the word of that host's name server for
//! where it is. A stranger's name that is turned to this machine (DNS rebinding) is told apart by its text alone.
//! Invariant: nothing is answered by a name that nobody has configured, but to those who hold a secret key.

use axum::http::{header, request::Parts};
use kernel::{
    caller::Instance,
    config::authority::Authority,
    error::{Code, Error, Problem, Result},
};
use service::{app::App, instance};
use std::sync::Arc;

/// The instance that a request without a secret key is for: the one whose host it names. Where there is only one, it also
/// answers to the names of this machine and to those that are configured.
///
/// # Errors
/// `host_invalid`.
pub async fn instance_of(app: &App, parts: &Parts) -> Result<Arc<Instance>> {
    if let Some(known) = parts.extensions.get::<Arc<Instance>>() {
        return Ok(Arc::clone(known));
    }
    let read;
    let named = if let Some(known) = parts.extensions.get::<Authority>() {
        known
    } else {
        read = addressed(parts).ok_or(Code::HostInvalid)?;
        &read
    };
    if let Some(found) = instance::by_host(app, named).await? {
        return Ok(found);
    }
    let directory = instance::all(app).await?;
    let is_known = || {
        let allowed = &app.config().http.allowed_hosts;
        named.is_loopback() || allowed.iter().any(|allowed| named.is_allowed_by(allowed))
    };
    match directory.instances.as_slice() {
        [only] if is_known() => Ok(Arc::clone(only)),
        [_] => Err(Error::from(Problem::new(Code::HostInvalid).saying(
            "No instance answers to this host. Whoever runs the server can name it among the allowed hosts.",
        ))),
        _ => Err(Code::HostInvalid.into()),
    }
}

/// The same, which everybody after this has from the request instead of looking again.
///
/// # Errors
/// `host_invalid`.
pub async fn find_instance(app: &App, parts: &mut Parts) -> Result<Arc<Instance>> {
    let instance = instance_of(app, parts).await?;
    parts.extensions.insert(Arc::clone(&instance));
    Ok(instance)
}

/// What a request is addressed to, which everybody after this has from the request instead of reading it again.
pub fn note_authority(parts: &mut Parts) -> Option<&Authority> {
    let named = addressed(parts)?;
    parts.extensions.insert(named);
    parts.extensions.get()
}

/// What a request is addressed to: its target's authority, else its one `Host` (RFC 9112 section 3.2). Nothing where
/// there is none, where there are several, and where it is no host.
fn addressed(parts: &Parts) -> Option<Authority> {
    let mut hosts = parts.headers.get_all(header::HOST).iter();
    let (host, another) = (hosts.next(), hosts.next());
    if another.is_some() {
        return None;
    }
    match parts.uri.authority() {
        Some(authority) => Authority::parse(authority.as_str()),
        None => Authority::parse(host?.to_str().ok()?),
    }
}
