//! Finding the text of a document.

use crate::app::{App, DocumentKey};
use kernel::{caller::Instance, error::Result};
use std::sync::Arc;

/// The text of the document of that digest, if the instance trusts it. What is found is remembered; what is not costs one statement, and
/// none where nothing is trusted.
///
/// # Errors
/// When it cannot be read.
pub async fn find(app: &App, instance: &Instance, digest: [u8; 32]) -> Result<Option<Arc<String>>> {
    if instance.documents.count == 0 {
        return Ok(None);
    }
    let key = DocumentKey {
        instance_id: instance.id,
        digest,
    };
    let read = async {
        let digest = hex::encode(digest);
        Box::pin(store::trusted_document::find_body(app.reader(&instance.id), &digest)).await
    };
    let known = &app.caches().documents;
    let found = known.admit(&key, app.now(), read, |text| Some(Arc::clone(text))).await;
    Ok(found?)
}
