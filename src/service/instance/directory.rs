//! Every instance of this server, and by which host each is reached. Each is remembered until a notice says that it changed;
//! the list of them until one says that any did.
//!
//! Invariant: who is reached by a host is asked of the instance as it is now. An old list may only lead to it.

use super::{
    listing::{Directory, is_at_host},
    publishable_key,
};
use crate::{app::App, internal};
use domain::{settings::InstanceSettings, site::registrable_domain};
use entity::{application, id::InstanceId, instance};
use kernel::{
    caller::{Authority, Instance, TrustedDocuments},
    crypto::digest::cookie_suffix,
    error::{Error, Result},
};
use std::sync::Arc;

/// Every instance, oldest first.
///
/// # Errors
/// When they cannot be read.
pub async fn all(app: &App) -> Result<Arc<Directory>> {
    let version = app.notices().version_of_list();
    if let Some(directory) = app.caches().directory.load_full()
        && directory.version == version
    {
        return Ok(directory);
    }
    let rows = store::instance::list(app.pool()).await?;
    let instances = rows
        .into_iter()
        .map(|(row, owner)| resolved(row, owner).map(Arc::new))
        .collect::<Result<_>>()?;
    let directory = Arc::new(Directory::new(version, instances));
    remember_each(app, &directory);
    app.caches().directory.store(Some(Arc::clone(&directory)));
    Ok(directory)
}

/// Remembers the instances of a list one by one, unless any of them was heard of since it was read.
fn remember_each(app: &App, directory: &Directory) {
    let known = &app.caches().instances;
    let versions = directory.instances.iter().map(|instance| known.version(&instance.id));
    let versions: Vec<_> = versions.collect();
    // Asked after the versions: whoever changes one raises the version of the list first.
    if app.notices().version_of_list() == directory.version {
        for (instance, version) in directory.instances.iter().zip(versions) {
            known.remember(&instance.id, version, app.now(), Arc::clone(instance));
        }
    }
}

/// The instance of that identifier.
///
/// # Errors
/// When it cannot be read.
pub async fn by_id(app: &App, id: &InstanceId) -> Result<Option<Arc<Instance>>> {
    let read = async {
        // Boxed: hardly anybody waits for it, and everybody would carry the room for it.
        let found = Box::pin(store::instance::find(app.pool(), id)).await?;
        found.map(|(row, owner)| resolved(row, owner)).transpose()
    };
    let known = &app.caches().instances;
    known
        .admit(id, app.now(), read, |instance| Some(Arc::clone(instance)))
        .await
}

/// The instance whose own host that is.
///
/// # Errors
/// When the instances cannot be read.
pub async fn by_host(app: &App, named: &Authority) -> Result<Option<Arc<Instance>>> {
    if let Some(directory) = app.caches().directory.load_full()
        && let Some(found) = directory.at_host(named)
        && let Some(present) = by_id(app, &found.id).await?
        && is_at_host(&present, named)
    {
        return Ok(Some(present));
    }
    Ok(all(app).await?.at_host(named).cloned())
}

fn resolved(row: instance::Model, owner: Option<application::Model>) -> Result<Instance> {
    let application = owner.ok_or_else(|| Error::internal(anyhow::anyhow!("an instance without an application")))?;
    let settings = InstanceSettings::read(row.settings).map_err(internal)?;
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
        documents: TrustedDocuments {
            count: row.document_count,
            set_at: row.documents_set_at,
        },
    })
}
