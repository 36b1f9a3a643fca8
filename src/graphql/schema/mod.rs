//! The one schema: its roots, its outline and its text.
//!
//! Invariant: limits are the transport's, which knows the schema by its outline; the library's own are off, since they
//! look at a document only after it has been validated, or add up what excludes each other.

mod bound;

pub(crate) use bound::SIGNATURE;

use super::{
    backup_code::BackupCodeMutation,
    client::{ClientMutation, ClientQuery, ClientSubscription},
    dev_inbox::DevInboxQuery,
    instance::{InstanceMutation, InstanceQuery},
    node::NodeQuery,
    session::{SessionMutation, SessionQuery, SessionSubscription},
    sign_in::{SignInMutation, SignInQuery, SignInSubscription},
    sign_up::{SignUpMutation, SignUpQuery, SignUpSubscription},
    totp::TotpMutation,
    user::{Identification, UserQuery},
};
use async_graphql::{ID, MergedObject, MergedSubscription, Object, SDLExportOptions, SchemaBuilder};
use graphql_transport::outline::Outline;

/// The text of the schema, which a test proves to be current.
const TEXT: &str = include_str!("../../../schema.graphql");
/// How the schema itself begins in the text.
const SCHEMA: &str = "\nschema {\n";
/// What the schema says of itself. The library neither writes nor parses such a description, and has one of its own where
/// introspection asks.
const DESCRIPTION: &str = r#""""
How people sign up, sign in and stay signed in, and what an application asks about them.

Who calls: a browser is known by the cookie `__client`, which answers set; a native application sends the header
`Vestibule-Native: 1` and keeps the token that answers hand out in `Authorization`, to send it there again. A session token
(`sessionTokenCreate`) or the instance's secret key is sent as `Authorization: Bearer …`. Anybody may ask for `environment`, sign up
and sign in.

What goes wrong: what other input can mend is in `userErrors` of the payload, with a code, a sentence for people and the path of the
field. Everything else is in `errors`, with `extensions { code traceId }`, and the payload is null. Progress is no error: what is
missing is told by `status` and the fields beside it.

To read on: README.md has a first journey, docs/errors.md each code, docs/events.md what applications are told. On a development
instance GraphiQL is at the same path, with this journey in its tabs.
"""
"#;
/// How deep selections may lead into each other through fragments; the transport refuses chains of more than 150.
const RECURSION: usize = 160;

/// What can be read.
#[derive(Default, MergedObject)]
pub struct Query(
    RootQuery,
    NodeQuery,
    InstanceQuery,
    ClientQuery,
    SessionQuery,
    SignInQuery,
    SignUpQuery,
    UserQuery,
    DevInboxQuery,
);

/// The root of queries as an object that caches can keep.
#[derive(Default)]
struct RootQuery;

#[Object]
impl RootQuery {
    /// The identifier of the root of queries, which there is once: `query`.
    async fn id(&self) -> ID {
        "query".into()
    }

    /// The root of queries itself. Relay keeps what mutations and subscriptions answer with under their `query` in the same place as
    /// what is asked for through this field.
    async fn query(&self) -> Query {
        Query::default()
    }
}

/// What can be changed. What is wrong with an input is told as `userErrors` of the payload, by the codes that each field lists. Beside
/// those, each field may fail as a whole, with an error beside `data`. Its `extensions.code` is `AUTHENTICATION_INVALID`,
/// `AUTHORIZATION_INVALID`, `TOO_MANY_REQUESTS`, `SERVICE_UNAVAILABLE` or `INTERNAL_ERROR`, or one of the transport's: `BAD_USER_INPUT`
/// for an argument of another form, `DEADLINE_EXCEEDED` for what was not begun in time.
#[derive(Default, MergedObject)]
pub struct Mutation(
    InstanceMutation,
    ClientMutation,
    SessionMutation,
    SignInMutation,
    SignUpMutation,
    TotpMutation,
    BackupCodeMutation,
);

/// What can be followed.
#[derive(Default, MergedSubscription)]
pub struct Subscription(
    ClientSubscription,
    SessionSubscription,
    SignInSubscription,
    SignUpSubscription,
);

/// The schema.
pub type Schema = async_graphql::Schema<Query, Mutation, Subscription>;

/// Who may look at the schema itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Introspection {
    /// Introspection answers, and errors suggest names.
    Open,
    /// Neither: names are not given away.
    Closed,
}

/// The schema.
#[must_use]
pub fn schema(introspection: Introspection) -> Schema {
    let builder = builder().limit_recursive_depth(RECURSION);
    match introspection {
        Introspection::Open => builder.finish(),
        Introspection::Closed => builder.disable_introspection().disable_suggestions().finish(),
    }
}

/// The outline of the schema, with how much there may be of what its text leaves open.
///
/// # Errors
/// When a bound names no field of the schema.
pub fn outline() -> anyhow::Result<Outline> {
    Outline::new(definitions(TEXT), bound::BOUNDS).map_err(anyhow::Error::msg)
}

/// The text of the schema, in an order that does not depend on the code's.
#[must_use]
pub fn sdl() -> String {
    let options = SDLExportOptions::new()
        .sorted_fields()
        .sorted_arguments()
        .sorted_enum_items()
        .include_specified_by()
        .prefer_single_line_descriptions()
        .use_space_ident()
        .indent_width(2);
    let text = builder().finish().sdl_with_options(options);
    let described = text.replacen(SCHEMA, &format!("\n{DESCRIPTION}{}", SCHEMA.trim_start()), 1);
    format!("{}\n", described.trim_end())
}

/// The text up to the schema itself, which is at its end: all types and directives, as the library can parse them.
#[must_use]
pub fn definitions(text: &str) -> &str {
    text.split_once(DESCRIPTION)
        .map_or(text, |(definitions, _)| definitions)
}

fn builder() -> SchemaBuilder<Query, Mutation, Subscription> {
    // Nothing has an interface as its type alone, so that it has to be named.
    async_graphql::Schema::build(Query::default(), Mutation::default(), Subscription::default())
        .register_output_type::<Identification>()
}

#[cfg(test)]
mod tests;
