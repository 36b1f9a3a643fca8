//! Setting which documents an instance trusts.

use super::Manifest;
use crate::{app::App, authorise, instance, internal};
use domain::{
    permission::Action,
    settings::InstanceSettings,
    trusted_document::{MAXIMUM_BYTES, MAXIMUM_DOCUMENTS},
};
use entity::UnixMilliseconds;
use kernel::{
    caller::{Caller, Instance},
    error::{Code, Problem, Result},
    outbox::{Event, ManifestPayload},
};
use std::sync::Arc;

/// What becomes of the documents that were trusted before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// Those of the manifest take their place.
    Nothing,
    /// They stay.
    Everything,
    /// Those stay that were last set at that time or later.
    Since(UnixMilliseconds),
}

/// Lets the caller's instance trust the documents of a manifest, all of it or nothing.
///
/// # Errors
/// `authorization_invalid` without a secret key; every problem of the manifest; `form_param_exceeds_allowed_size` for more documents or
/// bytes than an instance may have; `form_param_value_invalid` where nothing would be left that callers may send.
pub async fn set(app: &App, caller: &Caller, manifest: Manifest, keep: Keep) -> Result<Arc<Instance>> {
    authorise(caller, Action::UpdateInstanceSettings)?;
    let documents = manifest.into_documents()?;
    let id = &caller.instance.id;
    let mut tx = app.begin(id).await?;
    // Of several at the same time each counts what the one before has left.
    let row = store::instance::lock(&tx).await?.ok_or(Code::ResourceNotFound)?;
    // The parts of a manifest may be set by several nodes, whose clocks differ: none is older than the one before it.
    let set_at = row.documents_set_at.unwrap_or_default().max(tx.now());
    match keep {
        Keep::Nothing => store::trusted_document::delete_all(&mut tx).await?,
        Keep::Everything => {}
        Keep::Since(time) => store::trusted_document::delete_before(&mut tx, time).await?,
    }
    store::trusted_document::put(&mut tx, documents, set_at).await?;
    let size = store::trusted_document::size(tx.scope()).await?;
    for (is, maximum, what) in [
        (size.documents, MAXIMUM_DOCUMENTS, "documents"),
        (size.bytes, MAXIMUM_BYTES, "bytes of documents"),
    ] {
        if is > maximum {
            return Err(Problem::of(Code::FormParamExceedsAllowedSize, "manifest")
                .saying(format!(
                    "With this manifest the instance would have {is} {what}, and it may have {maximum}."
                ))
                .with_meta("maximum", maximum)
                .into());
        }
    }
    let settings = InstanceSettings::read(row.settings).map_err(internal)?;
    if size.documents == 0 && settings.graphql.documents_only {
        return Err(Problem::of(Code::FormParamValueInvalid, "manifest")
            .saying("The instance takes trusted documents alone, and would have none: nobody could use it. Change that setting first.")
            .into());
    }
    let document_count = i32::try_from(size.documents).map_err(internal)?;
    store::instance::update_documents(&mut tx, document_count, set_at).await?;
    tx.emit(&Event::DocumentManifestUpdated(ManifestPayload {
        instance_id: *id,
        document_count,
    }))?;
    tx.commit().await?;
    instance::by_id(app, id)
        .await?
        .ok_or_else(|| Code::ResourceNotFound.into())
}
