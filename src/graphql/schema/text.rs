//! The committed text of the schema, and what the schema says of itself in it.

/// The text of the schema, which a test proves to be current.
const TEXT: &str = include_str!("../../../schema.graphql");
/// What the schema says of itself. The library neither writes nor parses such a description, and has one of its own where
/// introspection asks.
pub(super) const DESCRIPTION: &str = r#""""
How people sign up, sign in and stay signed in, and what an application asks about them.

Who calls: a browser is known by the cookie `__client`, which answers set; a native application sends the header
`Vestibule-Native: 1` and keeps the token that answers hand out in `Authorization`, to send it there again. A session token
(`sessionTokenCreate`) or the instance's secret key is sent as `Authorization: Bearer …`. Anybody may ask for `environment`, sign up
and sign in.

What goes wrong: what other input can mend is in `userErrors` of the payload, with a code, a sentence for people and the path of the
field. Everything else is in `errors`, with `extensions.code`, and the payload is null; `extensions.traceId`, which fields that failed
have, is in the log of the server: at the level `debug`, where the server did nothing wrong. Progress is no error: what is missing is told by `status` and the fields beside it.

To read on: README.md has a first journey, docs/errors.md each code, docs/events.md what applications are told. On a development
instance GraphiQL is at the same path, with this journey in its tabs.
"""
"#;

/// All types and directives, as the committed text has them.
pub(crate) fn committed() -> &'static str {
    definitions(TEXT)
}

/// The text up to the schema itself, which is at its end: all types and directives, as the library can parse them.
#[must_use]
pub fn definitions(text: &str) -> &str {
    text.split_once(DESCRIPTION)
        .map_or(text, |(definitions, _)| definitions)
}
