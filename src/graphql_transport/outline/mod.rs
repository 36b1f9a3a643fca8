//! The outline of a schema: which types have which fields, and how much there may be of each. It is read once, from the
//! schema's own text, so that documents can be judged before the library sees them.
//!
//! The invariant: judging a document takes time linear in the document, as [`super::document`] counts it. An empty
//! outline knows nothing and refuses nothing.

mod cost;
mod input;
mod introspection;
mod known;

pub(super) use cost::Cost;

use super::Refusal;
use async_graphql::parser::types::{
    BaseType, ExecutableDocument, FieldDefinition, OperationDefinition, OperationType, Type, TypeDefinition, TypeKind,
    TypeSystemDefinition,
};
use async_graphql::parser::{Positioned, parse_query, parse_schema};
use cost::Costs;
use input::{Kind, Place};
use serde_json::{Map, Value as Json};
use std::collections::{HashMap, HashSet};

/// How many items a list of objects counts for that has no bound of its own, such as the problems of an input.
const UNNAMED_LIST: u64 = 10;

/// How often a field is there: what is in a list counts for each item that it may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Times {
    /// At most this often.
    Upto(u64),
    /// As often as the argument of this name has items, which it may have so many of at most.
    Items(&'static str, u64),
    /// As `first` or `last` says, within the bound; when both are left out, the given number.
    Page(u64, u64),
}

/// What the text of a schema does not say of a field.
#[derive(Clone, Copy, Debug)]
pub struct Bound {
    /// The type and the field, as in `Client.sessions`.
    pub field: &'static str,
    /// What making one of it costs, where an object costs 1.
    pub weight: u64,
    /// How many of it there are.
    pub times: Times,
}

impl Bound {
    /// A field of which there are so many, each as cheap as any.
    #[must_use]
    pub const fn list(field: &'static str, times: Times) -> Self {
        Self {
            field,
            weight: 1,
            times,
        }
    }

    /// A single field that is dear.
    #[must_use]
    pub const fn dear(field: &'static str, weight: u64) -> Self {
        Self {
            field,
            weight,
            times: Times::Upto(1),
        }
    }
}

/// The outline of a schema.
#[derive(Debug, Default)]
pub struct Outline {
    shapes: Vec<Shape>,
    by_name: HashMap<String, usize>,
    /// The types of values.
    inputs: HashMap<String, Kind>,
    query: Option<usize>,
    mutation: Option<usize>,
    subscription: Option<usize>,
    /// What the usual introspection query costs.
    usual_introspection: u64,
    /// The names of all types that are the schema's own.
    types: HashSet<String>,
}

/// A type that has fields, or that others are.
#[derive(Debug)]
struct Shape {
    name: String,
    fields: HashMap<String, FieldShape>,
    /// The types that have this one's fields: itself, or all that implement or make up an abstract type.
    concrete: Vec<usize>,
}

#[derive(Debug)]
struct FieldShape {
    /// The type without lists; nothing for scalars and enums.
    of: Option<usize>,
    weight: u64,
    times: Times,
    arguments: HashMap<String, Place>,
}

impl Outline {
    /// The outline of the schema of that text, with what is known beyond it.
    ///
    /// # Errors
    /// When the text is no schema, when a bound names no field of it, and when it has a scalar whose values nobody could judge.
    pub fn new(sdl: &str, bounds: &[Bound]) -> Result<Self, String> {
        let definitions = types_of(sdl)?;
        let introspection = types_of(introspection::SDL)?;
        let mut outline = Self::default();
        for definition in definitions.iter().chain(&introspection) {
            outline.name(definition);
        }
        for definition in definitions.iter().chain(&introspection) {
            outline.describe(definition);
        }
        outline.inputs = input::built_in().map(|(name, kind)| (name.to_owned(), kind)).into();
        for definition in &definitions {
            if let Some(kind) = input::kind(definition)? {
                outline.inputs.insert(definition.name.node.to_string(), kind);
            }
        }
        let root = |name: &str| outline.by_name.get(name).copied();
        (outline.query, outline.mutation, outline.subscription) =
            (root("Query"), root("Mutation"), root("Subscription"));
        outline.add_introspection_roots();
        for bound in bounds {
            outline.set(bound)?;
        }
        for bound in introspection::bounds(&definitions) {
            outline.set(&bound)?;
        }
        outline.types = own_types(&definitions);
        outline.usual_introspection = outline.cost_of_usual_introspection()?;
        Ok(outline)
    }

