//! JSON bodies: one object, `null`, or nothing.
//!
//! Invariant: a member that is given twice is kept twice, so that reading it can say so instead of picking one.

use super::{FIELD_LIMIT, NESTING_LIMIT, malformed};
use crate::error::Error;
use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, Visitor};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt;

/// The members of the body, each with every value that was given for it.
struct Members(BTreeMap<String, Vec<Value>>);

/// Decodes a body.
///
/// # Errors
/// [`Code::RequestBodyInvalid`](crate::error::Code::RequestBodyInvalid) for what is not JSON, no object, too large in
/// members or too deep.
pub(super) fn parse(bytes: &[u8]) -> Result<BTreeMap<String, Vec<Value>>, Error> {
    if bytes.trim_ascii().is_empty() {
        return Ok(BTreeMap::new());
    }
    let Members(members) = serde_json::from_slice(bytes).map_err(|error| {
        // The position alone: serde's sentence may quote the body, and with it a password.
        let (line, column) = (error.line(), error.column());
        malformed(&format!(
            "The body must be one JSON object in UTF-8 (line {line}, column {column})."
        ))
    })?;
    if members
        .values()
        .flatten()
        .any(|value| is_deeper_than(value, NESTING_LIMIT))
    {
        return Err(malformed("The body is nested too deeply."));
    }
    Ok(members)
}

/// Whether a value has more than this many lists or objects inside one another. `serde_json` itself stops at 128, which
/// bounds the recursion; the answers that later carry the value add levels of their own.
pub(super) fn is_deeper_than(value: &Value, limit: usize) -> bool {
    match (value, limit) {
        (Value::Array(_) | Value::Object(_), 0) => true,
        (Value::Array(values), _) => values.iter().any(|inner| is_deeper_than(inner, limit - 1)),
        (Value::Object(object), _) => object.values().any(|inner| is_deeper_than(inner, limit - 1)),
        _ => false,
    }
}

/// Whether NUL is in a text or key of the value. Not every database can store it.
pub(super) fn has_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(values) => values.iter().any(has_nul),
        Value::Object(object) => object.iter().any(|(key, inner)| key.contains('\0') || has_nul(inner)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(MembersVisitor)
    }
}

struct MembersVisitor;

impl<'de> Visitor<'de> for MembersVisitor {
    type Value = Members;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object or null")
    }

    fn visit_unit<E>(self) -> Result<Members, E> {
        Ok(Members(BTreeMap::new()))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Members, A::Error> {
        let mut members: BTreeMap<String, Vec<Value>> = BTreeMap::new();
        let mut count = 0;
        while let Some((key, value)) = access.next_entry()? {
            count += 1;
            if count > FIELD_LIMIT {
                return Err(A::Error::custom("too many members"));
            }
            members.entry(key).or_default().push(value);
        }
        Ok(Members(members))
    }
}
