//! Counts: how deep, how wide and how often, with fragments resolved.
//!
//! The invariant: fragments are measured once each, by height and not by absolute depth, whatever they are called, and
//! counts saturate, so that a fragment bomb costs nothing.

use crate::refusal::complex;
use crate::{GraphqlCode, Limits, Refusal};
use async_graphql::parser::Positioned;
use async_graphql::parser::types::{
    Directive, ExecutableDocument, Field, OperationDefinition, OperationType, Selection, SelectionSet,
};
use async_graphql_value::{ConstValue, Name, Value};
use serde_json::{Map, Value as Json};
use std::collections::HashMap;

/// How many fragments and selection sets may lead into each other, which bounds the recursion here and in the schema's
/// own checks.
const CHAIN: usize = 150;
/// How many introspection fields that are lists may lie within each other. The lists of types refer to each other, so
/// that each level multiplies the answer by the size of the schema; graphql-js refuses the third too.
const INTROSPECTION_LISTS: usize = 2;

/// What a selection set is, fragments resolved.
#[derive(Clone, Copy, Debug, Default)]
struct Measure {
    /// Levels of fields in it.
    height: usize,
    /// Fragments and selection sets that lead into each other from here.
    chain: usize,
    /// Fields, spreads and inline fragments, at all levels.
    selections: usize,
    /// Fields at its first level.
    width: usize,
    aliases: usize,
    directives: usize,
    arguments: usize,
    /// Values within the arguments, and their bytes.
    values: usize,
    value_bytes: usize,
    /// Levels of introspection fields that are lists.
    introspection_lists: usize,
    /// Fields at its first level that check a credential, were this the root of a mutation.
    credentials: usize,
}

impl Measure {
    /// Both together, side by side.
    fn beside(self, other: Self) -> Self {
        Self {
            height: self.height.max(other.height),
            chain: self.chain.max(other.chain),
            selections: self.selections.saturating_add(other.selections),
            width: self.width.saturating_add(other.width),
            aliases: self.aliases.saturating_add(other.aliases),
            directives: self.directives.saturating_add(other.directives),
            arguments: self.arguments.saturating_add(other.arguments),
            values: self.values.saturating_add(other.values),
            value_bytes: self.value_bytes.saturating_add(other.value_bytes),
            introspection_lists: self.introspection_lists.max(other.introspection_lists),
            credentials: self.credentials.saturating_add(other.credentials),
        }
    }
}

/// Values within one value, itself included, and their bytes.
#[derive(Clone, Copy, Debug, Default)]
struct Size {
    values: usize,
    bytes: usize,
}

impl Size {
    fn one(bytes: usize) -> Self {
        Self { values: 1, bytes }
    }

    fn and(self, other: Self) -> Self {
        Self {
            values: self.values.saturating_add(other.values),
            bytes: self.bytes.saturating_add(other.bytes),
        }
    }
}

/// Measures a document.
pub(super) struct Meter<'a> {
    document: &'a ExecutableDocument,
    variables: &'a Map<String, Json>,
    limits: &'a Limits,
    /// What each fragment is; nothing while it is being measured, which is how a cycle shows.
    fragments: HashMap<&'a str, Option<Measure>>,
    /// How large each variable that is used is.
    sizes: HashMap<&'a str, Size>,
    /// Whether a spread stands for what its fragment has.
    follows_spreads: bool,
}

impl<'a> Meter<'a> {
    pub(super) fn new(document: &'a ExecutableDocument, variables: &'a Map<String, Json>, limits: &'a Limits) -> Self {
        Self {
            document,
            variables,
            limits,
            fragments: HashMap::new(),
            sizes: HashMap::new(),
            follows_spreads: true,
        }
    }

    /// Refuses a document that exceeds a limit.
    ///
    /// # Errors
    /// `DOCUMENT_TOO_COMPLEX`, `CREDENTIAL_CHECK_REPEATED`, and `GRAPHQL_VALIDATION_FAILED` for a fragment that contains
    /// itself and a subscription with more than one root field.
    pub(super) fn check(mut self, selected: &'a Positioned<OperationDefinition>) -> Result<(), Refusal> {
        let mut total = Measure::default();
        // Sorted, so that the same document always gets the same answer.
        let mut operations: Vec<_> = self
            .document
            .operations
            .iter()
            .map(|(_, operation)| operation)
            .collect();
        operations.sort_by_key(|operation| operation.pos);
        for operation in operations {
            total = total.beside(self.operation(operation, operation.pos == selected.pos)?);
        }
        let unused = self.document.fragments.iter();
        let mut unused: Vec<_> = unused
            .filter(|(name, _)| !self.fragments.contains_key(name.as_str()))
            .map(|(name, fragment)| (fragment.pos, name, &fragment.node))
            .collect();
        unused.sort_unstable_by_key(|(position, ..)| *position);
        for (_, name, _) in &unused {
            self.fragment(name, 0)?;
        }
        // What no operation uses counts as it is written: the schema's checks walk it, with all its values, before they
        // refuse it.
        self.follows_spreads = false;
        for (_, _, fragment) in unused {
            let measure = self.set(&fragment.selection_set.node, 0)?;
            let measure = self.directives(measure, &fragment.directives)?;
            total = total.beside(Measure {
                credentials: 0,
                ..measure
            });
        }
        within(&total, self.limits)?;
        self.variables_within()
    }