    /// Refuses a document with more names that do not exist than the library may explain.
    ///
    /// # Errors
    /// `GRAPHQL_VALIDATION_FAILED`.
    pub(super) fn check_names(&self, document: &ExecutableDocument) -> Result<(), Refusal> {
        known::check(self, document)
    }

    /// Refuses an operation whose variables or literals do not fit the schema, and gives variables that are left out the default
    /// of the arguments that they are for.
    ///
    /// # Errors
    /// `BAD_USER_INPUT` for variables, `GRAPHQL_VALIDATION_FAILED` for literals.
    pub(super) fn settle_inputs(
        &self,
        document: &ExecutableDocument,
        operation: &Positioned<OperationDefinition>,
        variables: &mut Map<String, Json>,
    ) -> Result<(), Refusal> {
        input::settle(self, document, operation, variables)
    }

    /// Refuses an operation whose literals do not fit the schema, were these its variables.
    ///
    /// # Errors
    /// `GRAPHQL_VALIDATION_FAILED`, and `BAD_USER_INPUT` for a list that is too long.
    pub(super) fn check_literals(
        &self,
        document: &ExecutableDocument,
        operation: &Positioned<OperationDefinition>,
        variables: &Map<String, Json>,
    ) -> Result<(), Refusal> {
        input::check_literals(self, document, &operation.node, variables)
    }

    /// What an operation costs.
    pub(super) fn cost(
        &self,
        document: &ExecutableDocument,
        operation: &OperationDefinition,
        variables: &Map<String, Json>,
    ) -> Cost {
        Costs::new(self, document, operation, variables).total()
    }

    /// Whether that is a type of the schema's own: neither a root nor built in, and none whose name begins with an underscore.
    pub(super) fn is_type(&self, name: &str) -> bool {
        self.types.contains(name)
    }

    /// Whether nothing is known.
    pub(super) fn is_empty(&self) -> bool {
        self.shapes.is_empty()
    }

    /// What the usual introspection query costs.
    pub(super) const fn usual_introspection(&self) -> u64 {
        self.usual_introspection
    }

    fn shape(&self, index: usize) -> Option<&Shape> {
        self.shapes.get(index)
    }

    fn named(&self, name: &str) -> Option<usize> {
        self.by_name.get(name).copied()
    }

    fn root(&self, kind: OperationType) -> Option<usize> {
        match kind {
            OperationType::Query => self.query,
            OperationType::Mutation => self.mutation,
            OperationType::Subscription => self.subscription,
        }
    }

    /// Gives a type that has fields its place, so that others can refer to it.
    fn name(&mut self, definition: &TypeDefinition) {
        if matches!(
            definition.kind,
            TypeKind::Object(_) | TypeKind::Interface(_) | TypeKind::Union(_)
        ) {
            let name = definition.name.node.to_string();
            self.by_name.insert(name.clone(), self.shapes.len());
            self.shapes.push(Shape {
                name,
                fields: HashMap::new(),
                concrete: Vec::new(),
            });
        }
    }

