//! docs/errors.md is current. That a test is told each of its codes, `scripts/test` asks of a whole run; that no test is told another
//! one at the top level of GraphQL, `tests/it/support/top_level.rs` of each answer.

use super::assert_current;
use std::fmt::Write as _;
use vestibule::{
    error::Code,
    graphql::error::{OF_FIELDS, OF_REQUESTS},
    graphql_transport::GraphqlCode,
};

const INTRODUCTION: &str = "\
# Error codes

Generated from `src/kernel/error/code.rs`, `src/graphql_transport/refusal.rs` and `src/graphql/error.rs` by `scripts/docs`; do not \
edit.

REST answers with the status of the first problem and `{ \"errors\": [{ \"code\", \"message\", \"long_message\", \"meta\" }], \
\"clerk_trace_id\" }`;
`meta.param_name` names the parameter where a problem has one. GraphQL spells the same codes in capitals
(`FORM_CODE_INCORRECT`), as `userErrors { code }` of a payload, each mutation those that its description lists, or as `extensions.code`
of a [top-level error](#top-level-extensionscode).

`message` and `long_message` are sentences for people and name no parameter. What a program needs stands beside them in `meta`:
`minimum` and `maximum` where a length or a number is out of range, `allowed` where it is one of several words, `nearest` for what was
probably meant, `lockout_expires_in_seconds` of a locked account, `session_id` of the session that is in the way. `Retry-After` says
when trying again makes sense. `attempts_left` says how often another code may be tried at a sign-up. In
GraphQL `minimum`, `maximum`, `attemptsLeft`, `sessionId` and `retryAfterSeconds` are fields of the problem, beside `meta`.

| code | status | message |
|---|---|---|
";

const TOP_LEVEL: &str = "
## Top-level `extensions.code`

Errors beside `data` have one of these words and no other. What a request as a whole is refused for has no `path`; the status depends on
the media type that the client accepts. An error of a field has a `path`, and leaves the status at 200 and the other fields as they are.
In events and on sockets there is no status; a page whose socket is refused gets 403 with `ORIGIN_INVALID`. What is not the transport's
own is one of the codes above.

`TOO_MANY_REQUESTS` is what every page for signing in meets: after five wrong passwords or codes from one network the next answer
has it, with `data { signInCreate: null }`. Where trying again makes sense later, `extensions.retryAfterSeconds` says after how many seconds,
and so does the header `Retry-After`. [docs/graphql](graphql/README.md) shows where each client has it.

`CLIENT_TOKEN_REPLACED` answers a request that was on its way while a sign-in or sign-up completed, and so shows the token from
before. There is no `data`; ask again, with the token from then on.

`OPERATION_NOT_SUPPORTED` is met on sockets alone. Over HTTP a mutation by `GET` is refused with `METHOD_NOT_ALLOWED`, and one that
wants its answer as server-sent events with `NOT_ACCEPTABLE`.

| code | `application/graphql-response+json` | `application/json` | message |
|---|---|---|---|
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
    text.push_str(TOP_LEVEL);
    for (word, (status, legacy), message) in top_level() {
        writeln!(
            text,
            "| `{word}` | {status} | {legacy} | {} |",
            message.replace('<', "&lt;")
        )
        .unwrap();
    }
    text
}

/// Every word that `extensions.code` may be, with the status for either media type and the message: the transport's own, then those of
/// the services.
fn top_level() -> Vec<(String, (u16, u16), &'static str)> {
    let own = GraphqlCode::ALL.iter().map(|code| {
        let statuses = (code.status(), code.legacy_status());
        (code.wire().to_owned(), statuses, code.message())
    });
    let of_services = Code::ALL.iter().filter_map(|code| {
        let status = match (OF_REQUESTS.contains(code), OF_FIELDS.contains(code)) {
            (true, _) => code.status(),
            (false, true) => 200,
            (false, false) => return None,
        };
        Some((code.wire().to_ascii_uppercase(), (status, status), code.message()))
    });
    own.chain(of_services).collect()
}

#[test]
fn the_committed_table_of_error_codes_is_current() {
    assert_current("docs/errors.md", &document());
}
