//! Minting session tokens.

use super::{
    authenticate::active_session,
    listed,
    token::{Token, Wanted},
    touch::{record_activity, recorded},
};
use crate::{app::App, authorise, authorise_on, client, internal, signing_key};
use domain::{
    permission::{Action, Owned},
    session::{
        Lifetimes, Session,
        claims::{SessionTokenClaims, TokenRequest, TokenVersion},
    },
};
use entity::id::SessionId;
use kernel::{
    caller::Caller,
    crypto::jwt::{SigningKey, TokenCategory},
    error::{Code, Result},
};
use store::cache::Freshness;

/// A fresh token of a session of the caller's client. It counts as activity, written at most once a minute.
///
/// # Errors
/// `resource_not_found` when the session is not the client's, `authentication_invalid` when it or the caller's token has ended.
pub async fn mint_token(app: &App, caller: &Caller, id: &SessionId) -> Result<Token> {
    let session = mintable(app, caller, id).await?;
    let lifetimes = Lifetimes::of(&caller.settings().session);
    let touched = session
        .touch(&lifetimes, app.now())
        .map_err(|_| Code::AuthenticationInvalid)?;
    if let Some(touched) = touched {
        record_activity(app.reader(&caller.instance.id), &touched).await?;
        recorded(app, &touched);
    }
    let keys = signing_key::key_set(app, &caller.instance.id).await?;
    sign(&keys.signer, &claims(app, caller, &session))
}

/// The next token for somebody who follows those of a session of their client: one that [`mint_token`] would give out, but by
/// which nobody has done anything. It is no activity, or a page that is left open would keep its session from becoming inactive
/// and from being abandoned. Who follows the same at the same time is given the same.
///
/// # Errors
/// As [`mint_token`].
pub async fn next_token(app: &App, caller: &Caller, id: &SessionId) -> Result<Token> {
    let session = mintable(app, caller, id).await?;
    riding(app, caller, &session).await
}

/// The session, if the caller may have tokens of it now.
async fn mintable(app: &App, caller: &Caller, id: &SessionId) -> Result<Session> {
    authorise(caller, Action::MintToken)?;
    let client = caller.actor.client_id().ok_or(Code::AuthenticationInvalid)?;
    if let Some(session) = active_session(app, caller, client, id).await? {
        return Ok(session);
    }
    // What never was is not found; otherwise it has ended, or the caller's token has.
    listed::of_caller(app.reader(&caller.instance.id), caller, Action::MintToken, id).await?;
    Err(Code::AuthenticationInvalid.into())
}

/// A token of a session that was read already, for its own client alone and while it is active; nothing for a
/// connection whose own token has been rotated since it was opened. It may be some seconds old, and does not count as activity.
///
/// # Errors
/// When it cannot be signed.
pub async fn token_of(app: &App, caller: &Caller, session: &Session) -> Result<Option<Token>> {
    if !may_mint(caller, session) || !session.is_active(app.now()) {
        return Ok(None);
    }
    // For a request that was asked a moment ago, when the session was read.
    let is_long = caller.opened_with.is_some();
    if is_long
        && client::held(app, caller, &session.client_id, Freshness::Remembered)
            .await?
            .is_none()
    {
        return Ok(None);
    }
    riding(app, caller, session).await.map(Some)
}

/// Whether the caller may have tokens of the session: whoever only reads (a session token, a secret key) must not come by a
/// fresh one.
pub(super) fn may_mint(caller: &Caller, session: &Session) -> bool {
    authorise_on(caller, Action::MintToken, Owned::Session(session)).is_ok()
}

/// A token that rides along in an answer, of a session that is known to be active: the one that did so a moment ago, if that
/// says the same and is not older than the last change of its client, which is known only while the client is remembered.
pub(super) async fn riding(app: &App, caller: &Caller, session: &Session) -> Result<Token> {
    let keys = signing_key::key_set(app, &caller.instance.id).await?;
    let claims = claims(app, caller, session);
    let signed = || sign(&keys.signer, &claims);
    match app.clients(&caller.instance.id).recall(&session.client_id) {
        Some(client) => {
            let wanted = Wanted {
                key: &keys.signer,
                claims: &claims,
                client_updated_at: client.row.updated_at,
            };
            app.caches().riding.get(wanted, || app.now(), signed).await
        }
        None => signed(),
    }
}

/// What a token of the session says that is made now.
fn claims(app: &App, caller: &Caller, session: &Session) -> SessionTokenClaims {
    let settings = &caller.settings().session;
    let request = TokenRequest {
        version: TokenVersion::chosen(settings.token_version, caller.request.api_version.as_deref()),
        issuer: caller.instance.issuer(),
        origin: caller.request.origin.as_deref(),
        token_id: hex::encode(app.entropy().bytes::<16>()),
        lifetime_seconds: settings.token_lifetime_seconds,
    };
    SessionTokenClaims::new(session, request, app.now())
}

fn sign(key: &SigningKey, claims: &SessionTokenClaims) -> Result<Token> {
    let jwt = key.sign(Some(TokenCategory::Session), claims).map_err(internal)?;
    Ok(Token {
        jwt,
        issued_at: claims.iat.saturating_mul(1_000),
        expires_at: claims.exp.saturating_mul(1_000),
    })
}
