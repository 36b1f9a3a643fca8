//! Documents that passed, by their text, so that an application's few documents are parsed and compared once.
//!
//! The invariant: what is remembered depends on the text alone. Whatever depends on variables is judged at each request;
//! and a document that changes something is not kept, since people write passwords into them.

use crate::outline::Cost;
use async_graphql::parser::types::{ExecutableDocument, OperationType};
use moka::sync::Cache;
use std::sync::Arc;

/// Longer documents are parsed each time.
const DOCUMENT_BYTES: usize = 4 * 1024;
/// The most bytes of all texts, each with [`ENTRY_BYTES`]; what they were parsed to takes some fifty times as much.
const TEXT_BYTES: u64 = 128 * 1024;
/// What an entry counts besides its text, so that the shortest texts do not become the most memory.
const ENTRY_BYTES: usize = 32;

/// The documents. Cheap to clone; clones share what they remember, so they are for the same limits.
#[derive(Clone, Debug)]
pub struct Documents(Cache<String, Arc<Known>>);

/// A document that passed.
#[derive(Clone, Debug)]
pub(super) struct Known {
    pub(super) document: ExecutableDocument,
    /// What its operation costs, as far as that depends on no variable.
    pub(super) cost: Option<Cost>,
}

impl Default for Documents {
    fn default() -> Self {
        let cache = Cache::builder()
            .weigher(|text: &String, _: &Arc<Known>| u32::try_from(text.len() + ENTRY_BYTES).unwrap_or(u32::MAX))
            .max_capacity(TEXT_BYTES);
        Self(cache.build())
    }
}

impl Documents {
    pub(super) fn find(&self, text: &str) -> Option<Arc<Known>> {
        self.0.get(text)
    }

    /// Keeps a document that passed, if it is one to keep.
    pub(super) fn keep(&self, text: &str, document: &ExecutableDocument, cost: Option<Cost>) {
        let mut operations = document.operations.iter();
        let changes = operations.any(|(_, operation)| operation.node.ty == OperationType::Mutation);
        if text.len() <= DOCUMENT_BYTES && !changes {
            let document = document.clone();
            self.0.insert(text.to_owned(), Arc::new(Known { document, cost }));
        }
    }
}
