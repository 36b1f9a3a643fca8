//! Every instance of this server, remembered until a notice says that one changed.

use super::publishable_key;
use crate::{
    app::{App, Directory},
    internal,
};
use domain::site::registrable_domain;
use entity::{application, id::InstanceId, instance};
use kernel::{
    caller::{Authority, Instance},
    crypto::digest::cookie_suffix,
    error::{Error, Result},
};
use std::sync::Arc;

/// Every instance, oldest first.
///
/// # Errors
/// When they cannot be read.
pub async fn all(app: &App) -> Result<Arc<Directory>> {
    let generation = app.notices().generation();
    if let Some(directory) = app.caches().directory.load_full()
        && directory.generation == generation
    {
        return Ok(directory);
    }
    let rows = store::instance::list(app.pool()).await?;
    let instances = rows
        .into_iter()
        .map(|(row, owner)| resolved(row, owner).map(Arc::new))
        .collect::<Result<_>>()?;
    let directory = Arc::new(Directory { generation, instances });
    app.caches().directory.store(Some(Arc::clone(&directory)));
    Ok(directory)
}

/// The instance of that identifier.
///
/// # Errors
/// When the instances cannot be read.
pub async fn by_id(app: &App, id: &InstanceId) -> Result<Option<Arc<Instance>>> {
    Ok(all(app)
        .await?
        .instances
        .iter()
        .find(|instance| instance.id == *id)
        .cloned())
}

/// The instance, if there is exactly one.
///
/// # Errors
/// When the instances cannot be read.
pub async fn only(app: &App) -> Result<Option<Arc<Instance>>> {
    match all(app).await?.instances.as_slice() {
        [instance] => Ok(Some(Arc::clone(instance))),
        _ => Ok(None),
    }
}

fn resolved(row: instance::Model, owner: Option<application::Model>) -> Result<Instance> {
    let application = owner.ok_or_else(|| Error::internal(anyhow::anyhow!("an instance without an application")))?;
    let settings = serde_json::from_value(row.settings).map_err(internal)?;
    let publishable_key = publishable_key::current(&row.publishable_key, row.environment, &row.host);
    Ok(Instance {
        id: row.id,
        application_name: application.name,
        slug: row.slug,
        environment: row.environment,
        site: registrable_domain(&row.origin),
        cookie_suffix: cookie_suffix(&publishable_key),
        origin: row.origin,
        authority: Authority::parse(&row.host),
        publishable_key,
        host: row.host,
        home_origin: row.home_origin,
        settings: Arc::new(settings),
        settings_version: row.settings_version,
    })
}
