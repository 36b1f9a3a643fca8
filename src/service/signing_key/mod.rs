//! Signing keys: the key that signs new tokens, those whose tokens may still be alive, and the documents that show them.

pub mod key_set;

pub use key_set::KeySet;

use crate::{app::App, internal};
use entity::{
    UnixMilliseconds,
    id::{InstanceId, SigningKeyId},
    signing_key,
};
use kernel::{
    crypto::{jwt::SigningKey, keyring::Keyring, sealed::Place},
    error::Result,
    runtime::entropy::Entropy,
};
use std::sync::Arc;

/// How long a retired key stays in the key set: far longer than any session token lives, and than a JWKS is cached.
const RETIRED_KEY_TTL: i64 = 24 * 3_600_000;

/// The keys of an instance, remembered until a notice says that they changed or a retired one is to leave.
///
/// # Errors
/// When they cannot be read or opened.
pub async fn key_set(app: &App, instance: &InstanceId) -> Result<Arc<KeySet>> {
    let known = &app.caches().keys;
    let version = known.version(instance);
    let is_present = |keys: &Arc<KeySet>| keys.outdated_at.is_none_or(|at| app.now() <= at);
    if let Some(keys) = known.recall(instance, app.now()).filter(is_present) {
        return Ok(keys);
    }
    let rows = list(app, instance).await?;
    let (live, retired): (Vec<_>, Vec<_>) = rows.into_iter().partition(|row| row.retired_at.is_none());
    let keys = live
        .iter()
        .chain(&retired)
        .map(|row| open(app.keyring(), row))
        .collect::<Result<Vec<_>>>()?;
    let outdated_at = retired
        .iter()
        .filter_map(|row| row.retired_at)
        .min()
        .map(|at| at + RETIRED_KEY_TTL);
    Ok(known.remember(instance, version, app.now(), KeySet::of(keys, outdated_at)?))
}

/// The signing keys whose tokens may still be alive, newest first.
///
/// # Errors
/// When they cannot be read.
async fn list(app: &App, instance: &InstanceId) -> Result<Vec<signing_key::Model>> {
    Ok(store::instance::list_signing_keys(app.reader(instance), app.now() - RETIRED_KEY_TTL).await?)
}

/// The public half of a signing key, as an operator reads and copies it.
#[derive(Clone, Debug)]
pub struct PublicKey {
    /// The key.
    pub id: SigningKeyId,
    /// Its identifier in tokens.
    pub kid: String,
    /// Since when it signs nothing new.
    pub retired_at: Option<UnixMilliseconds>,
    /// PEM with header and footer (RFC 7468), several lines.
    pub pem: String,
    /// The same without header and footer, in one line.
    pub line: String,
}

/// The public halves of the signing keys whose tokens may still be alive: the one that signs, then the others.
///
/// # Errors
/// When they cannot be read or opened.
pub async fn list_public(app: &App, instance: &InstanceId) -> Result<Vec<PublicKey>> {
    let mut rows = list(app, instance).await?;
    rows.sort_by_key(|row| row.retired_at.is_some());
    rows.into_iter()
        .map(|row| {
            let key = open(app.keyring(), &row)?;
            Ok(PublicKey {
                pem: key.public_pem().map_err(internal)?,
                line: key.public_line().map_err(internal)?,
                id: row.id,
                kid: row.kid,
                retired_at: row.retired_at,
            })
        })
        .collect()
}

/// Makes a new signing key for an instance; the old ones still verify what they signed.
///
/// # Errors
/// When the key cannot be made or stored.
pub async fn rotate(app: &App, instance: &InstanceId) -> Result<SigningKeyId> {
    let kid = app.entropy().id::<InstanceId>(app.now()).to_string();
    let key = generate(kid).await?;
    let mut tx = app.begin(instance).await?;
    store::instance::retire_signing_keys(&mut tx).await?;
    let row = sealed_row(app.keyring(), tx.entropy(), instance, &key, tx.now())?;
    let id = row.id;
    store::instance::insert_signing_key(&mut tx, row).await?;
    tx.commit().await?;
    Ok(id)
}

/// Makes a key pair. It takes a good part of a second, so it is never done inside a transaction nor on a request's thread.
pub(crate) async fn generate(kid: String) -> Result<SigningKey> {
    tokio::task::spawn_blocking(|| SigningKey::generate(kid))
        .await
        .map_err(internal)?
        .map_err(internal)
}

/// The row that stores a key pair, its private half sealed.
pub(crate) fn sealed_row(
    keyring: &Keyring,
    entropy: &Entropy,
    instance: &InstanceId,
    key: &SigningKey,
    now: UnixMilliseconds,
) -> Result<signing_key::Model> {
    let id: SigningKeyId = entropy.id(now);
    let der = key.to_pkcs8_der().map_err(internal)?;
    let sealed_private_key = keyring.seal(entropy, place(&id.to_string()), &der).map_err(internal)?;
    Ok(signing_key::Model {
        id,
        instance_id: *instance,
        kid: key.kid().to_owned(),
        sealed_private_key,
        created_at: now,
        retired_at: None,
    })
}

fn open(keyring: &Keyring, row: &signing_key::Model) -> Result<SigningKey> {
    let der = keyring
        .open(place(&row.id.to_string()), &row.sealed_private_key)
        .map_err(internal)?;
    SigningKey::from_pkcs8_der(row.kid.clone(), &der).map_err(internal)
}

fn place(id: &str) -> Place<'_> {
    Place {
        table: "signing_key",
        row: id,
        column: "sealed_private_key",
    }
}
