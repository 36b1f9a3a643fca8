//! Development browsers: made before anything else in development mode, and named by each request from then on.

use crate::{app::App, authorise, internal, rate_limit::Budget};
use domain::permission::Action;
use entity::{dev_browser, id::DevBrowserId};
use kernel::{
    caller::{Caller, Instance},
    crypto::{client_token::DevBrowserToken, digest::secret_digest},
    error::{Code, Result},
};

/// Makes a development browser that names no client yet. Returns its identifier and its token.
///
/// # Errors
/// `resource_not_found` in a production instance, `authorization_invalid` for those who hold only a session token or a
/// secret key, `too_many_requests`.
pub async fn create_dev_browser(app: &App, caller: &Caller) -> Result<(DevBrowserId, String)> {
    let instance: &Instance = &caller.instance;
    if !instance.is_development() {
        return Err(Code::ResourceNotFound.into());
    }
    authorise(caller, Action::CreateClient)?;
    app.rate_limiter().spend(caller, Budget::ClientCreate)?;
    let tx = app.begin(&instance.id).await?;
    let secret = tx.token();
    let row = dev_browser::Model {
        id: tx.id(),
        instance_id: *tx.instance(),
        rotating_digest: secret_digest(&secret),
        client_id: None,
        created_at: tx.now(),
        updated_at: tx.now(),
    };
    let id = row.id;
    store::client::insert_dev_browser(&tx, row).await?;
    tx.commit().await?;
    let token = DevBrowserToken {
        dev_browser: id,
        rotating: secret,
    };
    Ok((id, token.issue(app.keyring(), app.now()).map_err(internal)?))
}
