//! Which identifier of the server behind REST is which of the server behind GraphQL.
//!
//! Nothing says it but where they are met: what stands at the same place of the same answer is the same thing. Invariant: it is one to
//! one, so that a thing which is met again as another one differs.

use crate::support::face::snake_case;
use serde_json::Value;
use std::{collections::BTreeMap, ops::Range};

/// Digits behind the prefix of an identifier.
const DIGITS: usize = 27;
/// Longer texts are tokens and pictures, in which an identifier is not to be looked for.
const LONGEST: usize = 200;

#[derive(Default)]
pub(super) struct Names {
    to_ours: BTreeMap<String, String>,
    to_theirs: BTreeMap<String, String>,
    /// Where the two servers are, ours and theirs.
    hosts: (String, String),
}

impl Names {
    pub(super) fn between(ours: &str, theirs: &str) -> Self {
        Self {
            hosts: (ours.to_owned(), theirs.to_owned()),
            ..Self::default()
        }
    }

    /// The identifier that REST knows by another one.
    pub(super) fn theirs<'a>(&'a self, ours: &'a str) -> &'a str {
        self.to_theirs.get(ours).map_or(ours, String::as_str)
    }

    /// Takes two readings of one thing for what they have in common.
    pub(super) fn learn(&mut self, ours: &Value, theirs: &Value) {
        match (ours, theirs) {
            (Value::Object(ours), Value::Object(theirs)) => {
                for (name, value) in ours {
                    let found = theirs.get(name).or_else(|| theirs.get(&snake_case(name)));
                    self.learn(value, found.unwrap_or(&Value::Null));
                }
            }
            (Value::Array(ours), Value::Array(theirs)) if ours.len() == theirs.len() => {
                for (ours, theirs) in ours.iter().zip(theirs) {
                    self.learn(ours, theirs);
                }
            }
            (Value::String(ours), Value::String(theirs)) => self.learn_text(ours, theirs),
            _ => {}
        }
    }

    fn learn_text(&mut self, ours: &str, theirs: &str) {
        for (ours, theirs) in identifiers(ours).zip(identifiers(theirs)) {
            let is_new = !self.to_theirs.contains_key(ours) && !self.to_ours.contains_key(theirs);
            if is_new && prefix(ours) == prefix(theirs) {
                self.to_theirs.insert(ours.to_owned(), theirs.to_owned());
                self.to_ours.insert(theirs.to_owned(), ours.to_owned());
            }
        }
    }

    /// What REST says, in the identifiers and the host of the other server.
    pub(super) fn in_ours(&self, theirs: &Value) -> Value {
        let host = |text: &str| text.replace(&self.hosts.1, &self.hosts.0);
        each_text(theirs, &|text| {
            replaced(&host(text), |id| {
                self.to_ours.get(id).map_or(id, String::as_str).to_owned()
            })
        })
    }

    /// A row of our server, in which what no answer has ever named has no name.
    pub(super) fn veiled_ours(&self, ours: &Value) -> Value {
        let name = |id: &str| match self.to_theirs.contains_key(id) {
            true => id.to_owned(),
            false => format!("{}_unnamed", prefix(id)),
        };
        each_text(ours, &|text| replaced(text, name))
    }

    /// The same of a row of the other server, in the identifiers of ours.
    pub(super) fn veiled_theirs(&self, theirs: &Value) -> Value {
        let name = |id: &str| match self.to_ours.get(id) {
            Some(ours) => ours.clone(),
            None => format!("{}_unnamed", prefix(id)),
        };
        let host = |text: &str| text.replace(&self.hosts.1, &self.hosts.0);
        each_text(theirs, &|text| replaced(&host(text), name))
    }
}

fn each_text(value: &Value, change: &dyn Fn(&str) -> String) -> Value {
    match value {
        Value::Object(object) => object
            .iter()
            .map(|(name, value)| (name.clone(), each_text(value, change)))
            .collect(),
        Value::Array(values) => values.iter().map(|value| each_text(value, change)).collect(),
        Value::String(text) => Value::from(change(text)),
        other => other.clone(),
    }
}

fn replaced(text: &str, name: impl Fn(&str) -> String) -> String {
    let (mut told, mut end) = (String::new(), 0);
    for place in places(text) {
        told.push_str(&text[end..place.start]);
        told.push_str(&name(&text[place.clone()]));
        end = place.end;
    }
    told + &text[end..]
}

fn identifiers(text: &str) -> impl Iterator<Item = &str> {
    places(text).into_iter().map(|place| &text[place])
}

/// Where a text has identifiers: a prefix in small letters, an underscore and the digits.
fn places(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    if text.len() > LONGEST {
        return found;
    }
    let mut start = 0;
    for word in text.split(|character: char| !character.is_ascii_alphanumeric() && character != '_') {
        let is_identifier = word.rsplit_once('_').is_some_and(|(prefix, digits)| {
            let is_prefix = !prefix.is_empty() && prefix.bytes().all(|byte| byte.is_ascii_lowercase());
            is_prefix && digits.len() == DIGITS
        });
        if is_identifier {
            found.push(start..start + word.len());
        }
        // What splits words here is never more than one character, but may be several bytes.
        let rest = &text[start + word.len()..];
        start += word.len() + rest.chars().next().map_or(0, char::len_utf8);
    }
    found
}

fn prefix(identifier: &str) -> &str {
    identifier.split('_').next().unwrap()
}

#[cfg(test)]
mod tests {
    use super::Names;
    use serde_json::json;

    fn id(prefix: &str, letter: &str) -> String {
        format!("{prefix}_{}", letter.repeat(27))
    }

    #[test]
    fn what_stands_at_the_same_place_is_the_same_and_is_never_something_else() {
        let mut names = Names::between("localhost:1", "localhost:2");
        let (a, b, c) = (id("user", "a"), id("user", "b"), id("user", "c"));
        let picture = |host: &str, id: &str| format!("http://{host}/v1/avatars/{id}");
        names.learn(
            &json!({ "userId": a, "imageUrl": picture("localhost:1", &a) }),
            &json!({ "user_id": b, "image_url": picture("localhost:2", &b) }),
        );
        assert_eq!(names.theirs(&a), b);
        assert_eq!(
            names.in_ours(&json!(picture("localhost:2", &b))),
            picture("localhost:1", &a)
        );
        names.learn(&json!([a, c]), &json!([c, b]));
        assert_eq!(
            (names.theirs(&a), names.theirs(&c)),
            (&*b, &*c),
            "each is one thing alone"
        );
        assert_eq!(names.in_ours(&json!(c)), c);
    }

    #[test]
    fn things_of_two_kinds_are_never_the_same_and_what_was_not_met_has_no_name() {
        let mut names = Names::between("localhost:1", "localhost:2");
        let (session, user) = (id("sess", "a"), id("user", "a"));
        names.learn(&json!(session), &json!(user));
        assert_eq!(names.theirs(&session), session);
        assert_eq!(
            names.veiled_ours(&json!(format!("{user}/{session}"))),
            "user_unnamed/sess_unnamed"
        );
        names.learn(&json!(user), &json!(user));
        assert_eq!(
            names.veiled_theirs(&json!(format!("{user}/{session}"))),
            format!("{user}/sess_unnamed")
        );
    }
}
