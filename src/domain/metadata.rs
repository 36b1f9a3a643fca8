//! Free JSON objects that applications hang on users and sign-ups, and how they change.
//!
//! Invariant: stored metadata is a JSON object of at most [`MAXIMUM_BYTES`] bytes of JSON text.

use serde_json::{Map, Value};

/// The most JSON text that one metadata object may take, in bytes.
pub const MAXIMUM_BYTES: usize = 8 * 1024;

/// How a caller changes a metadata object.
#[derive(Clone, Debug, PartialEq)]
pub enum MetadataChange {
    /// Merge this into what there is, by RFC 7396: `null` removes a key, objects merge, all else replaces.
    Merge(Value),
    /// Put this in the place of what there is.
    Replace(Value),
}

/// Why metadata was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MetadataRejection {
    /// More than [`MAXIMUM_BYTES`] bytes of JSON text after the change.
    TooLarge,
    /// The value given is not a JSON object.
    NotAnObject,
}

impl MetadataChange {
    /// What the metadata are after the change.
    ///
    /// # Errors
    /// [`MetadataRejection`], whereupon nothing has changed.
    pub fn apply(self, current: &Map<String, Value>) -> Result<Map<String, Value>, MetadataRejection> {
        let next = match self {
            Self::Replace(Value::Object(next)) => next,
            Self::Merge(Value::Object(patch)) => {
                let mut next = current.clone();
                merge_into(&mut next, &patch);
                next
            }
            Self::Replace(_) | Self::Merge(_) => return Err(MetadataRejection::NotAnObject),
        };
        // The text of a JSON map with text keys can always be written, so a failure here can only mean "too large".
        let size = serde_json::to_vec(&next)
            .map_err(|_| MetadataRejection::TooLarge)?
            .len();
        if size > MAXIMUM_BYTES {
            Err(MetadataRejection::TooLarge)
        } else {
            Ok(next)
        }
    }
}

/// Merges `patch` into `target` by RFC 7396.
pub(crate) fn merge_patch(target: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    if let Value::Object(target) = target {
        merge_into(target, patch);
    }
}

fn merge_into(target: &mut Map<String, Value>, patch: &Map<String, Value>) {
    for (key, value) in patch {
        if value.is_null() {
            target.remove(key);
        } else {
            merge_patch(target.entry(key.clone()).or_insert(Value::Null), value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{MAXIMUM_BYTES, MetadataChange, MetadataRejection, merge_patch};
    use serde_json::{Map, Value, json};

    fn object(value: Value) -> Map<String, Value> {
        match value {
            Value::Object(map) => map,
            other => panic!("{other} is no object"),
        }
    }

    #[test]
    fn the_examples_of_rfc_7396_hold() {
        for (mut target, patch, result) in [
            (json!({"a": "b"}), json!({"a": "c"}), json!({"a": "c"})),
            (json!({"a": "b"}), json!({"b": "c"}), json!({"a": "b", "b": "c"})),
            (json!({"a": "b"}), json!({"a": null}), json!({})),
            (json!({"a": "b", "b": "c"}), json!({"a": null}), json!({"b": "c"})),
            (json!({"a": ["b"]}), json!({"a": "c"}), json!({"a": "c"})),
            (json!({"a": "c"}), json!({"a": ["b"]}), json!({"a": ["b"]})),
            (
                json!({"a": {"b": "c"}}),
                json!({"a": {"b": "d", "c": null}}),
                json!({"a": {"b": "d"}}),
            ),
            (json!({"a": [{"b": "c"}]}), json!({"a": [1]}), json!({"a": [1]})),
            (json!(["a", "b"]), json!(["c", "d"]), json!(["c", "d"])),
            (json!({"a": "b"}), json!(["c"]), json!(["c"])),
            (json!({"a": "foo"}), json!(null), json!(null)),
            (json!({"a": "foo"}), json!("bar"), json!("bar")),
            (json!({"e": null}), json!({"a": 1}), json!({"e": null, "a": 1})),
            (json!([1, 2]), json!({"a": "b", "c": null}), json!({"a": "b"})),
            (json!({}), json!({"a": {"bb": {"ccc": null}}}), json!({"a": {"bb": {}}})),
        ] {
            merge_patch(&mut target, &patch);
            assert_eq!(target, result);
        }
    }

    #[test]
    fn merging_keeps_what_is_not_named_and_replacing_does_not() {
        let current = object(json!({"plan": "pro", "seats": 3}));
        let change = json!({"seats": 4});
        assert_eq!(
            MetadataChange::Merge(change.clone()).apply(&current),
            Ok(object(json!({"plan": "pro", "seats": 4})))
        );
        assert_eq!(
            MetadataChange::Replace(change.clone()).apply(&current),
            Ok(object(change))
        );
    }

    #[test]
    fn what_is_no_object_is_refused() {
        for value in [json!(null), json!([]), json!("{}"), json!(1), json!(true)] {
            for change in [
                MetadataChange::Merge(value.clone()),
                MetadataChange::Replace(value.clone()),
            ] {
                assert_eq!(
                    change.apply(&Map::new()),
                    Err(MetadataRejection::NotAnObject),
                    "{value}"
                );
            }
        }
    }

    #[test]
    fn the_limit_counts_bytes_of_the_json_text_after_the_change() {
        let overhead = r#"{"a":""}"#.len();
        let exact = json!({"a": "x".repeat(MAXIMUM_BYTES - overhead)});
        let above = json!({"a": "x".repeat(MAXIMUM_BYTES - overhead + 1)});
        assert_eq!(
            MetadataChange::Replace(exact.clone()).apply(&Map::new()),
            Ok(object(exact.clone()))
        );
        assert_eq!(
            MetadataChange::Replace(above).apply(&Map::new()),
            Err(MetadataRejection::TooLarge)
        );
        assert_eq!(
            MetadataChange::Merge(json!({"b": 1})).apply(&object(exact)),
            Err(MetadataRejection::TooLarge)
        );
        assert_eq!(MAXIMUM_BYTES, 8192);
    }
}
