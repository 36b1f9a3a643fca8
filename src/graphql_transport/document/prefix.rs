//! Names of types with a prefix, as gateways have them (Apollo Federation 2): in operations that ask for `_entities`.
//!
//! The invariant: roots, built-in types and what begins with an underscore are never prefixed, and what runs has the schema's own names.

use super::select::selected;
use crate::outline::Outline;
use async_graphql::parser::Positioned;
use async_graphql::parser::types::{
    BaseType, DocumentOperations, ExecutableDocument, OperationDefinition, Selection, SelectionSet, Type,
};
use async_graphql::{Name, Value};
use std::collections::HashMap;
use std::sync::Arc;

/// The field that a gateway asks for objects.
const ENTITIES: &str = "_entities";
const TYPE_NAME: &str = "__typename";

/// How the names of an answer are given back with the prefix with which they were asked for.
#[derive(Debug)]
pub struct Prefixed {
    prefix: String,
    document: ExecutableDocument,
    operation_name: Option<String>,
    outline: Arc<Outline>,
}

/// What a selection set asks for under one key.
#[derive(Default)]
struct Asked<'a> {
    is_type_name: bool,
    sets: Vec<&'a SelectionSet>,
}

/// Whether an operation asks for `_entities`. Fragments that contain themselves must have been refused before.
pub(super) fn asks(document: &ExecutableDocument, operation: &OperationDefinition) -> bool {
    let mut asked = HashMap::new();
    collect(document, &operation.selection_set.node, &mut asked, &|field| {
        field == ENTITIES
    });
    !asked.is_empty()
}

/// A document with the schema's own names in place of those with the prefix.
pub(super) fn without(prefix: &str, document: &mut ExecutableDocument, outline: &Outline) {
    Names { prefix, outline }.replace(document);
}

/// Takes the prefix from names.
struct Names<'a> {
    prefix: &'a str,
    outline: &'a Outline,
}

impl Names<'_> {
    fn replace(&self, document: &mut ExecutableDocument) {
        match &mut document.operations {
            DocumentOperations::Single(operation) => self.operation(operation),
            DocumentOperations::Multiple(operations) => {
                for operation in operations.values_mut() {
                    self.operation(operation);
                }
            }
        }
        for fragment in document.fragments.values_mut() {
            self.name(&mut fragment.node.type_condition.node.on.node);
            self.set(&mut fragment.node.selection_set.node);
        }
    }

    fn operation(&self, operation: &mut Positioned<OperationDefinition>) {
        for variable in &mut operation.node.variable_definitions {
            self.of(&mut variable.node.var_type.node);
        }
        self.set(&mut operation.node.selection_set.node);
    }

    fn set(&self, set: &mut SelectionSet) {
        for selection in &mut set.items {
            match &mut selection.node {
                Selection::Field(field) => self.set(&mut field.node.selection_set.node),
                Selection::InlineFragment(inline) => {
                    if let Some(condition) = &mut inline.node.type_condition {
                        self.name(&mut condition.node.on.node);
                    }
                    self.set(&mut inline.node.selection_set.node);
                }
                Selection::FragmentSpread(_) => {}
            }
        }
    }

    fn of(&self, of: &mut Type) {
        match &mut of.base {
            BaseType::Named(name) => self.name(name),
            BaseType::List(of) => self.of(of),
        }
    }

    /// A name without the prefix, if that leaves one of the schema's; gateways that were composed before there was one know no other.
    fn name(&self, name: &mut Name) {
        let own = name.strip_prefix(self.prefix).filter(|own| self.outline.is_type(own));
        if let Some(own) = own.map(Name::new) {
            *name = own;
        }
    }
}

impl Prefixed {
    /// For the answers of that document, which has the schema's own names.
    pub(super) fn new(
        prefix: String,
        document: &ExecutableDocument,
        operation_name: Option<String>,
        outline: &Arc<Outline>,
    ) -> Self {
        Self {
            prefix,
            document: document.clone(),
            operation_name,
            outline: Arc::clone(outline),
        }
    }

    /// Puts the prefix before the names that the answer tells of types.
    pub(crate) fn put(&self, data: &mut Value) {
        if let Ok(operation) = selected(&self.document, self.operation_name.as_deref()) {
            self.visit(vec![data], &[&operation.node.selection_set.node]);
        }
    }

    /// The values are all objects, or lists of them, of which these sets were asked for.
    fn visit(&self, values: Vec<&mut Value>, sets: &[&SelectionSet]) {
        let mut asked = HashMap::new();
        for set in sets {
            collect(&self.document, set, &mut asked, &|_| true);
        }
        let mut inner: HashMap<&str, Vec<&mut Value>> = HashMap::new();
        let mut open = values;
        while let Some(value) = open.pop() {
            match value {
                Value::List(values) => open.extend(values),
                Value::Object(fields) => {
                    for (key, value) in fields {
                        match (asked.get_key_value(key.as_str()), value) {
                            (Some((_, asked)), Value::String(name)) if asked.is_type_name => self.name(name),
                            (Some((key, asked)), value) if asked.sets.iter().any(|set| !set.items.is_empty()) => {
                                inner.entry(key).or_default().push(value);
                            }
                            _ => {}
                        }
                    }
                }
                _ => {}
            }
        }
        for (key, values) in inner {
            if let Some(asked) = asked.get(key) {
                self.visit(values, &asked.sets);
            }
        }
    }

    fn name(&self, name: &mut String) {
        if self.outline.is_type(name) {
            name.insert_str(0, &self.prefix);
        }
    }
}

/// What a selection set asks for by key, with what is in its fragments.
fn collect<'a>(
    document: &'a ExecutableDocument,
    set: &'a SelectionSet,
    asked: &mut HashMap<&'a str, Asked<'a>>,
    is_wanted: &impl Fn(&str) -> bool,
) {
    for selection in &set.items {
        match &selection.node {
            Selection::Field(field) if is_wanted(&field.node.name.node) => {
                let key = field.node.response_key().node.as_str();
                let entry = asked.entry(key).or_default();
                // Types that exclude each other may mean different things by one key.
                entry.is_type_name |= field.node.name.node == TYPE_NAME;
                entry.sets.push(&field.node.selection_set.node);
            }
            Selection::Field(_) => {}
            Selection::InlineFragment(inline) => {
                collect(document, &inline.node.selection_set.node, asked, is_wanted);
            }
            Selection::FragmentSpread(spread) => {
                if let Some(fragment) = document.fragments.get(spread.node.fragment_name.node.as_str()) {
                    collect(document, &fragment.node.selection_set.node, asked, is_wanted);
                }
            }
        }
    }
}
