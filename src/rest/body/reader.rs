//! Taking parameters out by name and type, collecting every problem on the way.
//!
//! Invariant: whatever a getter could not return is a problem that [`Reader::finish`] reports, and so is every
//! parameter that no getter asked for.

use super::Given;
use kernel::error::{Code, Error, Problem};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use web_kit::{distinct, input};

/// Sent by SDKs with any request, with or without meaning for the verb.
const ALWAYS_KNOWN: [&str; 8] = [
    "locale",
    "timezone",
    "captcha_token",
    "captcha_error",
    "captcha_action",
    "captcha_widget_type",
    "intent",
    "tab_state",
];

/// Texts that are not limited here: the domain counts their bytes and has codes of its own for it.
const PASSWORDS: [&str; 3] = ["password", "new_password", "current_password"];

/// Whether and how a parameter was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence<T> {
    /// Not mentioned, or not usable and reported as such.
    Absent,
    /// Mentioned as empty: `''` or JSON `null`.
    Empty,
    /// Mentioned with this value.
    Given(T),
}

impl<T> Presence<T> {
    /// The value, for parameters where empty means the same as absent.
    #[must_use]
    pub fn given(self) -> Option<T> {
        match self {
            Self::Given(value) => Some(value),
            Self::Absent | Self::Empty => None,
        }
    }
}

/// Takes parameters out of one request. Each is taken once: a second reading of the same name finds it absent.
pub struct Reader {
    given: BTreeMap<String, Given>,
    lenient_unknown: bool,
    problems: Vec<Problem>,
}

impl Reader {
    pub(super) fn new(given: BTreeMap<String, Given>, lenient_unknown: bool) -> Self {
        Self {
            given,
            lenient_unknown,
            problems: Vec::new(),
        }
    }

    /// A text of at most 10,000 characters without NUL (passwords of any length). It is not trimmed.
    pub fn text(&mut self, name: &str) -> Presence<String> {
        self.scalar(name, |name, value| match value {
            Value::String(text) => checked_text(name, text),
            _ => Err(wrong_type(name, "a text")),
        })
    }

    /// A text that must be there and not be empty. If it is not, the text returned is empty and only there to read on
    /// with: [`Self::finish`] fails.
    pub fn required_text(&mut self, name: &str) -> String {
        let problems = self.problems.len();
        match self.text(name) {
            Presence::Given(text) => return text,
            Presence::Empty => self.report(Problem::of(Code::FormParamNil, name)),
            // A value that could not be used is reported already, and is not missing.
            Presence::Absent if self.problems.len() > problems => {}
            Presence::Absent => self.report(Problem::of(Code::FormParamMissing, name)),
        }
        String::new()
    }

    /// A JSON boolean, or the text `true` or `false`.
    pub fn flag(&mut self, name: &str) -> Presence<bool> {
        self.scalar(name, |name, value| match value {
            Value::Bool(flag) => Ok(flag),
            Value::String(text) if text == "true" => Ok(true),
            Value::String(text) if text == "false" => Ok(false),
            _ => Err(wrong_type(name, "true or false")),
        })
    }

    /// A whole number of 64 bits: a JSON number or decimal digits, with a minus sign if need be.
    pub fn number(&mut self, name: &str) -> Presence<i64> {
        self.scalar(name, |name, value| {
            let number = match &value {
                Value::Number(number) => number.as_i64(),
                Value::String(text) if !text.starts_with('+') => text.parse().ok(),
                _ => None,
            };
            number.ok_or_else(|| wrong_type(name, "a whole number"))
        })
    }

    /// An object: JSON, a text that holds JSON, or `name[member]=text`. Nested at most 32 deep; its size is the
    /// domain's to judge.
    pub fn object(&mut self, name: &str) -> Presence<Map<String, Value>> {
        let value = match self.given.remove(name) {
            None => return Presence::Absent,
            Some(Given::Form(field)) => field.into_object_or_text(),
            Some(Given::Json(values)) => only(values),
        };
        let value = value
            .map_err(|code| Problem::of(code, name))
            .and_then(|value| parsed_text(name, value));
        self.convert(name, value, |name, value| input::object(value, name))
    }

