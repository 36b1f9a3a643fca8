//! Reading a manifest, and collecting what is wrong with it.

use crate::authorise;
use domain::{
    permission::Action,
    trusted_document::{Document, Flaw, MAXIMUM_PROBLEMS, documents_of},
};
use kernel::{
    caller::Caller,
    crypto::digest::content_digest,
    error::{Code, Error, Problem, Result},
};
use serde_json::Value;

/// The field of the input.
const FIELD: &str = "manifest";

/// A manifest that was read: each of its documents has the digest by which it is known, or is among what is wrong.
#[derive(Debug)]
pub struct Manifest {
    documents: Vec<(String, Document)>,
    problems: Vec<Problem>,
}

/// Reads a manifest of graphql-codegen, Relay or Apollo.
///
/// # Errors
/// `authorization_invalid` without a secret key, `form_param_value_invalid` for what is no manifest.
pub fn read(caller: &Caller, manifest: &Value) -> Result<Manifest> {
    authorise(caller, Action::UpdateInstanceSettings)?;
    let given = documents_of(manifest)
        .map_err(|flaw| Problem::of(Code::FormParamValueInvalid, FIELD).saying(flaw.message()))?;
    let mut read = Manifest {
        documents: Vec::with_capacity(given.len()),
        problems: Vec::new(),
    };
    for one in given {
        match one.document {
            Ok(document) if content_digest(&document.text) == document.digest => {
                read.documents.push((one.place, document));
            }
            Ok(_) => read.refuse(&one.place, Flaw::OtherText, None),
            Err(flaw) => read.refuse(&one.place, flaw, None),
        }
    }
    Ok(read)
}

impl Manifest {
    /// The texts, each with its place.
    #[must_use]
    pub fn texts(&self) -> Vec<(String, String)> {
        let texts = self.documents.iter();
        texts
            .map(|(place, document)| (place.clone(), document.text.clone()))
            .collect()
    }

    /// Whether there are as many problems as are told of.
    #[must_use]
    pub fn is_hopeless(&self) -> bool {
        self.problems.len() >= MAXIMUM_PROBLEMS
    }

    /// Says what is wrong with the document at a place, with what was said of it that is for developers.
    pub fn refuse(&mut self, place: &str, flaw: Flaw, reason: Option<&str>) {
        if self.is_hopeless() {
            return;
        }
        let problem = Problem::of(Code::FormParamValueInvalid, FIELD)
            .saying(flaw.message())
            .with_meta("place", place);
        self.problems.push(match reason {
            Some(reason) => problem.with_meta("reason", reason),
            None => problem,
        });
    }

    /// The digest and text of each document, in order of the digests and none twice.
    pub(super) fn into_documents(self) -> Result<Vec<(String, String)>> {
        if !self.problems.is_empty() {
            return Err(Error::from_problems(self.problems));
        }
        let documents = self.documents.into_iter();
        let mut documents: Vec<_> = documents
            .map(|(_, document)| (document.digest, document.text))
            .collect();
        documents.sort_unstable();
        documents.dedup();
        Ok(documents)
    }
}
