//! What goes into an operation: its variables and the literals in it, judged by the input types of the schema before anything
//! runs (GraphQL, "Coercing Variable Values" and "Values of Correct Type").
//!
//! The library judges them too, but lets some pass, and finds out only when a field is resolved, whose failure then takes the
//! fields with it that were resolved before. The invariant: each value is looked at once for each place that it is put into,
//! and what was given is never repeated in an error, since it may be a password.

use super::Outline;
use crate::{GraphqlCode, Refusal};
use async_graphql::parser::types::{
    BaseType, ExecutableDocument, Field, InputValueDefinition, OperationDefinition, Selection, SelectionSet, Type,
    TypeDefinition, TypeKind,
};
use async_graphql::parser::{Pos, Positioned};
use async_graphql_value::{ConstValue, Name, Value};
use serde_json::{Map, Value as Json};
use std::collections::{HashMap, HashSet};

/// Where a value goes.
#[derive(Clone, Debug)]
pub(super) struct Place {
    of: Type,
    default: Option<ConstValue>,
}

/// A type of values.
#[derive(Debug)]
pub(super) enum Kind {
    Int,
    Float,
    String,
    Boolean,
    Id,
    Enum(HashSet<String>),
    Object {
        fields: HashMap<String, Place>,
        is_one_of: bool,
    },
}

impl Place {
    pub(super) fn of(definition: &InputValueDefinition) -> Self {
        Self {
            of: definition.ty.node.clone(),
            default: definition.default_value.as_ref().map(|default| default.node.clone()),
        }
    }

    /// A place for a text that must be there.
    pub(super) fn text() -> Self {
        Self {
            of: Type {
                base: BaseType::Named(Name::new("String")),
                nullable: false,
            },
            default: None,
        }
    }

    const fn is_required(&self) -> bool {
        !self.of.nullable && self.default.is_none()
    }
}

/// The type of a definition, if values have it and it is not the application's own scalar.
pub(super) fn kind(definition: &TypeDefinition) -> Option<Kind> {
    match &definition.kind {
        TypeKind::Enum(kind) => {
            let words = kind.values.iter().map(|value| value.node.value.node.to_string());
            Some(Kind::Enum(words.collect()))
        }
        TypeKind::InputObject(object) => Some(Kind::Object {
            fields: places(&object.fields),
            is_one_of: definition
                .directives
                .iter()
                .any(|directive| directive.node.name.node == "oneOf"),
        }),
        _ => None,
    }
}

pub(super) fn places(definitions: &[Positioned<InputValueDefinition>]) -> HashMap<String, Place> {
    let named = definitions.iter().map(|definition| &definition.node);
    named
        .map(|definition| (definition.name.node.to_string(), Place::of(definition)))
        .collect()
}

