//! Which session a request acts in, and who holds a session token.

use crate::{
    app::{App, TokenKey, VerifiedToken},
    client, signing_key,
};
use domain::{
    permission::{ActingSession, Actor},
    session::Session,
};
use entity::id::{ClientId, SessionId};
use kernel::{
    caller::{Caller, Instance},
    crypto::{digest::token_fingerprint, jwt::verify_session_token},
    error::{Code, Result},
};
use std::sync::Arc;
use store::{cache::Freshness, client::StoredClient};

/// Who holds a session token. The signature says who it was made for; whether the session is alive is asked when it acts.
/// A token that was found good is not verified again while it lives, unless its instance or its keys have changed.
///
/// # Errors
/// `authentication_invalid` when the token is not one of this instance's or has expired.
pub async fn authenticate_token(app: &App, instance: &Instance, token: &str) -> Result<Actor> {
    let (tokens, now) = (&app.caches().tokens, app.now());
    let key = TokenKey {
        instance_id: instance.id,
        fingerprint: token_fingerprint(token),
    };
    let version = tokens.version(&key);
    let known = tokens.recall(&key, now).filter(|known| {
        known.issuer == instance.issuer() && (known.verified_at..known.acting.token_expires_at).contains(&now)
    });
    if let Some(known) = known {
        return Ok(Actor::SessionToken(known.acting.clone()));
    }
    let keys = signing_key::key_set(app, &instance.id).await?;
    let claims = verify_session_token(token, |kid| keys.verifier(kid), instance.issuer(), now)
        .map_err(|_| Code::AuthenticationInvalid)?;
    let acting = ActingSession {
        session_id: claims.sid,
        user_id: claims.sub,
        token_expires_at: claims.exp.saturating_mul(1_000),
    };
    let verified = VerifiedToken {
        issuer: instance.issuer().to_owned(),
        verified_at: now,
        acting: acting.clone(),
    };
    tokens.remember(&key, version, now, verified);
    Ok(Actor::SessionToken(acting))
}

/// The active session that the caller acts in: the one a token was made for; else the one that the request names, which
/// never falls back to another; else the client's last active one.
///
/// # Errors
/// `authentication_invalid` when there is none.
pub async fn acting(app: &App, caller: &Caller) -> Result<Session> {
    let session = match &caller.actor {
        Actor::SessionToken(acting) => match client_of(app, caller, &acting.session_id).await? {
            Some(client) => active_session(app, caller, &client, &acting.session_id)
                .await?
                .filter(|session| session.user_id == acting.user_id),
            None => None,
        },
        Actor::Client { client_id } => of_client(app, caller, client_id).await?,
        Actor::Anonymous | Actor::SecretKey { .. } => None,
    };
    session.ok_or_else(|| Code::AuthenticationInvalid.into())
}

/// An active session of a client: by what is remembered, and if that knows none, by what is stored.
pub(super) async fn active_session(
    app: &App,
    caller: &Caller,
    client_id: &ClientId,
    id: &SessionId,
) -> Result<Option<Session>> {
    let active = |client: &Arc<StoredClient>| {
        let sessions = client.sessions.iter();
        // Whose token was rotated away since acts for nobody any more.
        let mut sessions = sessions.filter(|_| client::holds(caller, &client.row));
        let session = sessions.find(|session| session.id == *id);
        session.filter(|session| session.is_active(app.now())).cloned()
    };
    Ok(app.clients(&caller.instance.id).admit(client_id, active).await?)
}

/// The client that a session lives on.
async fn client_of(app: &App, caller: &Caller, id: &SessionId) -> Result<Option<ClientId>> {
    if let Some(client) = app.caches().rows.client_of(id) {
        return Ok(Some(client));
    }
    let Some(session) = Box::pin(store::session::find(app.reader(&caller.instance.id), id)).await? else {
        return Ok(None);
    };
    app.caches().rows.remember_client_of(id, &session.client_id);
    Ok(Some(session.client_id))
}

/// The active session that a client's request is about.
async fn of_client(app: &App, caller: &Caller, client_id: &ClientId) -> Result<Option<Session>> {
    if let Some(named) = &caller.request.session_id {
        return active_session(app, caller, client_id, named).await;
    }
    let remembered = if let Some(admitted) = &caller.client {
        admitted.last_active_session_id
    } else {
        let stored = client::held(app, caller, client_id, Freshness::Remembered).await?;
        stored.and_then(|stored| stored.row.last_active_session_id)
    };
    if let Some(id) = &remembered
        && let Some(session) = active_session(app, caller, client_id, id).await?
    {
        return Ok(Some(session));
    }
    // Another node may have let another session act a moment ago.
    let Some(present) = client::held(app, caller, client_id, Freshness::Present).await? else {
        return Ok(None);
    };
    let acting = present.row.last_active_session_id.as_ref();
    let session = present.sessions.iter().find(|session| Some(&session.id) == acting);
    Ok(session.filter(|session| session.is_active(app.now())).cloned())
}
