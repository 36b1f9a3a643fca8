//! The first start on an empty database, and what later starts bring up to date.

use super::create::{self, NewInstance};
use crate::{app::App, signing_key};
use domain::settings::is_insecure;
use entity::{application, id::InstanceId, kind::InstanceEnvironment};
use kernel::{
    crypto::digest::secret_digest,
    error::{Code, Error, Problem, Result},
    notice::Notice,
};
use store::dialect;

/// The first instance as the start finds or makes it.
#[derive(Debug)]
pub struct FirstInstance {
    /// Its identifier.
    pub id: InstanceId,
    /// The secret key, if it was generated now. It is not stored and cannot be shown again.
    pub generated_secret_key: Option<String>,
}

/// Where the first instance is reached, as `scheme://host[:port]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FirstOrigin<'a> {
    /// The operator says so: what is stored follows it.
    Configured(&'a str),
    /// Nobody has said it. A new instance begins with it; one that exists stays where it is, because another server on the
    /// same data may assume something else, and tokens name their issuer.
    Assumed(&'a str),
}

impl<'a> FirstOrigin<'a> {
    const fn text(self) -> &'a str {
        match self {
            Self::Configured(text) | Self::Assumed(text) => text,
        }
    }
}

/// Makes the application with its development instance if there is none; else moves the first instance to a configured
/// origin and adds the configured secret key, where they changed. Two nodes starting together make one instance.
///
/// # Errors
/// `form_param_value_invalid` where a production instance would move to an origin by http on another machine, or any to that
/// of another instance; when the database cannot be reached.
pub async fn bootstrap(
    app: &App,
    origin: FirstOrigin<'_>,
    configured_secret_key: Option<&str>,
) -> Result<FirstInstance> {
    if let Some(first) = first_instance(app).await? {
        return update(app, first, origin, configured_secret_key).await;
    }
    // Generating keys takes long; it is done before the lock is taken, and wasted if another node was faster.
    let id: InstanceId = app.entropy().id(app.now());
    let key = signing_key::generate(id.to_string()).await?;
    let secret_key = configured_secret_key.map_or_else(
        || create::new_secret_key(app.entropy(), InstanceEnvironment::Development),
        str::to_owned,
    );
    let mut tx = app.begin(&id).await?;
    dialect::lock_bootstrap(tx.scope().connection()).await?;
    if let Some((first, _)) = store::instance::list(tx.scope().connection()).await?.into_iter().next() {
        drop(tx);
        // The instances were remembered before that node made one, and on SQLite it cannot tell us.
        app.notices().publish(&[Notice::Lost]);
        return update(app, first.id, origin, configured_secret_key).await;
    }
    let application = application::Model {
        id: tx.id(),
        name: "Vestibule".to_owned(),
        created_at: tx.now(),
        updated_at: tx.now(),
    };
    let new = NewInstance {
        application: application.id,
        slug: "development".to_owned(),
        environment: InstanceEnvironment::Development,
        origin: origin.text().to_owned(),
        secret_key: secret_key.clone(),
    };
    store::instance::insert_application(tx.scope().connection(), application).await?;
    create::insert(app, &mut tx, new, &key).await?;
    tx.commit().await?;
    Ok(FirstInstance {
        id,
        generated_secret_key: configured_secret_key.is_none().then_some(secret_key),
    })
}

async fn first_instance(app: &App) -> Result<Option<InstanceId>> {
    Ok(super::all(app).await?.instances.first().map(|instance| instance.id))
}

async fn update(app: &App, id: InstanceId, origin: FirstOrigin<'_>, secret_key: Option<&str>) -> Result<FirstInstance> {
    let known = match secret_key {
        None => true,
        Some(secret) => match store::instance::find_secret_key(app.pool(), &secret_digest(secret)).await? {
            Some(row) if row.instance_id != id => {
                return Err(Error::internal(anyhow::anyhow!(
                    "the configured secret key belongs to another instance"
                )));
            }
            Some(row) if row.revoked_at.is_some() => return Err(Code::ClerkKeyInvalid.into()),
            row => row.is_some(),
        },
    };
    let moved = moved(app, &id, origin).await?;
    if !known || moved.is_some() {
        let mut tx = app.begin(&id).await?;
        if let Some(origin) = moved {
            store::instance::update_origin(&mut tx, origin, &create::host_of(origin)).await?;
        }
        if let (false, Some(secret)) = (known, secret_key) {
            create::insert_secret_key(&mut tx, secret).await?;
        }
        tx.commit().await?;
    }
    Ok(FirstInstance {
        id,
        generated_secret_key: None,
    })
}

/// Where the instance moves to, if it does.
async fn moved<'a>(app: &App, id: &InstanceId, origin: FirstOrigin<'a>) -> Result<Option<&'a str>> {
    let FirstOrigin::Configured(origin) = origin else {
        return Ok(None);
    };
    let Some(instance) = super::by_id(app, id)
        .await?
        .filter(|instance| instance.origin != origin)
    else {
        return Ok(None);
    };
    let directory = super::all(app).await?;
    let host = create::host_of(origin);
    if let Some(other) = directory
        .instances
        .iter()
        .find(|other| other.host == host && other.id != *id)
    {
        return Err(Problem::of(Code::FormParamValueInvalid, "public_url")
            .saying(format!(
                "The origin {origin} is that of the instance {}, and this setting is for the first one, {}: leave it out, or give \
                 the first one another origin by it.",
                other.slug, instance.slug
            ))
            .into());
    }
    if !instance.is_development() && is_insecure(origin) {
        return Err(Problem::of(Code::FormParamValueInvalid, "public_url")
            .saying(create::NOT_BY_HTTP)
            .into());
    }
    Ok(Some(origin))
}
