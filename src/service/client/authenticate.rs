//! Who holds the credential that a request presents. Fails closed: what cannot be read names nobody.

use super::token::{Hold, hold, holds};
use crate::app::App;
use domain::permission::Actor;
use entity::{
    client, dev_browser,
    id::{ClientId, DevBrowserId},
    kind::ClientStatus,
};
use kernel::{
    caller::{AdmittedClient, Caller, Instance, ShownToken},
    crypto::{
        client_token::{ClientToken, DevBrowserToken},
        digest::{constant_time_eq, secret_digest},
    },
    error::{Code, Result},
};
use std::sync::Arc;
use store::{cache::Freshness, client::StoredClient};

/// How long an answer with a new token may be on its way, in milliseconds.
const ANSWER_UNDERWAY_MS: i64 = 60_000;

/// A credential of the person's side, as a request presents it.
pub enum Presented {
    /// Nothing.
    Nothing,
    /// A client token, from the cookie or the header of a native caller.
    ClientToken(String),
    /// A development browser's token, from the query.
    DevBrowserToken(String),
}

impl std::fmt::Debug for Presented {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::Nothing => "Nothing",
            Self::ClientToken(_) => "ClientToken",
            Self::DevBrowserToken(_) => "DevBrowserToken",
        })
    }
}

/// Who somebody was found to be.
#[derive(Debug)]
pub struct Admitted {
    /// Who it is.
    pub actor: Actor,
    /// What was read of its client.
    pub client: Option<AdmittedClient>,
    /// The development browser that stands for it.
    pub dev_browser: Option<DevBrowserId>,
}

impl Admitted {
    const NOBODY: Self = Self {
        actor: Actor::Anonymous,
        client: None,
        dev_browser: None,
    };

    fn by(stored: &StoredClient, digest: String, hold: Hold) -> Self {
        Self {
            actor: Actor::Client {
                client_id: stored.row.id,
            },
            client: Some(AdmittedClient {
                token: ShownToken {
                    digest,
                    is_former: hold == Hold::Former,
                },
                last_active_session_id: stored.row.last_active_session_id,
                updated_at: stored.row.updated_at,
            }),
            dev_browser: None,
        }
    }
}

/// Who it is, and the development browser that stands for it.
///
/// # Errors
/// `dev_browser_unauthenticated` for an unknown development browser. An unknown client token names nobody.
pub async fn authenticate(app: &App, instance: &Instance, presented: Presented) -> Result<Admitted> {
    match presented {
        Presented::Nothing => Ok(Admitted::NOBODY),
        Presented::ClientToken(token) => by_client_token(app, instance, &token).await,
        Presented::DevBrowserToken(token) => by_dev_browser(app, instance, &token).await,
    }
}

/// A client, if it still has the token that the caller was let in by. Whose token was rotated away since, because somebody
/// signed in, may be whoever planted it, and acts for nobody any more.
///
/// # Errors
/// When the database cannot be reached.
pub(crate) async fn held(
    app: &App,
    caller: &Caller,
    id: &ClientId,
    freshness: Freshness,
) -> Result<Option<Arc<StoredClient>>> {
    let clients = app.clients(&caller.instance.id);
    let is_held = |stored: &Arc<StoredClient>| holds(caller, &stored.row);
    Ok(match freshness {
        // What is remembered may be older than the token, which another node has given out.
        Freshness::Remembered => {
            clients
                .admit(id, |stored| is_held(stored).then(|| Arc::clone(stored)))
                .await?
        }
        Freshness::Present => clients.find(id, freshness).await?.filter(is_held),
    })
}

/// Whether a credential is the token of a client that has just been given another one, or was just replaced by another client: one
/// that a page shows which has not had its answer yet.
///
/// # Errors
/// When the database cannot be reached.
pub async fn is_outdated(app: &App, instance: &Instance, presented: &Presented) -> Result<bool> {
    let Presented::ClientToken(token) = presented else {
        return Ok(false);
    };
    let Some(token) = ClientToken::read(app.keyring(), token) else {
        return Ok(false);
    };
    let digest = secret_digest(&token.rotating);
    let is_recent = |changed: i64| app.now().saturating_sub(changed) < ANSWER_UNDERWAY_MS;
    let living = app
        .clients(&instance.id)
        .find(&token.client, Freshness::Remembered)
        .await?;
    if let Some(stored) = living {
        // A token is given up when a session begins. Other changes of the client are no reason to wait for an answer.
        let has_begun = stored.sessions.iter().any(|session| is_recent(session.created_at));
        return Ok(has_begun && hold(&stored.row, &digest).is_none());
    }
    let row = app.reader(&instance.id).find::<client::Entity>(&token.client).await?;
    // What it was replaced by has a token of its own, which the same answer brings.
    Ok(row.is_some_and(|row| row.status == ClientStatus::Replaced && is_recent(row.updated_at)))
}

async fn by_client_token(app: &App, instance: &Instance, token: &str) -> Result<Admitted> {
    let Some(token) = ClientToken::read(app.keyring(), token) else {
        return Ok(Admitted::NOBODY);
    };
    let digest = secret_digest(&token.rotating);
    // A token that does not fit what is remembered may be a new one that another node has given out.
    let fits = |stored: &Arc<StoredClient>| hold(&stored.row, &digest).map(|hold| (Arc::clone(stored), hold));
    let found = app.clients(&instance.id).admit(&token.client, fits).await?;
    Ok(found.map_or(Admitted::NOBODY, |(stored, hold)| Admitted::by(&stored, digest, hold)))
}

async fn by_dev_browser(app: &App, instance: &Instance, token: &str) -> Result<Admitted> {
    let unknown = || Code::DevBrowserUnauthenticated;
    let token = DevBrowserToken::read(app.keyring(), token).ok_or_else(unknown)?;
    let digest = secret_digest(&token.rotating);
    let present = async || {
        let row = app
            .reader(&instance.id)
            .find::<dev_browser::Entity>(&token.dev_browser)
            .await?;
        let is_held = |row: &dev_browser::Model| constant_time_eq(&row.rotating_digest, &digest);
        row.filter(is_held).ok_or_else(|| unknown().into())
    };
    let row: Result<dev_browser::Model> = present().await;
    let row = row?;
    let client = match row.client_id {
        None => None,
        Some(id) => {
            // The development browser's row is read each time; what it points to must be as new.
            let client = app.clients(&instance.id).find(&id, Freshness::Present).await?;
            // Somebody may have signed in meanwhile: then the token was rotated away, and the client is not its holder's any more.
            let row: Result<dev_browser::Model> = present().await;
            row?;
            client
        }
    };
    let admitted = client.map_or(Admitted::NOBODY, |stored| {
        Admitted::by(&stored, stored.row.rotating_digest.clone(), Hold::Present)
    });
    Ok(Admitted {
        dev_browser: Some(row.id),
        ..admitted
    })
}
