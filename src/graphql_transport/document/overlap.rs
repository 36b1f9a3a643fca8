//! Fields of one selection set that want the same response key (GraphQL, "Field Selection Merging").
//!
//! The library looks for conflicts from each selection set anew, through all fragments in it, and reports each conflict
//! as often as it finds it. The invariant: documents with many conflicts, many repeats of a key, or much to compare do
//! not get that far. What counts as a conflict, and for which key, is what the library goes by.

use crate::refusal::complex;
use crate::{GraphqlCode, Limits, Refusal};
use async_graphql::parser::types::{ExecutableDocument, Field, Selection, SelectionSet};
use async_graphql::parser::{Pos, Positioned};
use std::collections::{HashMap, HashSet};

/// As many conflicts as the library may explain.
const CONFLICTS: usize = 5;

/// Refuses documents whose selection sets say too often or too contradictorily what a response key means.
///
/// # Errors
/// `DOCUMENT_TOO_COMPLEX`, `GRAPHQL_VALIDATION_FAILED`.
pub(super) fn check(document: &ExecutableDocument, limits: &Limits) -> Result<(), Refusal> {
    let mut overlaps = Overlaps {
        document,
        limits,
        comparisons: 0,
        conflicts: HashSet::new(),
    };
    for (_, operation) in document.operations.iter() {
        overlaps.visit(&operation.node.selection_set.node)?;
    }
    for fragment in document.fragments.values() {
        overlaps.visit(&fragment.node.selection_set.node)?;
    }
    Ok(())
}

struct Overlaps<'a> {
    document: &'a ExecutableDocument,
    limits: &'a Limits,
    comparisons: usize,
    /// Where the second field of each conflict stands: one that is found again from further out is the same.
    conflicts: HashSet<Pos>,
}

/// The fields of one selection set by type condition and response key, with how often that was asked for.
#[derive(Default)]
struct Outputs<'a> {
    fields: HashMap<(Option<&'a str>, &'a str), (&'a Field, usize)>,
    fragments: HashSet<&'a str>,
}

impl<'a> Overlaps<'a> {
    /// Looks at a selection set, and at every one that is written within it.
    fn visit(&mut self, set: &'a SelectionSet) -> Result<(), Refusal> {
        // One field alone cannot be in conflict.
        if !matches!(
            set.items.as_slice(),
            [Positioned {
                node: Selection::Field(_),
                ..
            }]
        ) {
            self.collect(None, set, &mut Outputs::default())?;
        }
        for selection in &set.items {
            match &selection.node {
                Selection::Field(field) => self.visit(&field.node.selection_set.node)?,
                Selection::InlineFragment(inline) => self.visit(&inline.node.selection_set.node)?,
                Selection::FragmentSpread(_) => {}
            }
        }
        Ok(())
    }

    fn collect(
        &mut self,
        on_type: Option<&'a str>,
        set: &'a SelectionSet,
        outputs: &mut Outputs<'a>,
    ) -> Result<(), Refusal> {
        for selection in &set.items {
            match &selection.node {
                Selection::Field(field) => self.add(on_type, field, outputs)?,
                Selection::InlineFragment(inline) => {
                    let condition = inline.node.type_condition.as_ref();
                    let on_type = condition.map(|condition| condition.node.on.node.as_str());
                    self.collect(on_type, &inline.node.selection_set.node, outputs)?;
                }
                Selection::FragmentSpread(spread) => {
                    let name = spread.node.fragment_name.node.as_str();
                    let document = self.document;
                    if let Some(fragment) = document.fragments.get(name)
                        && outputs.fragments.insert(name)
                    {
                        let on_type = Some(fragment.node.type_condition.node.on.node.as_str());
                        self.collect(on_type, &fragment.node.selection_set.node, outputs)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn add(
        &mut self,
        on_type: Option<&'a str>,
        field: &'a Positioned<Field>,
        outputs: &mut Outputs<'a>,
    ) -> Result<(), Refusal> {
        self.comparisons += 1;
        if self.comparisons > self.limits.comparisons {
            return Err(complex("Too many fields lie in fragments within each other."));
        }
        let key = field.node.response_key().node.as_str();
        let (first, count) = outputs.fields.entry((on_type, key)).or_insert((&field.node, 0));
        *count += 1;
        if *count > self.limits.repeats {
            let limit = self.limits.repeats;
            return Err(complex(format!(
                "A selection set may ask for the same field at most {limit} times."
            ))
            .at(field.pos));
        }
        if *count > 1 && !is_same(first, &field.node) {
            self.conflicts.insert(field.pos);
            if self.conflicts.len() > CONFLICTS {
                let message = format!("The response key {key} stands for different fields, and so do others.");
                return Err(Refusal::from(GraphqlCode::GraphqlValidationFailed)
                    .saying(message)
                    .at(field.pos));
            }
        }
        Ok(())
    }
}

fn is_same(first: &Field, second: &Field) -> bool {
    first.name.node == second.name.node
        && first.arguments.len() == second.arguments.len()
        && first.arguments.iter().all(|(name, value)| {
            second
                .get_argument(&name.node)
                .is_some_and(|other| other.node == value.node)
        })
}
