//! Inputs that may be left out whole.

use async_graphql::{InputObjectType, InputType, InputValueError, InputValueResult, Value, registry::Registry};
use std::borrow::Cow;

/// An input all of whose fields may be left out, and so itself: as an argument with `#[graphql(default)]` it has the default `{}`. (That
/// of the library would name each field as null, which says something else where null empties a field.)
#[derive(Default)]
pub(crate) struct OrEmpty<T>(pub(crate) T);

impl<T: InputObjectType + Default> InputType for OrEmpty<T> {
    type RawValueType = T::RawValueType;

    fn type_name() -> Cow<'static, str> {
        T::type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        T::create_type_info(registry)
    }

    fn parse(value: Option<Value>) -> InputValueResult<Self> {
        match value {
            None => Ok(Self::default()),
            Some(value) => T::parse(Some(value)).map(Self).map_err(InputValueError::propagate),
        }
    }

    /// What the schema shows as the default, which is all that this is asked for.
    fn to_value(&self) -> Value {
        Value::Object(async_graphql::indexmap::IndexMap::new())
    }

    fn as_raw_value(&self) -> Option<&Self::RawValueType> {
        self.0.as_raw_value()
    }
}
