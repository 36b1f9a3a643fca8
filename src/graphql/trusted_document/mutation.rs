//! Setting the documents that the instance trusts.

use super::Judge;
use crate::{
    change::{change, payloads},
    context::is_secret_key,
    error::Nullable,
    instance::Instance,
    scalar::{DateTime, Json},
};
use async_graphql::{Context, InputObject, Object};
use domain::trusted_document::Flaw;
use kernel::{
    caller::Caller,
    error::{Code, Error, Problem, Result},
};
use service::{
    client::{Changed, Credential, Sessions},
    trusted_document::{self, Keep, Manifest},
};
use std::sync::Arc;

/// Which documents the instance trusts from now on.
#[derive(Debug, InputObject)]
#[graphql(visible = "is_secret_key")]
pub struct DocumentManifestSetInput {
    /// What a tool wrote: `persisted-documents.json` of graphql-codegen, the file of Relay's `persistConfig` with `algorithm: "SHA256"`, or
    /// Apollo's persisted-query manifest. Each document is known by the SHA-256 of its text. What was trusted before is not kept unless
    /// `replaces` says so.
    manifest: Json,
    /// Whether the documents take the place of all that were trusted before. Without, they are added, which is how a new release of an
    /// application is prepared while the one before is still in use, and how a manifest is set in parts that is too large for one request.
    #[graphql(default = true)]
    replaces: bool,
    /// Where documents are added: those that were last set before this time are no longer trusted, so that the last part of a manifest
    /// removes what no part had. It is the `updatedAt` that the first part was answered with.
    remove_before: Option<DateTime>,
}

payloads! {
    /// What came of setting the documents that the instance trusts.
    #[graphql(visible = "is_secret_key")]
    DocumentManifestSetPayload {
        /// The instance, with its documents as they are now; null when nothing was changed.
        instance: Instance
    }
}

/// Mutations of trusted documents.
#[derive(Default)]
pub struct TrustedDocumentMutation;

#[Object]
impl TrustedDocumentMutation {
    /// Sets which documents the instance trusts, so that callers send their identifiers alone. All of the manifest is taken or nothing.
    /// Needs a secret key.
    /// Codes: `FORM_PARAM_EXCEEDS_ALLOWED_SIZE`, `FORM_PARAM_VALUE_INVALID`.
    #[graphql(visible = "is_secret_key")]
    async fn document_manifest_set(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The documents.")] input: DocumentManifestSetInput,
    ) -> Nullable<DocumentManifestSetPayload> {
        change(context, async |app, caller| {
            let keep = match (input.replaces, input.remove_before) {
                (true, None) => Keep::Nothing,
                (true, Some(_)) => {
                    let problem = Problem::of(Code::FormParamValueInvalid, "remove_before");
                    return Err(problem
                        .saying("What replaces all documents leaves none from before: this is for documents that are added.")
                        .into());
                }
                (false, None) => Keep::Everything,
                (false, Some(DateTime(time))) => Keep::Since(time),
            };
            let mut manifest = trusted_document::read(caller, &input.manifest.0)?;
            judge(context, &mut manifest).await?;
            let instance = trusted_document::set(app, caller, manifest, keep).await?;
            Ok(Changed {
                value: Instance::from(Arc::clone(&instance)),
                caller: Caller {
                    instance,
                    ..caller.clone()
                },
                credential: Credential::Keep,
                sessions: Sessions::Unchanged,
            })
        })
        .await
    }
}

/// Refuses the documents that could never run.
async fn judge(context: &Context<'_>, manifest: &mut Manifest) -> Result<()> {
    let judge = context
        .data_opt::<Arc<Judge>>()
        .ok_or_else(|| Error::internal(anyhow::anyhow!("an execution without a judge of documents")))?;
    for (place, text) in manifest.texts() {
        if manifest.is_hopeless() {
            break;
        }
        if let Some(reason) = judge.reason_against(&text).await {
            manifest.refuse(&place, Flaw::Unfit, Some(&reason));
        }
        // Each takes a while, and there may be thousands.
        tokio::task::yield_now().await;
    }
    Ok(())
}
