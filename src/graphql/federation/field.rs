//! Which fields a gateway knows of, and which of them are for other subgraphs alone.

use async_graphql::parser::types::{BaseType, FieldDefinition, Type};

/// The roots, which a gateway has of its own.
const ROOTS: [&str; 3] = ["Query", "Mutation", "Subscription"];
/// What the comment of what is there for secret keys alone says, which a test holds against introspection.
pub(super) const FOR_SECRET_KEYS: &str = "Needs a secret key.";

/// Whether a gateway knows of a field. What leads back to a root does not: the gateway has roots of its own.
pub(super) fn is_shown(field: &FieldDefinition) -> bool {
    !ROOTS.contains(&base_name(&field.ty.node))
}

/// Whether a field is for other subgraphs alone.
pub(super) fn is_inaccessible(field: &FieldDefinition) -> bool {
    let description = field.description.as_ref();
    description.is_some_and(|description| description.node.contains(FOR_SECRET_KEYS))
}

/// The name of a type without its lists.
pub(super) fn base_name(of: &Type) -> &str {
    match &of.base {
        BaseType::Named(name) => name.as_str(),
        BaseType::List(of) => base_name(of),
    }
}
