//! The one schema: its roots, its limits and its text.
//!
//! Invariant: the schema's own limits are never below the transport's, so that whatever is refused is refused in the
//! transport's form.

use super::{
    client::{ClientMutation, ClientQuery, ClientSubscription},
    dev_inbox::DevInboxQuery,
    instance::{InstanceMutation, InstanceQuery},
    node::NodeQuery,
    session::{SessionMutation, SessionQuery},
    sign_in::{SignInMutation, SignInQuery, SignInSubscription},
    sign_up::{SignUpMutation, SignUpQuery, SignUpSubscription},
    transport::Limits,
    user::UserQuery,
};
use async_graphql::{MergedObject, MergedSubscription, SDLExportOptions, SchemaBuilder};

/// The most that one operation may cost: each field is one, and what is in a list counts for each item.
const COMPLEXITY: usize = 5_000;
/// How deep selections may lead into each other through fragments; the transport refuses chains of more than 150.
const RECURSION: usize = 160;

/// What can be read.
#[derive(Default, MergedObject)]
pub struct Query(
    NodeQuery,
    InstanceQuery,
    ClientQuery,
    SessionQuery,
    SignInQuery,
    SignUpQuery,
    UserQuery,
    DevInboxQuery,
);

/// What can be changed.
#[derive(Default, MergedObject)]
pub struct Mutation(
    InstanceMutation,
    ClientMutation,
    SessionMutation,
    SignInMutation,
    SignUpMutation,
);

/// What can be followed.
#[derive(Default, MergedSubscription)]
pub struct Subscription(ClientSubscription, SignInSubscription, SignUpSubscription);

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

/// The schema with its limits.
#[must_use]
pub fn schema(introspection: Introspection, limits: &Limits) -> Schema {
    let builder = builder()
        .limit_complexity(COMPLEXITY)
        .limit_depth(limits.depth)
        .limit_recursive_depth(RECURSION)
        .limit_directives(limits.directives)
        .limit_aliases(limits.aliases);
    match introspection {
        Introspection::Open => builder.finish(),
        Introspection::Closed => builder.disable_introspection().disable_suggestions().finish(),
    }
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
    format!("{}\n", text.trim_end())
}

fn builder() -> SchemaBuilder<Query, Mutation, Subscription> {
    async_graphql::Schema::build(Query::default(), Mutation::default(), Subscription::default())
}

#[cfg(test)]
mod tests;
