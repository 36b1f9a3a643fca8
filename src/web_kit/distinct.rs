//! Whether JSON means one thing: of two members of the same name one reader takes the first and another the last (RFC 8259, section 4).
//!
//! Pure. The invariant: what passed, a proxy that judges requests and this server read alike.

use serde::de::{Deserialize, DeserializeOwned, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use std::collections::HashSet;
use std::fmt::{Formatter, Result as Written};

/// Reads JSON that means one thing.
///
/// # Errors
/// What is wrong with it; for a member that is there twice, or whose name means something to the library, an error of data.
pub fn read<T: DeserializeOwned>(json: &[u8]) -> serde_json::Result<T> {
    serde_json::from_slice::<Distinct>(json)?;
    serde_json::from_slice(json)
}

/// How names begin under which the library takes a text for the JSON that is written in it, where a part of the program that it is built
/// with wants that. What is in such a text nobody has looked at.
const PRIVATE: &str = "$serde_json::private::";

/// A JSON value in which no object has two members of the same name, at any depth. It keeps nothing of it.
#[derive(Debug)]
struct Distinct;

impl<'de> Deserialize<'de> for Distinct {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Members)
    }
}

struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = Distinct;

    fn expecting(&self, formatter: &mut Formatter<'_>) -> Written {
        formatter.write_str("JSON")
    }

    fn visit_unit<E: Error>(self) -> Result<Distinct, E> {
        Ok(Distinct)
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Distinct, E> {
        Ok(Distinct)
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Distinct, E> {
        Ok(Distinct)
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<Distinct, E> {
        Ok(Distinct)
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Distinct, E> {
        Ok(Distinct)
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<Distinct, E> {
        Ok(Distinct)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Distinct, A::Error> {
        while items.next_element::<Distinct>()?.is_some() {}
        Ok(Distinct)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Distinct, A::Error> {
        let mut names = HashSet::new();
        while let Some(name) = members.next_key::<String>()? {
            if name.starts_with(PRIVATE) {
                return Err(A::Error::custom("a member has a name that means something else here"));
            }
            if !names.insert(name) {
                // Not which: it may be a password.
                return Err(A::Error::custom("a member is there twice"));
            }
            members.next_value::<Distinct>()?;
        }
        Ok(Distinct)
    }
}

#[cfg(test)]
mod tests {
    use super::Distinct;

    #[test]
    fn an_object_has_each_name_once_at_any_depth_and_however_it_is_written() {
        for text in [
            "null",
            "1",
            "-1.5e300",
            "18446744073709551615",
            r#""a""#,
            r#"{"a":{"a":[{"a":1},{"a":2}]},"b":true}"#,
            r#"{"a":1,"A":2}"#,
        ] {
            assert!(serde_json::from_str::<Distinct>(text).is_ok(), "{text}");
        }
        for text in [
            r#"{"a":1,"a":1}"#,
            r#"{"a":1,"\u0061":2}"#,
            r#"[{"b":{"a":null,"c":[],"a":null}}]"#,
            r#"{"a":[{"$serde_json::private::RawValue":"{\"b\":1,\"b\":2}"}]}"#,
            r#"{"$serde_json::private::Number":"1"}"#,
        ] {
            let error = serde_json::from_str::<Distinct>(text).unwrap_err();
            assert!(error.is_data(), "{text}: {error}");
        }
    }
}
