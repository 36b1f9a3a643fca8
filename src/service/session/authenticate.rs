//! Which session a request acts in, and who holds a session token.

use crate::{
    app::App,
    caller::{Caller, Instance},
    crypto::jwt::verify_session_token,
    domain::{
        permission::{ActingSession, Actor},
        session::Session,
    },
    error::{Code, Result},
    service::signing_key,
    store,
};

/// Who holds a session token. The signature says who it was made for; whether the session is alive is asked when it acts.
///
/// # Errors
/// `authentication_invalid` when the token is not one of this instance's or has expired.
pub async fn authenticate_token(app: &App, instance: &Instance, token: &str) -> Result<Actor> {
    let keys = signing_key::key_set(app, &instance.id).await?;
    let claims = verify_session_token(token, |kid| keys.verifier(kid), instance.issuer(), app.now())
        .map_err(|_| Code::AuthenticationInvalid)?;
    Ok(Actor::SessionToken(ActingSession {
        session_id: claims.sid,
        user_id: claims.sub,
        token_expires_at: claims.exp.saturating_mul(1_000),
    }))
}

/// The active session that the caller acts in: the one a token was made for; else the one that the request names, which
/// never falls back to another; else the client's last active one.
///
/// # Errors
/// `authentication_invalid` when there is none.
pub async fn acting(app: &App, caller: &Caller) -> Result<Session> {
    let scope = app.reader(&caller.instance.id);
    let session = match &caller.actor {
        Actor::SessionToken(acting) => store::session::find(scope, &acting.session_id)
            .await?
            .filter(|session| session.user_id == acting.user_id),
        Actor::Client { client_id } => {
            let id = match &caller.request.session_id {
                Some(named) => Some(named.clone()),
                None => match &caller.client {
                    Some(admitted) => admitted.last_active_session_id.clone(),
                    None => store::client::find(scope, client_id)
                        .await?
                        .and_then(|row| row.last_active_session_id),
                },
            };
            match id {
                Some(id) => store::session::find(scope, &id)
                    .await?
                    .filter(|session| session.client_id == *client_id),
                None => None,
            }
        }
        Actor::Anonymous | Actor::SecretKey { .. } => None,
    };
    session
        .filter(|session| session.is_active(app.now()))
        .ok_or_else(|| Code::AuthenticationInvalid.into())
}
