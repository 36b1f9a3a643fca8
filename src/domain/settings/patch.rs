//! How a partial document becomes a change, and how each wrong part of it is named.
//!
//! Invariant: a key that no section knows is never dropped silently.

use super::{
    InstanceSettings,
    problem::{Problems, SettingProblem},
};
use crate::{
    metadata::merge_patch,
    storable::{self, Unstorable},
};
use serde_json::{Map, Value};

/// How alike two keys must be (Jaro-Winkler, 0 to 1) for one to be offered in place of the other.
const LIKENESS: f64 = 0.75;

/// One value of a patch and where it goes.
struct Leaf<'a> {
    path: Vec<&'a str>,
    value: &'a Value,
}

/// Puts every value of `patch` that fits into `current`; the others become problems.
pub(super) fn apply(current: &InstanceSettings, patch: &Value, problems: &mut Problems) -> InstanceSettings {
    let (Ok(shape), Ok(mut document)) = (
        serde_json::to_value(InstanceSettings::default()),
        serde_json::to_value(current),
    ) else {
        problems.add("patch", "The change cannot be applied to the stored settings.");
        return current.clone();
    };
    let (Value::Object(patch), Value::Object(shape)) = (patch, &shape) else {
        problems.add("patch", "The change must be a JSON object.");
        return current.clone();
    };
    let mut leaves = Vec::new();
    collect(patch, shape, &mut Vec::new(), &mut leaves, problems);
    let mut settings = current.clone();
    for leaf in leaves {
        if let Err(reason) = storable::check_json(leaf.value) {
            problems.add(&leaf.path.join("."), unstorable(reason));
            continue;
        }
        let mut candidate = document.clone();
        merge_patch(&mut candidate, &leaf.as_patch());
        match serde_json::from_value::<InstanceSettings>(candidate.clone()) {
            Ok(next) => {
                settings = next;
                document = candidate;
            }
            Err(error) => problems.push(misfit(&leaf.path.join("."), &error.to_string())),
        }
    }
    settings
}

/// Why a value does not fit, for people: what the library says was expected, without its names of types and without the words
/// of the wire, which stand beside the sentence.
fn misfit(path: &str, said: &str) -> SettingProblem {
    let expected = said.rsplit_once("expected ").map_or("", |(_, expected)| expected);
    let kind = match expected {
        "a boolean" => "true or false",
        // One of a closed list of words is expected as either.
        "a string" | "string or map" => "a text",
        "a sequence" => "a list",
        "a map" => "an object",
        number if ["u8", "u16", "u32", "u64"].contains(&number) => "a whole number that is not negative",
        number if ["i8", "i16", "i32", "i64"].contains(&number) => "a whole number",
        part if part.starts_with("struct ") => "an object",
        words if words.contains('`') => {
            return SettingProblem {
                allowed: words.split('`').skip(1).step_by(2).map(str::to_owned).collect(),
                ..SettingProblem::new(path, "The value must be one of those that there are.")
            };
        }
        _ => return SettingProblem::new(path, "The value does not fit."),
    };
    SettingProblem::new(path, format!("The value must be {kind}."))
}

const fn unstorable(reason: Unstorable) -> &'static str {
    match reason {
        Unstorable::Nul => "The value must not contain the character NUL.",
        Unstorable::ImmoderateNumber => "The value must not contain a number beyond 1e64 or nearer to zero than 1e-64.",
        Unstorable::TooDeep | Unstorable::TooLong => "The value is nested too deeply.",
    }
}

/// Takes `values` apart as far as the known `shape` goes.
fn collect<'a>(
    values: &'a Map<String, Value>,
    shape: &Map<String, Value>,
    path: &mut Vec<&'a str>,
    leaves: &mut Vec<Leaf<'a>>,
    problems: &mut Problems,
) {
    for (key, value) in values {
        path.push(key);
        match (shape.get(key), value) {
            (None, _) => {
                problems.add_unknown(&path.join("."), nearest_key(key, shape, path));
            }
            (Some(Value::Object(section)), Value::Object(inner)) => collect(inner, section, path, leaves, problems),
            (Some(_), _) => leaves.push(Leaf {
                path: path.clone(),
                value,
            }),
        }
        path.pop();
    }
}

/// The dotted path of the known key that is most like `key`.
fn nearest_key(key: &str, shape: &Map<String, Value>, path: &[&str]) -> Option<String> {
    let (likeness, nearest) = shape
        .keys()
        .map(|known| (strsim::jaro_winkler(key, known), known.as_str()))
        .max_by(|(left, _), (right, _)| left.total_cmp(right))?;
    let sections = path.split_last().map_or(&[] as &[&str], |(_, sections)| sections);
    (likeness >= LIKENESS).then(|| sections.iter().copied().chain([nearest]).collect::<Vec<_>>().join("."))
}

impl Leaf<'_> {
    /// The patch that does this and nothing else.
    fn as_patch(&self) -> Value {
        self.path.iter().rev().fold(self.value.clone(), |inner, key| {
            Value::Object(Map::from_iter([((*key).to_owned(), inner)]))
        })
    }
}
