//! Names that the schema does not have. The library compares each with every name that could be meant.
//!
//! The invariant: a document passes with a handful of them, which the library explains.

use super::{Outline, Shape};
use crate::{GraphqlCode, Refusal};
use async_graphql::parser::types::{ExecutableDocument, Field, Selection, SelectionSet};
use async_graphql::parser::{Pos, Positioned};

/// As many unknown names as the library may explain.
const UNKNOWN: usize = 20;

/// Refuses a document with many names that do not exist.
///
/// # Errors
/// `GRAPHQL_VALIDATION_FAILED`.
pub(super) fn check(outline: &Outline, document: &ExecutableDocument) -> Result<(), Refusal> {
    if outline.shapes.is_empty() {
        return Ok(());
    }
    let mut names = Names {
        outline,
        document,
        unknown: 0,
    };
    for (_, operation) in document.operations.iter() {
        let root = outline.root(operation.node.ty);
        names.visit(
            root.and_then(|root| outline.shape(root)),
            &operation.node.selection_set.node,
        )?;
    }
    for fragment in document.fragments.values() {
        let on = &fragment.node.type_condition.node.on;
        let shape = names.shape(on.node.as_str(), on.pos)?;
        names.visit(shape, &fragment.node.selection_set.node)?;
    }
    Ok(())
}

struct Names<'a> {
    outline: &'a Outline,
    document: &'a ExecutableDocument,
    unknown: usize,
}

impl<'a> Names<'a> {
    /// Looks at what is written within a selection set. Of a type that is unknown, no field is.
    fn visit(&mut self, of: Option<&'a Shape>, set: &'a SelectionSet) -> Result<(), Refusal> {
        for selection in &set.items {
            match &selection.node {
                Selection::Field(field) => self.field(of, field)?,
                Selection::InlineFragment(inline) => {
                    let of = match &inline.node.type_condition {
                        Some(condition) => self.shape(condition.node.on.node.as_str(), condition.node.on.pos)?,
                        None => of,
                    };
                    self.visit(of, &inline.node.selection_set.node)?;
                }
                Selection::FragmentSpread(spread) => {
                    let name = &spread.node.fragment_name;
                    if !self.document.fragments.contains_key(name.node.as_str()) {
                        self.count(name.pos)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn field(&mut self, of: Option<&'a Shape>, field: &'a Positioned<Field>) -> Result<(), Refusal> {
        let name = field.node.name.node.as_str();
        let set = &field.node.selection_set.node;
        let Some(of) = of.filter(|_| name != "__typename") else {
            return self.visit(None, set);
        };
        let Some(shape) = of.fields.get(name) else {
            self.count(field.pos)?;
            return self.visit(None, set);
        };
        for (argument, _) in &field.node.arguments {
            if !shape.arguments.contains_key(argument.node.as_str()) {
                self.count(argument.pos)?;
            }
        }
        self.visit(shape.of.and_then(|of| self.outline.shape(of)), set)
    }

    fn shape(&mut self, name: &str, position: Pos) -> Result<Option<&'a Shape>, Refusal> {
        let shape = self.outline.named(name).and_then(|index| self.outline.shape(index));
        if shape.is_none() {
            self.count(position)?;
        }
        Ok(shape)
    }

    fn count(&mut self, position: Pos) -> Result<(), Refusal> {
        self.unknown += 1;
        if self.unknown <= UNKNOWN {
            return Ok(());
        }
        let message = format!("The document has more than {UNKNOWN} names that the schema does not have.");
        Err(Refusal::from(GraphqlCode::GraphqlValidationFailed)
            .saying(message)
            .at(position))
    }
}
