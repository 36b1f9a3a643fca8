//! What goes into an operation: its variables and the literals in it, judged by the input types of the schema before anything
//! runs (GraphQL, "Coercing Variable Values" and "Values of Correct Type").
//!
//! The library judges them too, but lets some pass, and finds out only when a field is resolved, whose failure then takes the
//! fields with it that were resolved before. The invariant: each value is looked at once for each place that it is put into,
//! and what was given is never repeated in an error, since it may be a password.

use super::{Outline, Times};
use crate::{GraphqlCode, Refusal};
use async_graphql::parser::types::{
    BaseType, ExecutableDocument, Field, InputValueDefinition, OperationDefinition, Selection, SelectionSet, Type,
    TypeDefinition, TypeKind, VariableDefinition,
};
use async_graphql::parser::{Pos, Positioned};
use async_graphql_value::{ConstValue, Name, Value};
use chrono::DateTime;
use serde_json::{Map, Value as Json};
use std::borrow::Cow;
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
    /// A text of RFC 3339.
    Time,
    /// Whatever JSON can say.
    Any,
    /// Its words, in the order of the schema.
    Enum(Vec<String>),
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

/// What values of a scalar look like, by the specification that it names (GraphQL, "@specifiedBy").
fn specified(by: &str) -> Option<Kind> {
    match by {
        "https://scalars.graphql.org/andimarek/date-time.html" => Some(Kind::Time),
        "https://www.rfc-editor.org/rfc/rfc8259" => Some(Kind::Any),
        _ => None,
    }
}

/// The type of a definition, if values have it.
///
/// # Errors
/// For a scalar whose values nobody could judge. Those of federation are judged by what reads them.
pub(super) fn kind(definition: &TypeDefinition) -> Result<Option<Kind>, String> {
    let kind = match &definition.kind {
        TypeKind::Scalar if definition.name.node.starts_with('_') => Some(Kind::Any),
        TypeKind::Scalar => {
            let kind = specification(definition).and_then(specified);
            Some(kind.ok_or_else(|| format!("nobody judges values of {}", definition.name.node))?)
        }
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
        TypeKind::Object(_) | TypeKind::Interface(_) | TypeKind::Union(_) => None,
    };
    Ok(kind)
}

fn specification(definition: &TypeDefinition) -> Option<&str> {
    let mut directives = definition.directives.iter().map(|directive| &directive.node);
    let directive = directives.find(|directive| directive.name.node == "specifiedBy")?;
    match &directive.get_argument("url")?.node {
        ConstValue::String(address) => Some(address),
        _ => None,
    }
}

fn is_time(text: &str) -> bool {
    DateTime::parse_from_rfc3339(text).is_ok()
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
    what: Cow<'static, str>,
    path: Vec<String>,
    /// The name that may have been meant.
    meant: Option<String>,
}

impl Misfit {
    const fn new(what: &'static str) -> Self {
        Self {
            what: Cow::Borrowed(what),
            path: Vec::new(),
            meant: None,
        }
    }

    fn saying(what: String) -> Self {
        Self {
            what: Cow::Owned(what),
            path: Vec::new(),
            meant: None,
        }
    }

    /// A value that is none of an enum's words.
    fn no_word(words: &[String]) -> Self {
        if words.len() > MOST_WORDS {
            return Self::new(NO_WORD);
        }
        Self::saying(format!("must be one of {}", words.join(", ")))
    }

    /// A field that its type does not have.
    fn unknown(given: &str, of: &str, fields: &HashMap<String, Place>) -> Self {
        Self {
            meant: nearest(given, fields).map(str::to_owned),
            ..Self::saying(format!("is not a field of {of}")).within(given)
        }
    }

    fn within(mut self, step: impl Into<String>) -> Self {
        self.path.push(step.into());
        self
    }

    /// The refusal of the variable or argument of this name.
    fn refusal(self, code: GraphqlCode, name: &str) -> Refusal {
        let steps = self.path.into_iter().rev();
        let place = steps.fold(name.to_owned(), |place, step| format!("{place}.{step}"));
        let what = self.what;
        Refusal::from(code).saying(match self.meant {
            Some(meant) => format!("{place} {what}. Did you mean {meant}?"),
            None => format!("{place} {what}."),
        })
    }
}

/// The field that is spelled most like a name, if one is like it. Those of a schema are published, whoever asks.
fn nearest<'a>(given: &str, fields: &'a HashMap<String, Place>) -> Option<&'a str> {
    // What it takes to compare grows with both names, and keys of variables may be as long as the body of a request.
    if given.len() > COMPARED_BYTES {
        return None;
    }
    let (likeness, nearest) = fields
        .keys()
        .map(|name| (strsim::jaro_winkler(given, name), name.as_str()))
        // Of two that are as near the first of the alphabet, so that the same is said every time.
        .max_by(|(left, one), (right, other)| left.total_cmp(right).then_with(|| other.cmp(one)))?;
    (likeness >= LIKENESS).then_some(nearest)
}