    /// Bounds what the variables hold, used or not: all of it becomes values of the library's, which are large.
    fn variables_within(&self) -> Result<(), Refusal> {
        let size = self
            .variables
            .values()
            .fold(Size::default(), |size, value| size.and(size_of_json(value)));
        if size.values > self.limits.values {
            return Err(complex(format!(
                "The variables may have at most {} values.",
                self.limits.values
            )));
        }
        Ok(())
    }

    fn operation(
        &mut self,
        operation: &'a Positioned<OperationDefinition>,
        is_selected: bool,
    ) -> Result<Measure, Refusal> {
        let limits = self.limits;
        let definition = &operation.node;
        if definition.variable_definitions.len() > limits.variables {
            let refusal = complex(format!("An operation may have at most {} variables.", limits.variables));
            return Err(refusal.at(operation.pos));
        }
        let mut measure = self.set(&definition.selection_set.node, 0)?;
        if is_selected && measure.width > limits.root_fields {
            let refusal = complex(format!(
                "An operation may have at most {} root fields.",
                limits.root_fields
            ));
            return Err(refusal.at(operation.pos));
        }
        if definition.ty == OperationType::Subscription && measure.width > 1 {
            let refusal = Refusal::from(GraphqlCode::GraphqlValidationFailed);
            return Err(refusal.saying("A subscription has one root field.").at(operation.pos));
        }
        // What does not run checks nothing.
        if definition.ty != OperationType::Mutation || !is_selected {
            measure.credentials = 0;
        }
        measure = self.directives(measure, &definition.directives)?;
        for variable in &definition.variable_definitions {
            measure = self.directives(measure, &variable.node.directives)?;
        }
        Ok(measure)
    }

    fn set(&mut self, set: &'a SelectionSet, chain: usize) -> Result<Measure, Refusal> {
        if chain > CHAIN {
            return Err(too_long_a_chain());
        }
        let mut total = Measure::default();
        for selection in &set.items {
            let mut measure = match &selection.node {
                Selection::Field(field) => self.field(&field.node, chain)?,
                Selection::InlineFragment(inline) => self.set(&inline.node.selection_set.node, chain + 1)?,
                Selection::FragmentSpread(_) if !self.follows_spreads => Measure::default(),
                Selection::FragmentSpread(spread) => {
                    let name = &spread.node.fragment_name;
                    self.fragment(&name.node, chain + 1).map_err(|refusal| {
                        if refusal.errors.iter().all(|error| error.locations.is_empty()) {
                            refusal.at(name.pos)
                        } else {
                            refusal
                        }
                    })?
                }
            };
            measure.selections = measure.selections.saturating_add(1);
            measure = self.directives(measure, selection.node.directives())?;
            total = total.beside(measure);
        }
        total.chain = total.chain.saturating_add(1);
        Ok(total)
    }

    fn field(&mut self, field: &'a Field, chain: usize) -> Result<Measure, Refusal> {
        let inner = self.set(&field.selection_set.node, chain + 1)?;
        let name = field.name.node.as_str();
        let is_list = matches!(name, "fields" | "interfaces" | "possibleTypes" | "inputFields");
        let introspection_lists = inner.introspection_lists.saturating_add(usize::from(is_list));
        if matches!(name, "__schema" | "__type") && introspection_lists > INTROSPECTION_LISTS {
            let refusal = complex("The lists of an introspection may not lie within each other more than twice.");
            return Err(refusal.at(field.name.pos));
        }
        let measure = Measure {
            height: inner.height.saturating_add(1),
            width: 1,
            aliases: inner.aliases.saturating_add(usize::from(field.alias.is_some())),
            introspection_lists,
            credentials: usize::from(self.limits.credential_fields.contains(name)),
            ..inner
        };
        self.arguments(measure, &field.arguments)
    }

    /// A fragment that does not exist measures nothing; the schema's validation names it better.
    fn fragment(&mut self, name: &str, chain: usize) -> Result<Measure, Refusal> {
        let Some((name, fragment)) = self.document.fragments.get_key_value(name) else {
            return Ok(Measure::default());
        };
        match self.fragments.get(name.as_str()) {
            // What was measured already is not walked again, but it would be by others.
            Some(Some(known)) if chain.saturating_add(known.chain) > CHAIN => return Err(too_long_a_chain()),
            Some(Some(known)) => return Ok(*known),
            Some(None) => {
                let message = format!("The fragment {name} contains itself.");
                return Err(Refusal::from(GraphqlCode::GraphqlValidationFailed).saying(message));
            }
            None => {}
        }
        self.fragments.insert(name, None);
        let measure = self.set(&fragment.node.selection_set.node, chain)?;
        let measure = self.directives(measure, &fragment.node.directives)?;
        self.fragments.insert(name, Some(measure));
        Ok(measure)
    }

