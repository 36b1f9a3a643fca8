//! `application/x-www-form-urlencoded`, strictly: what cannot be decoded is refused, never replaced.
//!
//! A key is kept with its brackets taken apart and its values in order; what they amount to (a scalar, a list, an
//! object) is decided when the parameter is read, since `a[0]=x` may be either. Invariant: a value is never dropped;
//! it is returned or the reading fails.

use super::{FIELD_LIMIT, malformed};
use domain::storable::NESTING_LIMIT;
use kernel::error::{Code, Error};
use percent_encoding::percent_decode;
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// What was given under one name.
#[derive(Default)]
pub(super) struct FormField {
    /// The values of `name=value`, in order.
    plain: Vec<String>,
    /// The values of `name[a][b]=value`, in order, each with the words in its brackets.
    bracketed: Vec<(Vec<String>, String)>,
}

/// Decodes a form.
///
/// # Errors
/// [`Code::RequestBodyInvalid`] for broken percent-encoding, text that is not UTF-8, too many fields, too many brackets.
pub(super) fn parse(bytes: &[u8]) -> Result<BTreeMap<String, FormField>, Error> {
    let mut fields: BTreeMap<String, FormField> = BTreeMap::new();
    let pairs = bytes.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty());
    for (index, pair) in pairs.enumerate() {
        if index >= FIELD_LIMIT {
            return Err(malformed("The body has too many fields."));
        }
        let mut halves = pair.splitn(2, |byte| *byte == b'=');
        let key = decode(halves.next().unwrap_or_default())?;
        let value = decode(halves.next().unwrap_or_default())?;
        let (name, path) = split_key(&key);
        if path.len() > NESTING_LIMIT {
            return Err(malformed("The body is nested too deeply."));
        }
        let field = fields.entry(name.to_owned()).or_default();
        if path.is_empty() {
            field.plain.push(value);
        } else {
            field
                .bracketed
                .push((path.into_iter().map(str::to_owned).collect(), value));
        }
    }
    Ok(fields)
}

impl FormField {
    /// Whether nothing but empty texts was given.
    pub(super) fn is_empty(&self) -> bool {
        self.bracketed.is_empty() && self.plain.iter().all(String::is_empty)
    }

    /// The one value.
    ///
    /// # Errors
    /// [`Code::FormParamDuplicate`] for several, [`Code::FormParamTypeInvalid`] for brackets.
    pub(super) fn into_text(self) -> Result<String, Code> {
        let mut plain = self.plain.into_iter();
        match (plain.next(), plain.next(), self.bracketed.is_empty()) {
            (Some(text), None, true) => Ok(text),
            (None, ..) => Err(Code::FormParamTypeInvalid),
            _ => Err(Code::FormParamDuplicate),
        }
    }

    /// The values of `key=a&key=b`, `key[]=a&key[]=b` or `key[0]=a&key[1]=b`; the latter in the order of the numbers.
    ///
    /// # Errors
    /// [`Code::FormParamDuplicate`] for mixed spellings or a repeated number, [`Code::FormParamTypeInvalid`] for
    /// brackets around anything else.
    pub(super) fn into_texts(self) -> Result<Vec<String>, Code> {
        if self.bracketed.is_empty() {
            return Ok(self.plain);
        }
        if !self.plain.is_empty() {
            return Err(Code::FormParamDuplicate);
        }
        let mut appended = Vec::new();
        let mut numbered: BTreeMap<u32, String> = BTreeMap::new();
        for (path, value) in self.bracketed {
            match path.as_slice() {
                [word] if word.is_empty() => appended.push(value),
                [word] => {
                    let number = word.parse().map_err(|_| Code::FormParamTypeInvalid)?;
                    if numbered.insert(number, value).is_some() {
                        return Err(Code::FormParamDuplicate);
                    }
                }
                _ => return Err(Code::FormParamTypeInvalid),
            }
        }
        match (appended.is_empty(), numbered.is_empty()) {
            (false, false) => Err(Code::FormParamDuplicate),
            (false, true) => Ok(appended),
            (true, _) => Ok(numbered.into_values().collect()),
        }
    }

