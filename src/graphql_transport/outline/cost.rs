//! What an operation may cost, from its text alone: each object is one and what it holds is free, what is in a list counts for
//! each item that there may be, and of type conditions that exclude each other only the dearest counts.
//!
//! The invariant: each selection set is looked at once for each type that it can be of.

use super::{FieldShape, Outline, Times, introspection};
use async_graphql::parser::types::{ExecutableDocument, Field, OperationDefinition, Selection, SelectionSet};
use async_graphql_value::Value;
use serde_json::{Map, Value as Json};
use std::collections::HashMap;

/// What an operation may cost, its own objects and the fields of introspection apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Cost {
    /// Of its own objects.
    pub(crate) objects: u64,
    /// Of those of introspection.
    pub(crate) introspection: u64,
}

impl Cost {
    fn and(self, other: Self) -> Self {
        Self {
            objects: self.objects.saturating_add(other.objects),
            introspection: self.introspection.saturating_add(other.introspection),
        }
    }

    fn or(self, other: Self) -> Self {
        Self {
            objects: self.objects.max(other.objects),
            introspection: self.introspection.max(other.introspection),
        }
    }
}

/// The costs within one operation.
pub(super) struct Costs<'a> {
    outline: &'a Outline,
    document: &'a ExecutableDocument,
    operation: &'a OperationDefinition,
    variables: &'a Map<String, Json>,
    /// By the address of a selection set and the type it was looked at for.
    known: HashMap<(*const SelectionSet, usize), Cost>,
}

impl<'a> Costs<'a> {
    pub(super) fn new(
        outline: &'a Outline,
        document: &'a ExecutableDocument,
        operation: &'a OperationDefinition,
        variables: &'a Map<String, Json>,
    ) -> Self {
        Self {
            outline,
            document,
            operation,
            variables,
            known: HashMap::new(),
        }
    }

    /// What the operation costs. Fragments that contain themselves must have been refused before.
    pub(super) fn total(mut self) -> Cost {
        let root = self.outline.root(self.operation.ty);
        root.map_or_else(Cost::default, |root| self.set(&self.operation.selection_set.node, root))
    }

    fn set(&mut self, set: &'a SelectionSet, of: usize) -> Cost {
        let key = (std::ptr::from_ref(set), of);
        if let Some(known) = self.known.get(&key) {
            return *known;
        }
        let mut cost = Cost::default();
        for selection in &set.items {
            let selected = match &selection.node {
                Selection::Field(field) => self.field(&field.node, of),
                Selection::InlineFragment(inline) => {
                    let condition = inline.node.type_condition.as_ref();
                    let applies = condition.is_none_or(|condition| self.applies(&condition.node.on.node, of));
                    if applies {
                        self.set(&inline.node.selection_set.node, of)
                    } else {
                        Cost::default()
                    }
                }
                Selection::FragmentSpread(spread) => {
                    let document = self.document;
                    match document.fragments.get(spread.node.fragment_name.node.as_str()) {
                        Some(fragment) if self.applies(&fragment.node.type_condition.node.on.node, of) => {
                            self.set(&fragment.node.selection_set.node, of)
                        }
                        _ => Cost::default(),
                    }
                }
            };
            cost = cost.and(selected);
        }
        self.known.insert(key, cost);
        cost
    }

    fn field(&mut self, field: &'a Field, of: usize) -> Cost {
        let name = field.name.node.as_str();
        let outline = self.outline;
        let Some(shape) = outline.shape(of).and_then(|shape| shape.fields.get(name)) else {
            // What is unknown is not carried out.
            return Cost::default();
        };
        let inner = shape
            .of
            .and_then(|of| outline.shape(of))
            .map_or_else(Cost::default, |inner| {
                let each = inner.concrete.iter();
                each.fold(Cost::default(), |cost, concrete| {
                    cost.or(self.set(&field.selection_set.node, *concrete))
                })
            });
        let times = self.times(field, shape);
        let cost = |inner: u64| shape.weight.saturating_add(inner).saturating_mul(times);
        let introspection = if inner.introspection == 0 {
            0
        } else {
            inner.introspection.saturating_mul(times)
        };
        if matches!(name, "__schema" | "__type") {
            return Cost {
                objects: 1,
                introspection: cost(inner.objects),
            };
        }
        Cost {
            objects: cost(inner.objects),
            introspection,
        }
    }

    fn times(&self, field: &Field, shape: &FieldShape) -> u64 {
        match shape.times {
            Times::Upto(times) => times,
            Times::Items(argument, _) => self.items(field, argument),
            Times::Page(default, most) => {
                let asked = ["first", "last"]
                    .into_iter()
                    .filter_map(|argument| self.number(field, argument));
                // A page of nothing is asked for and counted all the same.
                asked.max().unwrap_or(default).clamp(1, most)
            }
        }
    }

    /// How many items an argument has; one that is no list counts as a list of it.
    fn items(&self, field: &Field, argument: &str) -> u64 {
        let count = match field.get_argument(argument).map(|value| &value.node) {
            None => 0,
            Some(Value::List(values)) => values.len(),
            Some(Value::Variable(name)) => match self.variables.get(name.as_str()) {
                Some(Json::Array(values)) => values.len(),
                Some(_) => 1,
                None => match self.default_of(name) {
                    Some(async_graphql_value::ConstValue::List(values)) => values.len(),
                    _ => 1,
                },
            },
            Some(_) => 1,
        };
        u64::try_from(count).unwrap_or(u64::MAX)
    }

    /// The number that an argument is, if it is one.
    fn number(&self, field: &Field, argument: &str) -> Option<u64> {
        match &field.get_argument(argument)?.node {
            Value::Number(number) => number.as_u64(),
            Value::Variable(name) => match (self.variables.get(name.as_str()), self.default_of(name)) {
                (Some(value), _) => value.as_u64(),
                (None, Some(async_graphql_value::ConstValue::Number(number))) => number.as_u64(),
                (None, _) => None,
            },
            _ => None,
        }
    }

    fn default_of(&self, name: &str) -> Option<&'a async_graphql_value::ConstValue> {
        let mut variables = self.operation.variable_definitions.iter();
        let variable = variables.find(|variable| variable.node.name.node == name)?;
        variable.node.default_value.as_ref().map(|default| &default.node)
    }

    /// Whether a fragment on that type concerns an object of this one.
    fn applies(&self, on: &str, of: usize) -> bool {
        let name = self.outline.shape(of).map(|shape| shape.name.as_str());
        if name == Some(on) || (name, on) == (Some(introspection::LISTED.0), introspection::LISTED.1) {
            return true;
        }
        let shape = self.outline.named(on).and_then(|on| self.outline.shape(on));
        shape.is_some_and(|shape| shape.concrete.contains(&of))
    }
}