    fn directives(&mut self, measure: Measure, directives: &'a [Positioned<Directive>]) -> Result<Measure, Refusal> {
        directives.iter().try_fold(measure, |mut measure, directive| {
            measure.directives = measure.directives.saturating_add(1);
            self.arguments(measure, &directive.node.arguments)
        })
    }

    fn arguments(
        &mut self,
        mut measure: Measure,
        arguments: &'a [(Positioned<Name>, Positioned<Value>)],
    ) -> Result<Measure, Refusal> {
        let Some((name, _)) = arguments.first() else {
            return Ok(measure);
        };
        let limit = self.limits.arguments_per_field;
        if arguments.len() > limit {
            return Err(complex(format!("A field may have at most {limit} arguments.")).at(name.pos));
        }
        measure.arguments = measure.arguments.saturating_add(arguments.len());
        for (_, value) in arguments {
            let size = self.size_of(&value.node);
            measure.values = measure.values.saturating_add(size.values);
            measure.value_bytes = measure.value_bytes.saturating_add(size.bytes);
        }
        Ok(measure)
    }

    fn size_of(&mut self, value: &'a Value) -> Size {
        match value {
            Value::Variable(name) => self.size_of_variable(name),
            Value::String(text) => Size::one(text.len()),
            Value::Binary(bytes) => Size::one(bytes.len()),
            Value::Null | Value::Number(_) | Value::Boolean(_) | Value::Enum(_) => Size::one(1),
            Value::List(values) => values
                .iter()
                .fold(Size::one(1), |size, value| size.and(self.size_of(value))),
            Value::Object(fields) => fields.iter().fold(Size::one(1), |size, (name, value)| {
                size.and(Size {
                    values: 0,
                    bytes: name.len(),
                })
                .and(self.size_of(value))
            }),
        }
    }

    fn size_of_variable(&mut self, name: &'a str) -> Size {
        if let Some(known) = self.sizes.get(name) {
            return *known;
        }
        let size = match self.variables.get(name) {
            Some(value) => size_of_json(value),
            None => self.size_of_default(name),
        };
        self.sizes.insert(name, size);
        size
    }

    /// The largest default that an operation gives a variable.
    fn size_of_default(&self, name: &str) -> Size {
        let operations = self.document.operations.iter();
        let variables = operations.flat_map(|(_, operation)| &operation.node.variable_definitions);
        let defaults = variables
            .filter(|variable| variable.node.name.node == name)
            .filter_map(|variable| variable.node.default_value.as_ref());
        defaults.fold(Size::one(1), |size, default| {
            let default = size_of_constant(&default.node);
            Size {
                values: size.values.max(default.values),
                bytes: size.bytes.max(default.bytes),
            }
        })
    }
}

fn size_of_constant(value: &ConstValue) -> Size {
    match value {
        ConstValue::String(text) => Size::one(text.len()),
        ConstValue::Binary(bytes) => Size::one(bytes.len()),
        ConstValue::Null | ConstValue::Number(_) | ConstValue::Boolean(_) | ConstValue::Enum(_) => Size::one(1),
        ConstValue::List(values) => values
            .iter()
            .fold(Size::one(1), |size, value| size.and(size_of_constant(value))),
        ConstValue::Object(fields) => fields.iter().fold(Size::one(1), |size, (name, value)| {
            size.and(Size {
                values: 0,
                bytes: name.len(),
            })
            .and(size_of_constant(value))
        }),
    }
}

fn size_of_json(value: &Json) -> Size {
    match value {
        Json::Null | Json::Bool(_) | Json::Number(_) => Size::one(1),
        Json::String(text) => Size::one(text.len()),
        Json::Array(values) => values
            .iter()
            .fold(Size::one(1), |size, value| size.and(size_of_json(value))),
        Json::Object(fields) => fields.iter().fold(Size::one(1), |size, (name, value)| {
            size.and(Size {
                values: 0,
                bytes: name.len(),
            })
            .and(size_of_json(value))
        }),
    }
}

fn too_long_a_chain() -> Refusal {
    complex("Too many fragments lead into each other.")
}

fn within(total: &Measure, limits: &Limits) -> Result<(), Refusal> {
    if total.credentials > 1 {
        return Err(GraphqlCode::CredentialCheckRepeated.into());
    }
    let bounds = [
        (total.height, limits.depth, "levels of fields"),
        (
            total.selections,
            limits.selections,
            "selections, counting each use of a fragment",
        ),
        (total.aliases, limits.aliases, "aliases"),
        (total.directives, limits.directives, "directives"),
        (total.arguments, limits.arguments, "arguments"),
        (
            total.values,
            limits.values,
            "values in its arguments, counting each use of a variable",
        ),
        (
            total.value_bytes,
            limits.value_bytes,
            "bytes in its arguments, counting each use of a variable",
        ),
    ];
    match bounds.iter().find(|(count, limit, _)| count > limit) {
        Some((_, limit, what)) => Err(complex(format!("A document may have at most {limit} {what}."))),
        None => Ok(()),
    }
}