/// The types that every schema has.
pub(super) fn built_in() -> [(&'static str, Kind); 5] {
    [
        ("Int", Kind::Int),
        ("Float", Kind::Float),
        ("String", Kind::String),
        ("Boolean", Kind::Boolean),
        ("ID", Kind::Id),
    ]
}

/// What is wrong with a value, and where in it; the innermost step comes first.
struct Misfit {
    what: &'static str,
    path: Vec<String>,
}

impl Misfit {
    const fn new(what: &'static str) -> Self {
        Self { what, path: Vec::new() }
    }

    fn within(mut self, step: impl Into<String>) -> Self {
        self.path.push(step.into());
        self
    }

    /// The refusal of the variable or argument of this name.
    fn refusal(self, code: GraphqlCode, name: &str) -> Refusal {
        let steps = self.path.into_iter().rev();
        let place = steps.fold(name.to_owned(), |place, step| format!("{place}.{step}"));
        Refusal::from(code).saying(format!("{place} {}.", self.what))
    }
}

const MISSING: &str = "is missing";
const UNKNOWN: &str = "is not a field of its type";
const ONE_OF: &str = "must have exactly one of its fields, which must not be null";

/// Refuses an operation whose variables or literals do not fit, and gives variables that are left out the default of the
/// arguments that they are for.
///
/// # Errors
/// `BAD_USER_INPUT` for variables, `GRAPHQL_VALIDATION_FAILED` for literals.
pub(super) fn settle(
    outline: &Outline,
    document: &ExecutableDocument,
    operation: &Positioned<OperationDefinition>,
    variables: &mut Map<String, Json>,
) -> Result<(), Refusal> {
    let (position, operation) = (operation.pos, &operation.node);
    let defined = operation.variable_definitions.iter().map(|variable| &variable.node);
    let mut defaults = HashMap::new();
    for variable in defined {
        let name = variable.name.node.as_str();
        match variables.get(name) {
            Some(value) => outline.fits(value, &variable.var_type.node).map_err(|misfit| {
                misfit
                    .refusal(GraphqlCode::BadUserInput, &format!("${name}"))
                    .at(variable.name.pos)
            })?,
            None if variable.default_value.is_some() => {}
            None if variable.var_type.node.nullable => {
                defaults.insert(name, Vec::new());
            }
            None => {
                let missing = Misfit::new(MISSING).refusal(GraphqlCode::BadUserInput, &format!("${name}"));
                return Err(missing.at(variable.name.pos));
            }
        }
    }
    let mut literals = Literals {
        outline,
        document,
        operation,
        variables,
        left_out: defaults,
        fragments: HashSet::new(),
    };
    let root = outline.root(operation.ty);
    literals.visit(root, &operation.selection_set.node, true)?;
    let mut settled = Vec::new();
    for (name, defaults) in literals.left_out {
        let Some((first, others)) = defaults.split_first() else {
            continue;
        };
        if others.iter().any(|other| other != first) {
            let several = Misfit::new("is for arguments with different defaults and must be given");
            return Err(several
                .refusal(GraphqlCode::BadUserInput, &format!("${name}"))
                .at(position));
        }
        if let Some(default) = first.and_then(|default| default.clone().into_json().ok()) {
            settled.push((name.to_owned(), default));
        }
    }
    variables.extend(settled);
    Ok(())
}

impl Outline {
    /// Whether a variable's value fits its type.
    fn fits(&self, value: &Json, of: &Type) -> Result<(), Misfit> {
        if value.is_null() {
            return if of.nullable {
                Ok(())
            } else {
                Err(Misfit::new("must not be null"))
            };
        }
        let name = match (&of.base, value) {
            (BaseType::List(of), Json::Array(values)) => {
                let mut values = values.iter().enumerate();
                return values.try_for_each(|(index, value)| {
                    self.fits(value, of).map_err(|misfit| misfit.within(index.to_string()))
                });
            }
            // One that is no list is a list of it.
            (BaseType::List(of), value) => return self.fits(value, of),
            (BaseType::Named(name), _) => name,
        };
        let fitting = |fits: bool, what| if fits { Ok(()) } else { Err(Misfit::new(what)) };
        match self.inputs.get(name.as_str()) {
            Some(Kind::Int) => fitting(is_int(value.as_i64()), "must be a whole number of 32 bits"),
            Some(Kind::Float) => fitting(value.is_number(), "must be a number"),
            Some(Kind::String) => fitting(value.is_string(), "must be a text"),
            Some(Kind::Boolean) => fitting(value.is_boolean(), "must be true or false"),
            Some(Kind::Id) => fitting(value.is_string() || value.is_i64(), "must be an identifier"),
            Some(Kind::Enum(words)) => {
                let is_known = value.as_str().is_some_and(|word| words.contains(word));
                fitting(is_known, "is not a value of its type")
            }
            Some(Kind::Object { fields, is_one_of }) => match value {
                Json::Object(given) => self.fits_object(given, fields, *is_one_of),
                _ => Err(Misfit::new("must be an object")),
            },
            None => Ok(()),
        }
    }

    fn fits_object(
        &self,
        given: &Map<String, Json>,
        fields: &HashMap<String, Place>,
        is_one_of: bool,
    ) -> Result<(), Misfit> {
        for (name, value) in given {
            let place = fields.get(name).ok_or_else(|| Misfit::new(UNKNOWN).within(name))?;
            self.fits(value, &place.of).map_err(|misfit| misfit.within(name))?;
        }
        let mut required = fields.iter().filter(|(_, place)| place.is_required());
        if let Some((name, _)) = required.find(|(name, _)| !given.contains_key(*name)) {
            return Err(Misfit::new(MISSING).within(name));
        }
        if is_one_of && (given.len() != 1 || given.values().any(Json::is_null)) {
            return Err(Misfit::new(ONE_OF));
        }
        Ok(())
    }
}

fn is_int(number: Option<i64>) -> bool {
    number.is_some_and(|number| i32::try_from(number).is_ok())
}

/// The arguments of one operation.
struct Literals<'a> {
    outline: &'a Outline,
    document: &'a ExecutableDocument,
    operation: &'a OperationDefinition,
    variables: &'a Map<String, Json>,
    /// The variables that may be left out and are, each with the defaults of the arguments that it is for.
    left_out: HashMap<&'a str, Vec<Option<&'a ConstValue>>>,
    /// Those that were looked at, at the root and elsewhere.
    fragments: HashSet<(&'a str, bool)>,
}

impl<'a> Literals<'a> {
    fn visit(&mut self, of: Option<usize>, set: &'a SelectionSet, is_root: bool) -> Result<(), Refusal> {
        for selection in &set.items {
            match &selection.node {
                Selection::Field(field) => self.field(of, field, is_root)?,
                Selection::InlineFragment(inline) => {
                    let condition = inline.node.type_condition.as_ref();
                    let of = condition.map_or(of, |condition| self.outline.named(&condition.node.on.node));
                    self.visit(of, &inline.node.selection_set.node, is_root)?;
                }
                Selection::FragmentSpread(spread) => {
                    let document = self.document;
                    let found = document
                        .fragments
                        .get_key_value(spread.node.fragment_name.node.as_str());
                    let Some((name, fragment)) = found else { continue };
                    if self.fragments.insert((name, is_root)) {
                        let of = self.outline.named(&fragment.node.type_condition.node.on.node);
                        self.visit(of, &fragment.node.selection_set.node, is_root)?;
                    }
                }
            }
        }
        Ok(())
    }

    /// What is unknown is for the library to tell.
    fn field(&mut self, of: Option<usize>, field: &'a Positioned<Field>, is_root: bool) -> Result<(), Refusal> {
        let (outline, position) = (self.outline, field.pos);
        let field = &field.node;
        if !is_root && matches!(field.name.node.as_str(), "__schema" | "__type") {
            let refusal = Refusal::from(GraphqlCode::GraphqlValidationFailed);
            return Err(refusal
                .saying("The schema is asked for at the root of a query.")
                .at(position));
        }
        let shape = of.and_then(|of| outline.shape(of)?.fields.get(field.name.node.as_str()));
        if let Some(shape) = shape {
            for (name, value) in &field.arguments {
                if let Some(place) = shape.arguments.get(name.node.as_str()) {
                    self.argument(place, (name.node.as_str(), name.pos), &value.node)?;
                }
            }
        }
        self.visit(shape.and_then(|shape| shape.of), &field.selection_set.node, false)
    }

    fn argument(&mut self, place: &'a Place, (name, position): (&str, Pos), value: &'a Value) -> Result<(), Refusal> {
        if let Value::Variable(variable) = value {
            if let Some(defaults) = self.left_out.get_mut(variable.as_str()) {
                defaults.push(place.default.as_ref());
            }
            return Ok(());
        }
        let judged = self.literal(value, &place.of);
        judged.map_err(|misfit| misfit.refusal(GraphqlCode::GraphqlValidationFailed, name).at(position))
    }

    /// Whether a literal is what the library would take for something else.
    fn literal(&self, value: &Value, of: &Type) -> Result<(), Misfit> {
        let name = match (&of.base, value) {
            (_, Value::Variable(_) | Value::Null) => return Ok(()),
            (BaseType::List(of), Value::List(values)) => {
                let mut values = values.iter().enumerate();
                return values.try_for_each(|(index, value)| {
                    self.literal(value, of)
                        .map_err(|misfit| misfit.within(index.to_string()))
                });
            }
            (BaseType::List(of), value) => return self.literal(value, of),
            (BaseType::Named(name), _) => name,
        };
        match (self.outline.inputs.get(name.as_str()), value) {
            (Some(Kind::Enum(_)), Value::String(_)) => Err(Misfit::new("must be written without quotes")),
            (Some(Kind::Int), Value::Number(number)) if !is_int(number.as_i64()) => {
                Err(Misfit::new("must be a whole number of 32 bits"))
            }
            (Some(Kind::Object { fields, is_one_of }), Value::Object(given)) => {
                for (name, value) in given {
                    if let Some(place) = fields.get(name.as_str()) {
                        self.literal(value, &place.of)
                            .map_err(|misfit| misfit.within(name.as_str()))?;
                    }
                }
                let mut values = given.values();
                if *is_one_of && (given.len() != 1 || values.any(|value| self.is_null(value))) {
                    return Err(Misfit::new(ONE_OF));
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Whether nothing comes of a value.
    fn is_null(&self, value: &Value) -> bool {
        let Value::Variable(name) = value else {
            return *value == Value::Null;
        };
        if let Some(value) = self.variables.get(name.as_str()) {
            return value.is_null();
        }
        let mut defined = self.operation.variable_definitions.iter();
        let defined = defined.find(|variable| variable.node.name.node == *name);
        let default = defined.and_then(|variable| variable.node.default_value.as_ref());
        default.is_none_or(|default| default.node == ConstValue::Null)
    }
}
