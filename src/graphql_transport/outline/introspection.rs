//! The types that every schema has (GraphQL, "Schema Introspection"), and how much of them a given one has.

use super::{Bound, Times};
use async_graphql::parser::types::{TypeDefinition, TypeKind};

/// The introspection types as this server answers them. What the list of all types has is a type of its own here, since
/// all types together have as many fields as the schema has, whereas one type may have as many as the largest.
pub(super) const SDL: &str = "
    type __Schema {
        description: String  types: [__ListedType!]!  queryType: __Type!  mutationType: __Type  subscriptionType: __Type
        directives: [__Directive!]!
    }
    type __ListedType {
        kind: String!  name: String  description: String  specifiedByURL: String  isOneOf: Boolean
        fields(includeDeprecated: Boolean): [__Field!]  interfaces: [__Type!]  possibleTypes: [__Type!]
        enumValues(includeDeprecated: Boolean): [__EnumValue!]
        inputFields(includeDeprecated: Boolean): [__InputValue!]  ofType: __Type
    }
    type __Type {
        kind: String!  name: String  description: String  specifiedByURL: String  isOneOf: Boolean
        fields(includeDeprecated: Boolean): [__Field!]  interfaces: [__Type!]  possibleTypes: [__Type!]
        enumValues(includeDeprecated: Boolean): [__EnumValue!]
        inputFields(includeDeprecated: Boolean): [__InputValue!]  ofType: __Type
    }
    type __Field {
        name: String!  description: String  args(includeDeprecated: Boolean): [__InputValue!]!  type: __Type!
        isDeprecated: Boolean!  deprecationReason: String
    }
    type __InputValue {
        name: String!  description: String  type: __Type!  defaultValue: String  isDeprecated: Boolean!
        deprecationReason: String
    }
    type __EnumValue { name: String!  description: String  isDeprecated: Boolean!  deprecationReason: String }
    type __Directive {
        name: String!  description: String  locations: [String!]!  args(includeDeprecated: Boolean): [__InputValue!]!
        isRepeatable: Boolean!
    }
";

/// What tools ask to learn a schema, with the depth of types that they go to.
pub(super) const USUAL_QUERY: &str = "
    query {
        __schema {
            description queryType { name kind } mutationType { name kind } subscriptionType { name kind }
            types { ...Listed }
            directives { name description isRepeatable locations args(includeDeprecated: true) { ...Input } }
        }
    }
    fragment Listed on __Type {
        kind name description specifiedByURL isOneOf
        fields(includeDeprecated: true) {
            name description args(includeDeprecated: true) { ...Input } type { ...Of } isDeprecated deprecationReason
        }
        inputFields(includeDeprecated: true) { ...Input }
        interfaces { ...Of }
        enumValues(includeDeprecated: true) { name description isDeprecated deprecationReason }
        possibleTypes { ...Of }
    }
    fragment Input on __InputValue { name description type { ...Of } defaultValue isDeprecated deprecationReason }
    fragment Of on __Type {
        kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name
        ofType { kind name ofType { kind name ofType { kind name ofType { kind name } } } } } } } } }
    }
";

/// The name under which the list of all types has them, and the one under which documents know them.
pub(super) const LISTED: (&str, &str) = ("__ListedType", "__Type");

/// How much there is of the parts of one type.
#[derive(Clone, Copy, Default)]
struct Parts {
    fields: usize,
    interfaces: usize,
    possible: usize,
    values: usize,
    inputs: usize,
    arguments: usize,
}

/// How long the lists of introspection are.
pub(super) fn bounds(types: &[TypeDefinition]) -> Vec<Bound> {
    let parts: Vec<Parts> = types.iter().map(|definition| parts(definition, types)).collect();
    let most = |part: fn(&Parts) -> usize| upto(parts.iter().map(part).max().unwrap_or_default());
    // Rounded up, which leaves room for the few types that the text leaves out.
    let mean = |part: fn(&Parts) -> usize| upto(parts.iter().map(part).sum::<usize>() / types.len().max(1) + 1);
    let arguments: usize = parts.iter().map(|parts| parts.arguments).sum();
    let fields: usize = parts.iter().map(|parts| parts.fields).sum();
    vec![
        Bound::list("__Schema.types", upto(types.len() + 5)),
        Bound::list("__Schema.directives", upto(8)),
        Bound::list("__Directive.args", upto(2)),
        Bound::list("__Directive.locations", upto(1)),
        Bound::list("__ListedType.fields", mean(|parts| parts.fields)),
        Bound::list("__ListedType.interfaces", mean(|parts| parts.interfaces)),
        Bound::list("__ListedType.possibleTypes", mean(|parts| parts.possible)),
        Bound::list("__ListedType.enumValues", mean(|parts| parts.values)),
        Bound::list("__ListedType.inputFields", mean(|parts| parts.inputs)),
        Bound::list("__Type.fields", most(|parts| parts.fields)),
        Bound::list("__Type.interfaces", most(|parts| parts.interfaces)),
        Bound::list("__Type.possibleTypes", most(|parts| parts.possible)),
        Bound::list("__Type.enumValues", most(|parts| parts.values)),
        Bound::list("__Type.inputFields", most(|parts| parts.inputs)),
        Bound::list("__Field.args", upto(arguments / fields.max(1) + 1)),
    ]
}

fn upto(count: usize) -> Times {
    Times::Upto(u64::try_from(count).unwrap_or(u64::MAX))
}

fn parts(definition: &TypeDefinition, types: &[TypeDefinition]) -> Parts {
    let of_fields = |fields: &[async_graphql::Positioned<async_graphql::parser::types::FieldDefinition>]| Parts {
        fields: fields.len(),
        arguments: fields.iter().map(|field| field.node.arguments.len()).sum(),
        ..Parts::default()
    };
    match &definition.kind {
        TypeKind::Scalar => Parts::default(),
        TypeKind::Object(object) => Parts {
            interfaces: object.implements.len(),
            ..of_fields(&object.fields)
        },
        TypeKind::Interface(interface) => {
            let implements = |other: &&TypeDefinition| match &other.kind {
                TypeKind::Object(object) => object.implements.iter().any(|name| name.node == definition.name.node),
                _ => false,
            };
            Parts {
                possible: types.iter().filter(implements).count(),
                ..of_fields(&interface.fields)
            }
        }
        TypeKind::Union(union) => Parts {
            possible: union.members.len(),
            ..Parts::default()
        },
        TypeKind::Enum(values) => Parts {
            values: values.values.len(),
            ..Parts::default()
        },
        TypeKind::InputObject(input) => Parts {
            inputs: input.fields.len(),
            ..Parts::default()
        },
    }
}