    fn describe(&mut self, definition: &TypeDefinition) {
        let Some(index) = self.named(&definition.name.node) else {
            return;
        };
        let (fields, abstracts, members) = match &definition.kind {
            TypeKind::Object(object) => (object.fields.as_slice(), object.implements.as_slice(), vec![index]),
            TypeKind::Interface(interface) => (interface.fields.as_slice(), &[][..], Vec::new()),
            TypeKind::Union(union) => {
                let members = union.members.iter().filter_map(|name| self.named(&name.node));
                (&[][..], &[][..], members.collect())
            }
            TypeKind::Scalar | TypeKind::Enum(_) | TypeKind::InputObject(_) => return,
        };
        // Introspection answers much to few objects, so that there each field counts.
        let of_scalar = u64::from(definition.name.node.starts_with("__"));
        let fields = fields.iter().map(|field| self.field(&field.node, of_scalar)).collect();
        for name in abstracts {
            if let Some(shape) = self.named(&name.node).and_then(|of| self.shapes.get_mut(of)) {
                shape.concrete.push(index);
            }
        }
        if let Some(shape) = self.shapes.get_mut(index) {
            shape.fields = fields;
            shape.concrete.extend(members);
        }
    }

    fn field(&self, field: &FieldDefinition, of_scalar: u64) -> (String, FieldShape) {
        let is_list = matches!(field.ty.node.base, BaseType::List(_));
        let of = self.named(base_name(&field.ty.node));
        let shape = FieldShape {
            of,
            weight: if of.is_some() { 1 } else { of_scalar },
            times: Times::Upto(if is_list && of.is_some() { UNNAMED_LIST } else { 1 }),
            arguments: input::places(&field.arguments),
        };
        (field.name.node.to_string(), shape)
    }

    /// The fields that every query has without saying so.
    fn add_introspection_roots(&mut self) {
        let fields = [("__schema", "__Schema", None), ("__type", "__Type", Some("name"))];
        let fields = fields.map(|(name, of, argument)| {
            let shape = FieldShape {
                of: self.named(of),
                weight: 1,
                times: Times::Upto(1),
                arguments: argument
                    .into_iter()
                    .map(|name| (name.to_owned(), Place::text()))
                    .collect(),
            };
            (name.to_owned(), shape)
        });
        if let Some(query) = self.query.and_then(|query| self.shapes.get_mut(query)) {
            query.fields.extend(fields);
        }
    }

    fn set(&mut self, bound: &Bound) -> Result<(), String> {
        let field = bound.field.split_once('.').and_then(|(of, field)| {
            let shape = self.named(of)?;
            self.shapes.get_mut(shape)?.fields.get_mut(field)
        });
        let field = field.ok_or_else(|| format!("the schema has no field {}", bound.field))?;
        (field.weight, field.times) = (bound.weight, bound.times);
        Ok(())
    }

    fn cost_of_usual_introspection(&self) -> Result<u64, String> {
        let document = parse_query(introspection::USUAL_QUERY).map_err(|error| error.to_string())?;
        let operation = document.operations.iter().map(|(_, operation)| &operation.node).next();
        let operation = operation.ok_or("no operation")?;
        Ok(Costs::new(self, &document, operation, &Map::new())
            .total()
            .introspection)
    }
}

fn types_of(sdl: &str) -> Result<Vec<TypeDefinition>, String> {
    let document = parse_schema(sdl).map_err(|error| error.to_string())?;
    let types = document
        .definitions
        .into_iter()
        .filter_map(|definition| match definition {
            TypeSystemDefinition::Type(definition) => Some(definition.node),
            TypeSystemDefinition::Schema(_) | TypeSystemDefinition::Directive(_) => None,
        });
    Ok(types.collect())
}

fn own_types(definitions: &[TypeDefinition]) -> HashSet<String> {
    let names = definitions.iter().map(|definition| definition.name.node.as_str());
    let own = names.filter(|name| !name.starts_with('_') && !["Query", "Mutation", "Subscription"].contains(name));
    own.map(str::to_owned).collect()
}

/// The name of a type without its lists.
fn base_name(of: &Type) -> &str {
    match &of.base {
        BaseType::Named(name) => name.as_str(),
        BaseType::List(of) => base_name(of),
    }
}

#[cfg(test)]
mod tests;
