//! Who holds the credential that a request presents. Fails closed: what cannot be read names nobody.

use crate::{
    app::App,
    caller::Instance,
    crypto::{
        client_token::{ClientToken, DevBrowserToken},
        digest::{constant_time_eq, secret_digest},
    },
    domain::permission::Actor,
    error::{Code, Result},
    store,
};
use entity::id::{ClientId, DevBrowserId};

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

/// Who it is, and the development browser that stands for it.
///
/// # Errors
/// `dev_browser_unauthenticated` for an unknown development browser. An unknown client token names nobody.
pub async fn authenticate(
    app: &App,
    instance: &Instance,
    presented: Presented,
) -> Result<(Actor, Option<DevBrowserId>)> {
    match presented {
        Presented::Nothing => Ok((Actor::Anonymous, None)),
        Presented::ClientToken(token) => Ok((by_client_token(app, instance, &token).await?, None)),
        Presented::DevBrowserToken(token) => by_dev_browser(app, instance, &token).await,
    }
}

async fn by_client_token(app: &App, instance: &Instance, token: &str) -> Result<Actor> {
    let Some(token) = ClientToken::read(&app.keyring, token) else {
        return Ok(Actor::Anonymous);
    };
    let row = store::client::find(app.reader(&instance.id), &token.client).await?;
    let known = row.filter(|row| constant_time_eq(&row.rotating_digest, &secret_digest(&token.rotating)));
    Ok(known.map_or(Actor::Anonymous, |row| client(row.id)))
}

async fn by_dev_browser(app: &App, instance: &Instance, token: &str) -> Result<(Actor, Option<DevBrowserId>)> {
    let unknown = || Code::DevBrowserUnauthenticated;
    let token = DevBrowserToken::read(&app.keyring, token).ok_or_else(unknown)?;
    let row = store::client::find_dev_browser(app.reader(&instance.id), &token.dev_browser).await?;
    let row = row
        .filter(|row| constant_time_eq(&row.rotating_digest, &secret_digest(&token.rotating)))
        .ok_or_else(unknown)?;
    let actor = match row.client_id {
        None => Actor::Anonymous,
        Some(id) => match store::client::find(app.reader(&instance.id), &id).await? {
            Some(row) => client(row.id),
            None => Actor::Anonymous,
        },
    };
    Ok((actor, Some(row.id)))
}

fn client(client_id: ClientId) -> Actor {
    Actor::Client { client_id }
}
