//! Whether a caller who was let in some time ago would still be let in: what long-lived connections ask again and again.

use crate::{app::App, session};
use domain::permission::Actor;
use kernel::{
    caller::Caller,
    error::{Code, Result},
};
use store::cache::Freshness;

/// How a caller stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// As when it was let in.
    Good,
    /// Its client was deleted or replaced, or its secret key revoked.
    Unknown,
    /// The session that it was let in with has ended, or its token has expired.
    SessionOver,
}

/// How the caller stands now.
///
/// # Errors
/// When it cannot be read.
pub async fn standing(app: &App, caller: &Caller) -> Result<Standing> {
    match &caller.actor {
        Actor::Anonymous => Ok(Standing::Good),
        Actor::Client { client_id } => {
            let clients = app.clients(&caller.instance.id);
            match clients.find(client_id, Freshness::Remembered).await? {
                None => Ok(Standing::Unknown),
                Some(_) if caller.request.session_id.is_none() => Ok(Standing::Good),
                Some(_) => of_session(app, caller).await,
            }
        }
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

async fn of_session(app: &App, caller: &Caller) -> Result<Standing> {
    match session::acting(app, caller).await {
        Ok(_) => Ok(Standing::Good),
        Err(error) if error.code() == Code::AuthenticationInvalid => Ok(Standing::SessionOver),
        Err(error) => Err(error),
    }
}
