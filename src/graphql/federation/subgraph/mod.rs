//! The schema that a gateway composes: what is reachable from the objects that other subgraphs may extend.
//!
//! It has no roots of its own: a gateway asks by the secret key whoever asks the gateway, so that what a root lets a secret key do
//! everybody could do. Invariant: what needs a secret key is for other subgraphs at most, never for who asks the gateway.

use super::{
    field::{base_name, is_shown},
    print::Print,
};
use crate::schema::committed;
use async_graphql::parser::{
    parse_schema,
    types::{FieldDefinition, InputValueDefinition, TypeDefinition, TypeKind, TypeSystemDefinition},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::LazyLock,
};

/// What federation calls the objects that other subgraphs may extend.
const ENTITY: &str = "_Entity";

/// The types of the schema by their names.
type Types = BTreeMap<String, TypeDefinition>;

static TYPES: LazyLock<Result<Types, String>> = LazyLock::new(|| {
    let document = parse_schema(committed()).map_err(|error| error.to_string())?;
    let types = document
        .definitions
        .into_iter()
        .filter_map(|definition| match definition {
            TypeSystemDefinition::Type(definition) => Some((definition.node.name.node.to_string(), definition.node)),
            TypeSystemDefinition::Schema(_) | TypeSystemDefinition::Directive(_) => None,
        });
    Ok(types.collect())
});

/// The schema for a gateway, with that before the name of each type; always the same text for the same prefix.
///
/// # Errors
/// When the committed schema cannot be read, which a test proves it can.
pub fn sdl(prefix: &str) -> anyhow::Result<String> {
    let types = TYPES
        .as_ref()
        .map_err(|error| anyhow::anyhow!("schema.graphql: {error}"))?;
    let entities = members(types, ENTITY);
    let shown = reachable(types, &entities);
    Ok(Print::new(prefix, &entities, &shown).all(types))
}

/// What a union is made of.
fn members<'a>(types: &'a Types, union: &str) -> BTreeSet<&'a str> {
    match types.get(union).map(|definition| &definition.kind) {
        Some(TypeKind::Union(union)) => union.members.iter().map(|member| member.node.as_str()).collect(),
        _ => BTreeSet::new(),
    }
}

/// The types that fields lead to, and what implements those that are abstract.
fn reachable<'a>(types: &'a Types, entities: &BTreeSet<&'a str>) -> BTreeSet<&'a str> {
    let mut found = BTreeSet::new();
    let mut open: Vec<&str> = entities.iter().copied().collect();
    while let Some(name) = open.pop() {
        let Some((name, definition)) = types.get_key_value(name) else {
            continue;
        };
        if !found.insert(name.as_str()) {
            continue;
        }
        match &definition.kind {
            TypeKind::Object(object) => open.extend(object.fields.iter().flat_map(|field| named_by(&field.node))),
            TypeKind::Interface(interface) => {
                open.extend(interface.fields.iter().flat_map(|field| named_by(&field.node)));
                open.extend(implementing(types, name));
            }
            TypeKind::Union(union) => open.extend(union.members.iter().map(|member| member.node.as_str())),
            TypeKind::InputObject(input) => open.extend(input.fields.iter().map(|field| taken_by(&field.node))),
            TypeKind::Scalar | TypeKind::Enum(_) => {}
        }
    }
    found
}

fn named_by(field: &FieldDefinition) -> impl Iterator<Item = &str> {
    let arguments = if is_shown(field) {
        field.arguments.as_slice()
    } else {
        &[]
    };
    let own = is_shown(field).then(|| base_name(&field.ty.node));
    own.into_iter()
        .chain(arguments.iter().map(|argument| taken_by(&argument.node)))
}

fn taken_by(value: &InputValueDefinition) -> &str {
    base_name(&value.ty.node)
}

fn implementing<'a>(types: &'a Types, interface: &str) -> impl Iterator<Item = &'a str> {
    types
        .iter()
        .filter_map(move |(name, definition)| match &definition.kind {
            TypeKind::Object(object) => {
                let mut implemented = object.implements.iter();
                implemented.any(|one| one.node == interface).then_some(name.as_str())
            }
            _ => None,
        })
}

#[cfg(test)]
mod tests;
