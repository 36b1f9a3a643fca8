//! docs/errors.md is current, and no code is promised that nothing provokes.

use super::{assert_current, files_below, repository};
use std::{fmt::Write as _, fs};
use vestibule::error::Code;

const INTRODUCTION: &str = "\
# Error codes

Generated from `src/kernel/error/code.rs` by `scripts/docs`; do not edit.

REST answers with the status of the first problem and `{ \"errors\": [{ \"code\", \"message\", \"long_message\", \"meta\" }], \
\"clerk_trace_id\" }`;
`meta.param_name` names the parameter where a problem has one. GraphQL spells the same codes in capitals
(`FORM_CODE_INCORRECT`), as `userErrors { code }` of a payload or as `extensions.code` of a top-level error.

| code | status | message |
|---|---|---|
";

fn document() -> String {
    let mut text = INTRODUCTION.to_owned();
    for code in Code::ALL {
        writeln!(
            text,
            "| `{}` | {} | {} |",
            code.wire(),
            code.status(),
            code.message().replace('<', "&lt;")
        )
        .unwrap();
    }
    text
}

/// The sources of every behaviour test, this folder left out: it names codes without provoking them.
fn behaviour_tests() -> Vec<String> {
    let here = repository("tests/it/contract");
    let mut files = files_below(&repository("tests/it"), &["rs"]);
    files.extend(files_below(&repository("tests/js"), &["mjs"]));
    files
        .into_iter()
        .filter(|path| !path.starts_with(&here))
        .map(|path| fs::read_to_string(path).unwrap())
        .collect()
}

fn is_provoked(code: Code, sources: &[String]) -> bool {
    let wire = code.wire();
    let literals = ['"', '\''].map(|quote| {
        [
            format!("{quote}{wire}{quote}"),
            format!("{quote}{}{quote}", wire.to_uppercase()),
        ]
    });
    sources
        .iter()
        .any(|source| literals.iter().flatten().any(|literal| source.contains(literal)))
}

#[test]
fn the_committed_table_of_error_codes_is_current() {
    assert_current("docs/errors.md", &document());
}

#[test]
fn every_code_is_provoked_by_a_test() {
    let sources = behaviour_tests();
    let missing: Vec<_> = Code::ALL
        .iter()
        .filter(|code| !is_provoked(**code, &sources))
        .map(|code| code.wire())
        .collect();
    assert!(
        missing.is_empty(),
        "no test under tests/it or tests/js expects these codes: {}",
        missing.join(", ")
    );
}
