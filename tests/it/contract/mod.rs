//! What the project promises about itself: layers, generated documents, the schema in its two spellings.
//!
//! These tests read files of this repository. A generated file that is out of date is rewritten by `scripts/docs` or
//! `scripts/schema`; the layer rules are those of docs/architecture.md.

mod api_map;
mod circles;
mod drift;
mod errors;
mod events;
mod fields;
mod layers;
mod schema;
mod source;
mod walk;

use std::{
    fs,
    path::{Path, PathBuf},
};

/// Asks for generated documents to be written instead of compared.
const UPDATE: &str = "VESTIBULE_TEST_UPDATE_DOCS";

/// A path below the root of the repository.
fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Every file below `folder` with one of the extensions, in the order of their names.
fn files_below(folder: &Path, extensions: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut entries: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    entries.sort();
    for path in entries {
        let is_ours = path.file_name().is_none_or(|name| name != "node_modules");
        if path.is_dir() && is_ours {
            found.extend(files_below(&path, extensions));
        } else if path
            .extension()
            .is_some_and(|found| extensions.iter().any(|wanted| found == *wanted))
        {
            found.push(path);
        }
    }
    found
}

/// Compares a generated document with the committed one, or writes it where [`UPDATE`] is `1`.
#[track_caller]
fn assert_current(path: &str, generated: &str) {
    let file = repository(path);
    if std::env::var(UPDATE).is_ok_and(|value| value == "1") {
        fs::write(&file, generated).unwrap();
        return;
    }
    let committed = fs::read_to_string(&file).unwrap_or_default();
    assert!(
        committed == generated,
        "{path} is out of date: run scripts/docs and commit what it writes"
    );
}
