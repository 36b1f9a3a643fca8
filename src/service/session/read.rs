//! Reading sessions.

use super::find;
use crate::{client::SessionState, loader::Loaders, session::mint_token};
use domain::session::Session;
use entity::id::SessionId;
use kernel::error::{Code, Result};

/// A session that the caller may see (its client's, its token's own, any with a secret key), as it stands now, with its
/// user and, for its own client alone, a token.
///
/// # Errors
/// `authentication_invalid` for somebody unknown, `resource_not_found` when it is not the client's.
pub async fn read(loaders: &Loaders, id: &SessionId) -> Result<SessionState> {
    let session = find(loaders.app(), loaders.caller(), id).await?;
    with_users(loaders, vec![session])
        .await?
        .into_iter()
        .next()
        .ok_or_else(|| Code::ResourceNotFound.into())
}

/// Sessions with the status that they have now, their users, and a token for each active one of the
/// caller's own client. Two statements at most, however many they are.
///
/// # Errors
/// When they cannot be read or a token cannot be signed.
pub async fn with_users(loaders: &Loaders, sessions: Vec<Session>) -> Result<Vec<SessionState>> {
    let (app, caller) = (loaders.app(), loaders.caller());
    let users = loaders.users(sessions.iter().map(|session| session.user_id)).await?;
    let mut states = Vec::with_capacity(sessions.len());
    for mut session in sessions {
        session.status = session.status_at(app.now());
        let Some(user) = users.get(&session.user_id).cloned() else {
            continue;
        };
        let token = mint_token::token_of(app, caller, &session)
            .await?
            .map(|token| token.jwt);
        states.push(SessionState { session, user, token });
    }
    Ok(states)
}
