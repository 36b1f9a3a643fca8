//! Scalars of the schema, and the enums that mirror stored ones.
//!
//! Invariant: times leave as RFC 3339 in UTC with milliseconds, whatever the database holds.

use super::{budget, list::bytes_of};
use async_graphql::{
    ContextSelectionSet, Enum, InputValueError, InputValueResult, OutputType, Positioned, Scalar, ScalarType,
    ServerResult, Value, parser::types::Field, registry::Registry,
};
use chrono::{DateTime as Time, SecondsFormat, Utc};
use entity::UnixMilliseconds;
use std::borrow::Cow;

/// A point in time in UTC, as RFC 3339 writes it: `2026-12-01T09:30:00.000Z`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DateTime(pub UnixMilliseconds);

/// A point in time in UTC, as RFC 3339 writes it: `2026-12-01T09:30:00.000Z`.
#[Scalar(
    name = "DateTime",
    specified_by_url = "https://scalars.graphql.org/andimarek/date-time.html"
)]
impl ScalarType for DateTime {
    fn parse(value: Value) -> InputValueResult<Self> {
        let Value::String(text) = &value else {
            return Err(InputValueError::expected_type(value));
        };
        let time = Time::parse_from_rfc3339(text)
            .map_err(|_| InputValueError::custom("A DateTime has the form 2026-12-01T09:30:00.000Z."))?;
        Ok(Self(time.timestamp_millis()))
    }

    fn to_value(&self) -> Value {
        // No time that a clock gave is out of range; should one be, the end of the range says more than a failure.
        let time = Time::<Utc>::from_timestamp_millis(self.0).unwrap_or(Time::<Utc>::MAX_UTC);
        Value::String(time.to_rfc3339_opts(SecondsFormat::Millis, true))
    }
}

impl From<UnixMilliseconds> for DateTime {
    fn from(time: UnixMilliseconds) -> Self {
        Self(time)
    }
}

/// Any JSON value, as RFC 8259 defines it.
#[derive(Clone, Debug, PartialEq)]
pub struct Json(pub serde_json::Value);

/// Any JSON value, as RFC 8259 defines it.
#[Scalar(name = "JSON", specified_by_url = "https://www.rfc-editor.org/rfc/rfc8259")]
impl ScalarType for Json {
    fn parse(value: Value) -> InputValueResult<Self> {
        Ok(Self(value.into_json()?))
    }

    fn to_value(&self) -> Value {
        Value::from_json(self.0.clone()).unwrap_or_default()
    }
}

impl From<serde_json::Map<String, serde_json::Value>> for Json {
    fn from(map: serde_json::Map<String, serde_json::Value>) -> Self {
        Self(serde_json::Value::Object(map))
    }
}

/// A JSON value in an answer, whose size is paid for. In the schema it is `JSON!`.
#[derive(Clone, Debug, PartialEq)]
pub struct Document(pub Json);

impl OutputType for Document {
    fn type_name() -> Cow<'static, str> {
        <Json as OutputType>::type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        <Json as OutputType>::create_type_info(registry)
    }

    async fn resolve(&self, context: &ContextSelectionSet<'_>, field: &Positioned<Field>) -> ServerResult<Value> {
        let value = self.0.to_value();
        if let Some(budget) = budget::of(context) {
            let spent = budget.spend_bytes(bytes_of(&value));
            spent.map_err(|exhausted| exhausted.at(field.pos))?;
        }
        Ok(value)
    }
}

impl From<serde_json::Value> for Document {
    fn from(value: serde_json::Value) -> Self {
        Self(Json(value))
    }
}

impl From<serde_json::Map<String, serde_json::Value>> for Document {
    fn from(map: serde_json::Map<String, serde_json::Value>) -> Self {
        Self(map.into())
    }
}

/// A text of any length in an answer, which is paid for. In the schema it is `String!`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text(String);

impl OutputType for Text {
    fn type_name() -> Cow<'static, str> {
        <String as OutputType>::type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        <String as OutputType>::create_type_info(registry)
    }

    async fn resolve(&self, context: &ContextSelectionSet<'_>, field: &Positioned<Field>) -> ServerResult<Value> {
        let value = Value::String(self.0.clone());
        if let Some(budget) = budget::of(context) {
            let spent = budget.spend_bytes(bytes_of(&value));
            spent.map_err(|exhausted| exhausted.at(field.pos))?;
        }
        Ok(value)
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

macro_rules! strategy {
    ($($(#[$doc:meta])* $variant:ident = $text:literal in $module:ident;)+) => {
        /// A way to prove an identification or oneself.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
        #[graphql(remote = "entity::kind::Strategy")]
        pub enum Strategy {
            $($(#[$doc])* $variant,)+
        }
    };
}
entity::strategies!(strategy);

/// Where a verification stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::kind::VerificationStatus")]
pub enum VerificationStatus {
    /// Waiting for its proof.
    Unverified,
    /// Proven.
    Verified,
    /// Spent by too many wrong attempts.
    Failed,
    /// Its time has passed.
    Expired,
}

/// What an identification is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::kind::IdentificationKind")]
pub enum IdentifierKind {
    /// An e-mail address.
    EmailAddress,
    /// A phone number in E.164.
    PhoneNumber,
    /// A username.
    Username,
}

/// A list of mirrored values.
pub(crate) fn mirrored<T: Copy, U: From<T>>(values: &[T]) -> Vec<U> {
    values.iter().copied().map(U::from).collect()
}

#[cfg(test)]
mod tests {
    use super::{DateTime, Json};
    use async_graphql::{ScalarType as _, Value};

    #[test]
    fn a_time_is_written_in_utc_with_milliseconds_and_read_back() {
        let text = Value::from("2026-11-18T06:26:40.007Z");
        let DateTime(time) = DateTime::parse(text.clone()).unwrap();
        assert_eq!(DateTime(time).to_value(), text);
        let elsewhere = DateTime::parse(Value::from("2026-11-18T08:26:40.007+02:00")).unwrap();
        assert_eq!(elsewhere, DateTime(time));
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for value in [Value::from("yesterday"), Value::from(7), Value::Null] {
            assert!(DateTime::parse(value.clone()).is_err(), "{value}");
        }
    }

    #[test]
    fn json_survives_both_ways() {
        let document = serde_json::json!({ "a": [1, null, "x", { "b": 0.5 }] });
        let Json(read) = Json::parse(Json(document.clone()).to_value()).unwrap();
        assert_eq!(read, document);
    }
}
