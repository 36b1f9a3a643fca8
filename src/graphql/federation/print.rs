//! Writes types as GraphQL has them, with the directives of federation.
//!
//! Invariant: types are in the order of their names and fields in that of the schema, so that equal schemas are equal texts.

use super::field::{base_name, is_inaccessible, is_shown};
use async_graphql::parser::types::{BaseType, FieldDefinition, InputValueDefinition, Type, TypeDefinition, TypeKind};
use async_graphql::{Name, Positioned};
use std::collections::{BTreeMap, BTreeSet};

/// What the text begins with.
const LINK: &str = r#"extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key", "@shareable", "@inaccessible"])
"#;
/// The scalars that every schema has.
const BUILT_IN: [&str; 5] = ["Int", "Float", "String", "Boolean", "ID"];

/// How a schema is written.
pub(super) struct Print<'a> {
    prefix: &'a str,
    entities: &'a BTreeSet<&'a str>,
    shown: &'a BTreeSet<&'a str>,
    text: String,
}

impl<'a> Print<'a> {
    pub(super) fn new(prefix: &'a str, entities: &'a BTreeSet<&'a str>, shown: &'a BTreeSet<&'a str>) -> Self {
        Self {
            prefix,
            entities,
            shown,
            text: LINK.to_owned(),
        }
    }

    /// The text with all types that are shown.
    pub(super) fn all(mut self, types: &BTreeMap<String, TypeDefinition>) -> String {
        for (name, definition) in types {
            if self.shown.contains(name.as_str()) {
                self.definition(definition);
            }
        }
        self.text
    }

    fn definition(&mut self, definition: &TypeDefinition) {
        self.text.push('\n');
        self.description(definition.description.as_ref(), "");
        let name = definition.name.node.as_str();
        match &definition.kind {
            TypeKind::Scalar => self.line(&format!("scalar {}", self.named(name))),
            TypeKind::Object(object) => {
                let of = self.implemented(&object.implements);
                let directive = self.directive(name, &object.fields);
                self.line(&format!("type {}{of}{directive} {{", self.named(name)));
                self.fields(&object.fields);
            }
            TypeKind::Interface(interface) => {
                let of = self.implemented(&interface.implements);
                self.line(&format!("interface {}{of} {{", self.named(name)));
                self.fields(&interface.fields);
            }
            TypeKind::Union(union) => {
                let members: Vec<_> = union.members.iter().map(|member| self.named(&member.node)).collect();
                self.line(&format!("union {} = {}", self.named(name), members.join(" | ")));
            }
            TypeKind::Enum(kind) => {
                self.line(&format!("enum {} {{", self.named(name)));
                for value in kind.values.iter().map(|value| &value.node) {
                    self.description(value.description.as_ref(), "  ");
                    self.line(&format!("  {}", value.value.node));
                }
                self.line("}");
            }
            TypeKind::InputObject(input) => {
                self.line(&format!("input {} {{", self.named(name)));
                for field in input.fields.iter().map(|field| &field.node) {
                    self.description(field.description.as_ref(), "  ");
                    self.line(&format!("  {}", self.input(field)));
                }
                self.line("}");
            }
        }
    }

    /// Objects that others extend have a key. What has no identifier is a value, which other subgraphs may have as well.
    fn directive(&self, name: &str, fields: &[Positioned<FieldDefinition>]) -> &'static str {
        if self.entities.contains(name) {
            r#" @key(fields: "id")"#
        } else if fields.iter().any(|field| field.node.name.node == "id") {
            ""
        } else {
            " @shareable"
        }
    }

    fn implemented(&self, interfaces: &[Positioned<Name>]) -> String {
        let shown = interfaces.iter().filter(|name| self.shown.contains(name.node.as_str()));
        let names: Vec<_> = shown.map(|name| self.named(&name.node)).collect();
        match names.is_empty() {
            true => String::new(),
            false => format!(" implements {}", names.join(" & ")),
        }
    }

    fn fields(&mut self, fields: &[Positioned<FieldDefinition>]) {
        for field in fields.iter().map(|field| &field.node).filter(|field| is_shown(field)) {
            self.description(field.description.as_ref(), "  ");
            let arguments: Vec<_> = field
                .arguments
                .iter()
                .map(|argument| self.input(&argument.node))
                .collect();
            let arguments = match arguments.is_empty() {
                true => String::new(),
                false => format!("({})", arguments.join(", ")),
            };
            let directive = if is_inaccessible(field) { " @inaccessible" } else { "" };
            let of = self.of(&field.ty.node);
            self.line(&format!("  {}{arguments}: {of}{directive}", field.name.node));
        }
        self.line("}");
    }

    fn input(&self, value: &InputValueDefinition) -> String {
        let default = value.default_value.as_ref();
        let default = default.map_or_else(String::new, |default| format!(" = {}", default.node));
        format!("{}: {}{default}", value.name.node, self.of(&value.ty.node))
    }

    fn of(&self, of: &Type) -> String {
        let base = match &of.base {
            BaseType::Named(_) => self.named(base_name(of)),
            BaseType::List(of) => format!("[{}]", self.of(of)),
        };
        if of.nullable { base } else { format!("{base}!") }
    }

    /// The name of a type for the gateway.
    fn named(&self, name: &str) -> String {
        match BUILT_IN.contains(&name) {
            true => name.to_owned(),
            false => format!("{}{name}", self.prefix),
        }
    }

    fn description(&mut self, description: Option<&Positioned<String>>, indent: &str) {
        let Some(description) = description else { return };
        // A string of JSON is one of GraphQL, whatever it holds.
        let quoted = serde_json::Value::from(description.node.as_str());
        self.line(&format!("{indent}{quoted}"));
    }

    fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }
}