    /// The object spelt with brackets, or the one plain text, which may hold JSON.
    ///
    /// # Errors
    /// [`Code::FormParamDuplicate`] for mixed spellings or a repeated member, [`Code::FormParamTypeInvalid`] for a list.
    pub(super) fn into_object_or_text(self) -> Result<Value, Code> {
        if self.bracketed.is_empty() {
            return self.into_text().map(Value::String);
        }
        if !self.plain.is_empty() {
            return Err(Code::FormParamDuplicate);
        }
        let mut object = Map::new();
        for (path, value) in self.bracketed {
            if path.first().is_some_and(String::is_empty) {
                return Err(Code::FormParamTypeInvalid);
            }
            insert(&mut object, &path, value)?;
        }
        Ok(Value::Object(
            object
                .into_iter()
                .map(|(key, value)| (key, with_lists(value)))
                .collect(),
        ))
    }
}

/// Puts a value where the words in its brackets say; an empty word appends.
fn insert(object: &mut Map<String, Value>, path: &[String], value: String) -> Result<(), Code> {
    let Some((word, rest)) = path.split_first() else {
        return Err(Code::FormParamTypeInvalid);
    };
    let key = if word.is_empty() {
        object.len().to_string()
    } else {
        word.clone()
    };
    if rest.is_empty() {
        let previous = object.insert(key, Value::String(value));
        return if previous.is_some() {
            Err(Code::FormParamDuplicate)
        } else {
            Ok(())
        };
    }
    match object.entry(key).or_insert_with(|| Value::Object(Map::new())) {
        Value::Object(inner) => insert(inner, rest, value),
        _ => Err(Code::FormParamDuplicate),
    }
}

/// Turns objects whose members are 0, 1, 2, … into lists, which is how brackets spell them.
fn with_lists(value: Value) -> Value {
    let Value::Object(object) = value else { return value };
    if (0..object.len()).all(|index| object.contains_key(&index.to_string())) {
        let mut numbered: Vec<(usize, Value)> = object
            .into_iter()
            .filter_map(|(key, value)| key.parse().ok().map(|index| (index, with_lists(value))))
            .collect();
        numbered.sort_by_key(|(index, _)| *index);
        return numbered.into_iter().map(|(_, value)| value).collect();
    }
    Value::Object(
        object
            .into_iter()
            .map(|(key, value)| (key, with_lists(value)))
            .collect(),
    )
}

/// The name and the words in brackets after it. A key whose brackets do not pair up is a name as a whole.
fn split_key(key: &str) -> (&str, Vec<&str>) {
    let Some((name, rest)) = key.split_once('[').filter(|(name, _)| !name.is_empty()) else {
        return (key, Vec::new());
    };
    let Some(inner) = rest.strip_suffix(']') else {
        return (key, Vec::new());
    };
    let words: Vec<&str> = inner.split("][").collect();
    if words.iter().any(|word| word.contains(['[', ']'])) {
        return (key, Vec::new());
    }
    (name, words)
}

/// One key or value as text.
fn decode(raw: &[u8]) -> Result<String, Error> {
    let spaced: Vec<u8> = raw
        .iter()
        .map(|byte| if *byte == b'+' { b' ' } else { *byte })
        .collect();
    let broken = spaced
        .split(|byte| *byte == b'%')
        .skip(1)
        .any(|after| !matches!(after, [high, low, ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit()));
    if broken {
        return Err(malformed("The body has broken percent-encoding."));
    }
    let text = percent_decode(&spaced)
        .decode_utf8()
        .map_err(|_| malformed("The body is not UTF-8."))?;
    Ok(Cow::into_owned(text))
}
