//! The one schema: its roots, its outline and its text.
//!
//! Invariant: limits are the transport's, which knows the schema by its outline; the library's own are off, since they
//! look at a document only after it has been validated, or add up what excludes each other.

mod bound;
mod text;

pub(crate) use bound::SIGNATURE;
pub(crate) use text::committed;
pub use text::definitions;

use super::{
    backup_code::BackupCodeMutation,
    client::{ClientMutation, ClientQuery, ClientSubscription},
    dev_inbox::DevInboxQuery,
    federation::FederationQuery,
    instance::{InstanceMutation, InstanceQuery},
    node::NodeQuery,
    session::{SessionMutation, SessionQuery, SessionSubscription},
    sign_in::{SignInMutation, SignInQuery, SignInSubscription},
    sign_up::{SignUpMutation, SignUpQuery, SignUpSubscription},
    totp::TotpMutation,
    trusted_document::TrustedDocumentMutation,
    user::{Identification, UserQuery},
};
use async_graphql::{
    ID, MergedObject, MergedSubscription, Object, Response, SDLExportOptions, SchemaBuilder, Value, async_trait,
    extensions::{Extension, ExtensionContext, ExtensionFactory, NextExecute},
};
use graphql_transport::outline::Outline;
use std::sync::{Arc, LazyLock};
use text::DESCRIPTION;

/// How the schema itself begins in the text.
const SCHEMA: &str = "\nschema {\n";
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
    FederationQuery,
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
    TrustedDocumentMutation,
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

/// The schema that validates what it is asked and carries out nothing of it.
#[must_use]
pub fn validating() -> &'static Schema {
    static VALIDATING: LazyLock<Schema> = LazyLock::new(|| {
        builder()
            .limit_recursive_depth(RECURSION)
            .extension(Validating)
            .finish()
    });
    &VALIDATING
}

/// Ends an execution before it begins.
struct Validating;

impl ExtensionFactory for Validating {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(Self)
    }
}

#[async_trait::async_trait]
impl Extension for Validating {
    async fn execute(&self, _: &ExtensionContext<'_>, _: Option<&str>, _: NextExecute<'_>) -> Response {
        Response::new(Value::Null)
    }
}

/// The outline of the schema, with how much there may be of what its text leaves open.
///
/// # Errors
/// When a bound names no field of the schema.
pub fn outline() -> anyhow::Result<Outline> {
    Outline::new(committed(), bound::BOUNDS).map_err(anyhow::Error::msg)
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

fn builder() -> SchemaBuilder<Query, Mutation, Subscription> {
    // Nothing has an interface as its type alone, so that it has to be named.
    async_graphql::Schema::build(Query::default(), Mutation::default(), Subscription::default())
        .register_output_type::<Identification>()
}

#[cfg(test)]
mod tests;