/// From this on, as `jaro_winkler` counts, one name may have been meant by another.
const LIKENESS: f64 = 0.75;
/// The longest name that is compared with those that there are.
const COMPARED_BYTES: usize = 128;
/// As many words of an enum as a sentence names.
const MOST_WORDS: usize = 12;

const WHOLE_NUMBER: &str = "must be a whole number of 32 bits";
const NUMBER: &str = "must be a number";
const TEXT: &str = "must be a text";
const TRUE_OR_FALSE: &str = "must be true or false";
const IDENTIFIER: &str = "must be an identifier";
const TIME: &str = "must be a time as RFC 3339 writes it, such as 2026-12-01T09:30:00Z";
const NO_WORD: &str = "must be one of the values of its type";
const OBJECT: &str = "must be an object";
const MISSING: &str = "is missing";
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
        defined: operation
            .variable_definitions
            .iter()
            .map(|variable| (variable.node.name.node.as_str(), &variable.node))
            .collect(),
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

/// Refuses an operation whose literals do not fit, were these its variables.
///
/// # Errors
/// As [`settle`], for literals.
pub(super) fn check_literals(
    outline: &Outline,
    document: &ExecutableDocument,
    operation: &OperationDefinition,
    variables: &Map<String, Json>,
) -> Result<(), Refusal> {
    let defined = operation.variable_definitions.iter();
    let mut literals = Literals {
        outline,
        document,
        defined: defined
            .map(|variable| (variable.node.name.node.as_str(), &variable.node))
            .collect(),
        variables,
        left_out: HashMap::new(),
        fragments: HashSet::new(),
    };
    literals.visit(outline.root(operation.ty), &operation.selection_set.node, true)
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
            Some(Kind::Int) => fitting(is_int(value.as_i64()), WHOLE_NUMBER),
            Some(Kind::Float) => fitting(value.is_number(), NUMBER),
            Some(Kind::String) => fitting(value.is_string(), TEXT),
            Some(Kind::Boolean) => fitting(value.is_boolean(), TRUE_OR_FALSE),
            Some(Kind::Id) => fitting(value.is_string() || value.is_i64(), IDENTIFIER),
            Some(Kind::Time) => fitting(value.as_str().is_some_and(is_time), TIME),
            Some(Kind::Enum(words)) => among(value.as_str(), words),
            Some(Kind::Object { fields, is_one_of }) => match value {
                Json::Object(given) => self.fits_object(name, given, fields, *is_one_of),
                _ => Err(Misfit::new(OBJECT)),
            },
            Some(Kind::Any) | None => Ok(()),
        }
    }

    fn fits_object(
        &self,
        of: &str,
        given: &Map<String, Json>,
        fields: &HashMap<String, Place>,
        is_one_of: bool,
    ) -> Result<(), Misfit> {
        for (name, value) in given {
            let place = fields.get(name).ok_or_else(|| Misfit::unknown(name, of, fields))?;
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

/// Whether a word is one of an enum's.
fn among(word: Option<&str>, words: &[String]) -> Result<(), Misfit> {
    if word.is_some_and(|word| words.iter().any(|known| known == word)) {
        Ok(())
    } else {
        Err(Misfit::no_word(words))
    }
}

/// Whether a value of one type is one of the other, as far as their names and lists go.
fn is_compatible(given: &BaseType, of: &BaseType) -> bool {
    match (given, of) {
        (BaseType::Named(given), BaseType::Named(of)) => given == of,
        (BaseType::List(given), BaseType::List(of)) => {
            (of.nullable || !given.nullable) && is_compatible(&given.base, &of.base)
        }
        (BaseType::Named(_), BaseType::List(_)) | (BaseType::List(_), BaseType::Named(_)) => false,
    }
}

fn is_int(number: Option<i64>) -> bool {
    number.is_some_and(|number| i32::try_from(number).is_ok())
}

/// The arguments of one operation.
struct Literals<'a> {
    outline: &'a Outline,
    document: &'a ExecutableDocument,
    defined: HashMap<&'a str, &'a VariableDefinition>,
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
                if let Times::Items(argument, most) = shape.times
                    && name.node.as_str() == argument
                    && self.items(&value.node) > most
                {
                    let refusal = Refusal::from(GraphqlCode::BadUserInput);
                    return Err(refusal
                        .saying(format!("{argument} may have {most} items at most."))
                        .at(name.pos));
                }
            }
        }
        self.visit(shape.and_then(|shape| shape.of), &field.selection_set.node, false)
    }

    /// How many items a list has, if it is one.
    fn items(&self, value: &Value) -> u64 {
        let count = match value {
            Value::List(values) => values.len(),
            Value::Variable(name) => match self.variables.get(name.as_str()) {
                Some(Json::Array(values)) => values.len(),
                Some(_) => 1,
                None => match self
                    .defined
                    .get(name.as_str())
                    .and_then(|variable| variable.default_value.as_ref())
                {
                    Some(default) => match &default.node {
                        ConstValue::List(values) => values.len(),
                        _ => 1,
                    },
                    None => 0,
                },
            },
            _ => 1,
        };
        u64::try_from(count).unwrap_or(u64::MAX)
    }

    fn argument(&mut self, place: &'a Place, (name, position): (&str, Pos), value: &'a Value) -> Result<(), Refusal> {
        if let Value::Variable(variable) = value
            && let Some(defaults) = self.left_out.get_mut(variable.as_str())
        {
            defaults.push(place.default.as_ref());
        }
        let judged = self.literal(value, &place.of, place.default.as_ref());
        judged.map_err(|misfit| misfit.refusal(GraphqlCode::GraphqlValidationFailed, name).at(position))
    }

    /// Whether a literal fits; `place_default` is that of where it is put.
    fn literal(&self, value: &Value, of: &Type, place_default: Option<&ConstValue>) -> Result<(), Misfit> {
        let name = match (&of.base, value) {
            (_, Value::Variable(variable)) => return self.usage(variable, of, place_default),
            // The library tells where it may not be.
            (_, Value::Null) => return Ok(()),
            (BaseType::List(of), Value::List(values)) => {
                let mut values = values.iter().enumerate();
                return values.try_for_each(|(index, value)| {
                    self.literal(value, of, None)
                        .map_err(|misfit| misfit.within(index.to_string()))
                });
            }
            (BaseType::List(of), value) => return self.literal(value, of, None),
            (BaseType::Named(name), _) => name,
        };
        let fitting = |fits: bool, what| if fits { Ok(()) } else { Err(Misfit::new(what)) };
        match (self.outline.inputs.get(name.as_str()), value) {
            (Some(Kind::Int), Value::Number(number)) => fitting(is_int(number.as_i64()), WHOLE_NUMBER),
            (Some(Kind::Int), _) => Err(Misfit::new(WHOLE_NUMBER)),
            (Some(Kind::Float), value) => fitting(matches!(value, Value::Number(_)), NUMBER),
            (Some(Kind::String), value) => fitting(matches!(value, Value::String(_)), TEXT),
            (Some(Kind::Boolean), value) => fitting(matches!(value, Value::Boolean(_)), TRUE_OR_FALSE),
            (Some(Kind::Id), Value::Number(number)) => fitting(number.is_i64(), IDENTIFIER),
            (Some(Kind::Id), value) => fitting(matches!(value, Value::String(_)), IDENTIFIER),
            (Some(Kind::Time), Value::String(text)) => fitting(is_time(text), TIME),
            (Some(Kind::Time), _) => Err(Misfit::new(TIME)),
            (Some(Kind::Enum(_)), Value::String(_)) => Err(Misfit::new("must be written without quotes")),
            (Some(Kind::Enum(words)), Value::Enum(word)) => among(Some(word.as_str()), words),
            (Some(Kind::Enum(words)), _) => Err(Misfit::no_word(words)),
            (Some(Kind::Object { fields, is_one_of }), Value::Object(given)) => {
                for (key, value) in given {
                    // The library suggests nothing here, and says nothing where a variable beside it is left out.
                    let place = fields.get(key.as_str());
                    let place = place.ok_or_else(|| Misfit::unknown(key.as_str(), name.as_str(), fields))?;
                    self.literal(value, &place.of, place.default.as_ref())
                        .map_err(|misfit| misfit.within(key.as_str()))?;
                }
                let mut values = given.values();
                if *is_one_of && (given.len() != 1 || values.any(|value| self.is_null(value))) {
                    return Err(Misfit::new(ONE_OF));
                }
                Ok(())
            }
            (Some(Kind::Object { .. }), _) => Err(Misfit::new(OBJECT)),
            (Some(Kind::Any) | None, _) => Ok(()),
        }
    }

    /// Whether a variable may be used in a place (GraphQL, "All Variable Usages Are Allowed").
    fn usage(&self, variable: &str, of: &Type, place_default: Option<&ConstValue>) -> Result<(), Misfit> {
        // One that is not defined is for the library to tell.
        let Some(defined) = self.defined.get(variable) else {
            return Ok(());
        };
        let given = &defined.var_type.node;
        let has_default = |default: Option<&ConstValue>| default.is_some_and(|default| *default != ConstValue::Null);
        let own_default = defined.default_value.as_ref().map(|default| &default.node);
        let is_let_off = !of.nullable && given.nullable && (has_default(own_default) || place_default.is_some());
        if (of.nullable || !given.nullable || is_let_off) && is_compatible(&given.base, &of.base) {
            Ok(())
        } else {
            Err(Misfit::saying(format!("takes {of}, and ${variable} is of {given}")))
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
        let defined = self.defined.get(name.as_str());
        let default = defined.and_then(|variable| variable.default_value.as_ref());
        default.is_none_or(|default| default.node == ConstValue::Null)
    }
}

#[cfg(test)]
mod tests;
