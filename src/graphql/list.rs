//! Lists of objects, whose items are paid for before they are resolved.

use super::budget;
use async_graphql::{
    ContextSelectionSet, OutputType, Positioned, ServerResult, Value,
    parser::types::{Field, Selection, SelectionSet},
    registry::Registry,
    resolver_utils::resolve_list,
};
use std::borrow::Cow;

/// A list of objects. In the schema it is `[T!]!`, as a `Vec` would be.
#[derive(Clone, Debug, PartialEq)]
pub struct Items<T>(Vec<T>);

impl<T> FromIterator<T> for Items<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        Self(items.into_iter().collect())
    }
}

impl<T> From<Vec<T>> for Items<T> {
    fn from(items: Vec<T>) -> Self {
        Self(items)
    }
}

impl<T: OutputType> OutputType for Items<T> {
    fn type_name() -> Cow<'static, str> {
        Vec::<T>::type_name()
    }

    fn qualified_type_name() -> String {
        Vec::<T>::qualified_type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        Vec::<T>::create_type_info(registry)
    }

    async fn resolve(&self, context: &ContextSelectionSet<'_>, field: &Positioned<Field>) -> ServerResult<Value> {
        let Some(budget) = budget::of(context) else {
            return resolve_list(context, field, &self.0, Some(self.0.len())).await;
        };
        let each = fields_of(context, &context.item.node);
        let count = u64::try_from(self.0.len()).unwrap_or(u64::MAX);
        let spent = budget.spend_fields(each.saturating_mul(count)).await;
        spent.map_err(|exhausted| exhausted.at(field.pos))?;
        let value = resolve_list(context, field, &self.0, Some(self.0.len())).await?;
        let spent = budget.spend_bytes(bytes_of(&value));
        spent.map_err(|exhausted| exhausted.at(field.pos))?;
        Ok(value)
    }
}

/// The fields of one item by the text of the document; what lists within it hold is paid for by themselves.
fn fields_of(context: &ContextSelectionSet<'_>, set: &SelectionSet) -> u64 {
    set.items.iter().fold(0_u64, |sum, selection| {
        let selected = match &selection.node {
            Selection::Field(field) => 1 + fields_of(context, &field.node.selection_set.node),
            Selection::InlineFragment(inline) => fields_of(context, &inline.node.selection_set.node),
            Selection::FragmentSpread(spread) => {
                let fragment = context.query_env.fragments.get(&spread.node.fragment_name.node);
                fragment.map_or(0, |fragment| fields_of(context, &fragment.node.selection_set.node))
            }
        };
        sum.saturating_add(selected)
    })
}

/// About as many bytes as the value has as JSON.
pub(super) fn bytes_of(value: &Value) -> usize {
    match value {
        Value::Null | Value::Boolean(_) | Value::Number(_) => 5,
        Value::String(text) => text.bytes().fold(2, |sum, byte| sum + written(byte)),
        Value::Enum(name) => name.len() + 2,
        Value::Binary(bytes) => bytes.len(),
        Value::List(values) => values.iter().fold(2, |sum, value| sum + bytes_of(value) + 1),
        Value::Object(fields) => fields
            .iter()
            .fold(2, |sum, (name, value)| sum + name.len() + 4 + bytes_of(value)),
    }
}

/// As many bytes as a byte of a text has in JSON, where some are escaped (RFC 8259, section 7).
const fn written(byte: u8) -> usize {
    match byte {
        b'"' | b'\\' | b'\n' | b'\r' | b'\t' | 0x08 | 0x0C => 2,
        0..0x20 => 6,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::bytes_of;
    use async_graphql::Value;

    #[test]
    fn a_text_costs_as_many_bytes_as_it_is_written_with() {
        let every: String = (0..=0x7F_u8).map(char::from).chain("äß€😀".chars()).collect();
        for text in ["", "plain", &every] {
            let written = serde_json::to_string(text).unwrap().len();
            assert_eq!(bytes_of(&Value::from(text)), written, "{text:?}");
        }
    }
}
