//! Whether a caller who was let in some time ago would still be let in: what long-lived connections ask again and again.

use crate::{app::App, authorise, client, instance, session};
use domain::permission::{Action, Actor};
use entity::{id::ClientId, kind::ClientStatus};
use kernel::{
    caller::Caller,
    error::{Code, Error, Result},
};
use std::sync::Arc;
use store::cache::Freshness;

/// The client whose things the caller may follow.
///
/// # Errors
/// `authentication_invalid` for somebody unknown, `authorization_invalid` for callers that are no browsers or devices.
pub fn followed(caller: &Caller) -> Result<ClientId> {
    authorise(caller, Action::Subscribe)?;
    let client = caller.actor.client_id().copied();
    client.ok_or_else(|| Code::AuthorizationInvalid.into())
}

/// Whether the caller is somebody of whom something was proven: a client without a session anybody can be, as often as they like.
///
/// # Errors
/// When the client cannot be read.
pub async fn is_proven(app: &App, caller: &Caller) -> Result<bool> {
    let Actor::Client { client_id } = &caller.actor else {
        return Ok(caller.actor != Actor::Anonymous);
    };
    let held = client::held(app, caller, client_id, Freshness::Remembered).await?;
    let mut sessions = held.iter().flat_map(|stored| &stored.sessions);
    Ok(sessions.any(|session| session.is_active(app.now())))
}

/// What comes of asking to be let in again.
#[derive(Debug)]
pub enum Readmission {
    /// Who the caller is now.
    Granted(Arc<Caller>),
    /// Why it is not let in: it does not stand well.
    Refused(Standing),
}

/// The caller as it would be let in now, or how it stands where it would not.
///
/// # Errors
/// When that cannot be read.
pub async fn readmission(app: &App, caller: &Arc<Caller>) -> Result<Readmission> {
    let standing = standing(app, caller).await?;
    if standing != Standing::Good {
        return Ok(Readmission::Refused(standing));
    }
    let instance = instance::by_id(app, &caller.instance.id)
        .await?
        .ok_or_else(|| Error::from(Code::HostInvalid))?;
    Ok(Readmission::Granted(if Arc::ptr_eq(&instance, &caller.instance) {
        Arc::clone(caller)
    } else {
        Arc::new(Caller {
            instance,
            ..Caller::clone(caller)
        })
    }))
}

/// How a caller stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// As when it was let in.
    Good,
    /// Its client was deleted, or its secret key revoked.
    Unknown,
    /// Its client has been given a new token since, or another client took its place, and whoever has the new token may come back.
    TokenReplaced,
    /// The session that it was let in with has ended, or its token has expired.
    SessionOver,
    /// Pages of the origin that it came from may not act on the instance any more.
    OriginRefused,
}

/// How the caller stands now.
///
/// # Errors
/// When it cannot be read.
pub async fn standing(app: &App, caller: &Caller) -> Result<Standing> {
    if !is_of_admitted_page(app, caller).await? {
        return Ok(Standing::OriginRefused);
    }
    if is_known_to_stand(app, caller) {
        return Ok(Standing::Good);
    }
    // Boxed: those who follow something ask each time that it changes, and stand as before nearly always.
    Box::pin(judged(app, caller)).await
}

/// Whether the caller came from no page, or from one of an origin that the present settings still admit.
async fn is_of_admitted_page(app: &App, caller: &Caller) -> Result<bool> {
    let Some(origin) = &caller.request.origin else {
        return Ok(true);
    };
    // Boxed as the rest of what waits for the database.
    let present = Box::pin(instance::by_id(app, &caller.instance.id)).await?;
    Ok(present.is_none_or(|present| Arc::ptr_eq(&present, &caller.instance) || present.admits_page(origin)))
}

/// Whether what is remembered says already that the caller stands as when it was let in. It may say yes, never no.
fn is_known_to_stand(app: &App, caller: &Caller) -> bool {
    match &caller.actor {
        Actor::Client { client_id } if caller.request.session_id.is_none() => {
            let known = app.clients(&caller.instance.id).recall(client_id);
            known.is_some_and(|stored| client::holds_as_before(caller, &stored.row))
        }
        Actor::Anonymous | Actor::Client { .. } | Actor::SessionToken(_) | Actor::SecretKey { .. } => false,
    }
}

async fn judged(app: &App, caller: &Caller) -> Result<Standing> {
    match &caller.actor {
        Actor::Anonymous => Ok(Standing::Good),
        Actor::Client { client_id } => of_client(app, caller, client_id).await,
        Actor::SessionToken(acting) if app.now() >= acting.token_expires_at => Ok(Standing::SessionOver),
        Actor::SessionToken(_) => of_session(app, caller).await,
        Actor::SecretKey { secret_key_id } => {
            let keys = store::instance::list_secret_keys(app.reader(&caller.instance.id)).await?;
            let is_valid = keys
                .iter()
                .any(|key| key.id == *secret_key_id && key.revoked_at.is_none());
            Ok(if is_valid { Standing::Good } else { Standing::Unknown })
        }
    }
}

async fn of_client(app: &App, caller: &Caller, id: &ClientId) -> Result<Standing> {
    match client::held(app, caller, id, Freshness::Remembered).await? {
        Some(stored) if !client::holds_as_before(caller, &stored.row) => Ok(Standing::TokenReplaced),
        Some(_) if caller.request.session_id.is_none() => Ok(Standing::Good),
        Some(_) => of_session(app, caller).await,
        None => {
            let clients = app.clients(&caller.instance.id);
            let is_there = clients.find(id, Freshness::Remembered).await?.is_some();
            Ok(if is_there || was_replaced(app, caller, id).await? {
                Standing::TokenReplaced
            } else {
                Standing::Unknown
            })
        }
    }
}

async fn was_replaced(app: &App, caller: &Caller, id: &ClientId) -> Result<bool> {
    let row = app
        .reader(&caller.instance.id)
        .find::<entity::client::Entity>(id)
        .await?;
    Ok(row.is_some_and(|row| row.status == ClientStatus::Replaced))
}

async fn of_session(app: &App, caller: &Caller) -> Result<Standing> {
    match session::acting(app, caller).await {
        Ok(_) => Ok(Standing::Good),
        Err(error) if error.code() == Code::AuthenticationInvalid => Ok(Standing::SessionOver),
        Err(error) => Err(error),
    }
}
