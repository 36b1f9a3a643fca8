//! docs/errors.md is current. That a test is told each of its codes, `scripts/test` asks of a whole run.

use super::assert_current;
use std::fmt::Write as _;
use vestibule::error::Code;

const INTRODUCTION: &str = "\
# Error codes

Generated from `src/kernel/error/code.rs` by `scripts/docs`; do not edit.

REST answers with the status of the first problem and `{ \"errors\": [{ \"code\", \"message\", \"long_message\", \"meta\" }], \
\"clerk_trace_id\" }`;
`meta.param_name` names the parameter where a problem has one. GraphQL spells the same codes in capitals
(`FORM_CODE_INCORRECT`), as `userErrors { code }` of a payload or as `extensions.code` of a top-level error.

`message` and `long_message` are sentences for people and name no parameter. What a program needs stands beside them in `meta`:
`minimum` and `maximum` where a length or a number is out of range, `allowed` where it is one of several words, `nearest` for what was
probably meant, `lockout_expires_in_seconds` of a locked account, `session_id` of the session that is in the way. `Retry-After` says
when trying again makes sense.

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
