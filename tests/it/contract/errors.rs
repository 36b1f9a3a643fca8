//! docs/errors.md is current, and no code is promised that nothing provokes.

use super::assert_current;
use crate::support::record;
use std::{collections::BTreeSet, fmt::Write as _, fs};
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

#[test]
fn the_committed_table_of_error_codes_is_current() {
    assert_current("docs/errors.md", &document());
}

/// The sources of the tests cannot tell which codes they really meet; a whole run can. It is asked once it is over, since a
/// part of the suite meets but a part of the codes.
#[test]
#[ignore = "judges what a whole run has recorded: scripts/test runs it after each suite"]
fn every_code_was_told_to_a_test_of_this_run() {
    let directory = std::env::var(record::CODES).expect("the directory of the codes that a run recorded");
    let told: BTreeSet<_> = fs::read_dir(&directory)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    let missing: Vec<_> = Code::ALL
        .iter()
        .map(|code| code.wire())
        .filter(|code| !told.contains(*code))
        .collect();
    assert!(
        missing.is_empty(),
        "no test of this run was told these codes: {}",
        missing.join(", ")
    );
}
