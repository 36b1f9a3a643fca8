//! JSON bodies: one object, `null`, or nothing.
//!
//! Invariant: a parameter that is given twice is kept twice, so that reading it can say so instead of picking one; a value
//! with a member twice in it is refused.

use super::{FIELD_LIMIT, ambiguous, malformed};
use kernel::error::Error;
use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use std::fmt;
use web_kit::distinct;

/// The members of the body, each with every value that was given for it, as it was written.
struct Members(BTreeMap<String, Vec<Box<RawValue>>>);

/// Decodes a body.
///
/// # Errors
/// [`Code::RequestBodyInvalid`](kernel::error::Code::RequestBodyInvalid) for what is not JSON, no object, too large in
/// members or too deep; [`Code::FormParamDuplicate`](kernel::error::Code::FormParamDuplicate) with the parameter's name for
/// a value in which an object has a member twice.
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
    let mut given = BTreeMap::new();
    for (name, written) in members {
        let values: Result<Vec<Value>, Error> = written.iter().map(|value| parsed(&name, value)).collect();
        given.insert(name, values?);
    }
    Ok(given)
}

/// One value of the parameter `name`.
fn parsed(name: &str, written: &RawValue) -> Result<Value, Error> {
    distinct::read(written.get().as_bytes()).map_err(|error| match error.is_data() {
        true => ambiguous(name).into(),
        false => malformed("A value of the body has a number or a text that cannot be read, or is nested too deep."),
    })
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
        let mut members: BTreeMap<String, Vec<Box<RawValue>>> = BTreeMap::new();
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