    /// A list of texts: a JSON array of strings, `name=a&name=b`, `name[]=a` or `name[0]=a`. In a form, a single empty
    /// text is an empty list: [`Presence::Empty`].
    pub fn texts(&mut self, name: &str) -> Presence<Vec<String>> {
        let value = match self.given.remove(name) {
            None => return Presence::Absent,
            Some(Given::Json(values)) => only(values),
            Some(Given::Form(field)) => match field.into_texts() {
                Ok(texts) if matches!(texts.as_slice(), [text] if text.is_empty()) => return Presence::Empty,
                texts => texts.map(|texts| texts.into_iter().map(Value::String).collect()),
            },
        };
        self.convert(name, value.map_err(|code| Problem::of(code, name)), |name, value| {
            let Value::Array(values) = value else {
                return Err(wrong_type(name, "a list of texts"));
            };
            let text = |value| match value {
                Value::String(text) => checked_text(name, text),
                _ => Err(wrong_type(name, "a list of texts")),
            };
            values.into_iter().map(text).collect()
        })
    }

    /// Parameters that are known here and have no effect.
    pub fn ignore(&mut self, names: &[&str]) {
        self.given.retain(|name, _| !names.contains(&name.as_str()));
    }

    /// Parameters that are known here, of something that is not on. Where unknown ones are ignored these are not: what they
    /// ask for would vanish without a word. Empty ones ask for nothing.
    pub fn switched_off(&mut self, names: &[&str]) {
        if !self.lenient_unknown {
            // Refused like everything that nobody has asked for.
            return;
        }
        for name in names {
            if self.given.remove(*name).is_some_and(|given| !given.is_empty()) {
                let sentence = "This is not enabled here.";
                self.report(Problem::of(Code::FormParamUnknown, *name).saying(sentence));
            }
        }
    }

    /// Adds a problem that the caller found, such as a text that is no e-mail address.
    pub fn report(&mut self, problem: Problem) {
        self.problems.push(problem);
    }

    /// Ends the reading.
    ///
    /// # Errors
    /// Every problem at once, in the order of reading, then [`Code::FormParamUnknown`] for each parameter left over,
    /// unless the reader is lenient.
    pub fn finish(mut self) -> Result<(), Error> {
        self.ignore(&ALWAYS_KNOWN);
        if !self.lenient_unknown {
            let unknown = self.given.into_keys();
            self.problems
                .extend(unknown.map(|name| Problem::of(Code::FormParamUnknown, name)));
        }
        if self.problems.is_empty() {
            Ok(())
        } else {
            Err(Error::from_problems(self.problems))
        }
    }

    /// Takes a parameter that has one value.
    fn scalar<T>(&mut self, name: &str, read: impl FnOnce(&str, Value) -> Result<T, Problem>) -> Presence<T> {
        let value = match self.given.remove(name) {
            None => return Presence::Absent,
            Some(Given::Form(field)) => field.into_text().map(Value::String),
            Some(Given::Json(values)) => only(values),
        };
        self.convert(name, value.map_err(|code| Problem::of(code, name)), read)
    }

    /// Reports what stands in the way of the value, or returns it.
    fn convert<T>(
        &mut self,
        name: &str,
        value: Result<Value, Problem>,
        read: impl FnOnce(&str, Value) -> Result<T, Problem>,
    ) -> Presence<T> {
        let read = match value {
            Ok(Value::Null) => return Presence::Empty,
            Ok(Value::String(text)) if text.is_empty() => return Presence::Empty,
            Ok(value) => read(name, value),
            Err(problem) => Err(problem),
        };
        match read {
            Ok(value) => Presence::Given(value),
            Err(problem) => {
                self.report(problem);
                Presence::Absent
            }
        }
    }
}

/// The value of a member that is not repeated.
fn only(values: Vec<Value>) -> Result<Value, Code> {
    let mut values = values.into_iter();
    match (values.next(), values.next()) {
        (Some(value), None) => Ok(value),
        _ => Err(Code::FormParamDuplicate),
    }
}

/// What a text holds as JSON, and any other value as it is. An empty text stays one.
fn parsed_text(name: &str, value: Value) -> Result<Value, Problem> {
    match value {
        Value::String(text) if !text.is_empty() => {
            distinct::read(text.as_bytes()).map_err(|error| match error.is_data() {
                true => super::ambiguous(name),
                false => Problem::of(Code::FormParamFormatInvalid, name).saying("The value must be JSON."),
            })
        }
        value => Ok(value),
    }
}

/// A text that can be stored.
fn checked_text(name: &str, text: String) -> Result<String, Problem> {
    match PASSWORDS.contains(&name) {
        true => input::secret(text, name),
        false => input::text(text, name),
    }
}

fn wrong_type(name: &str, expected: &str) -> Problem {
    Problem::of(Code::FormParamTypeInvalid, name).saying(format!("The value must be {expected}."))
}
