//! What every database can hold and every answer can carry.
//!
//! Invariant: no text or document from outside reaches a statement before it was found storable here, or parsed into
//! something that is narrower.

use serde_json::Value;

/// The most characters of a text from outside; narrower rules are each capability's own.
pub const MAXIMUM_CHARACTERS: usize = 10_000;

/// How many lists and objects may be inside one another. The answers that later carry a document add levels of their own,
/// and readers of JSON give up at some depth (`serde_json` at 128).
pub const NESTING_LIMIT: usize = 32;

/// The range of numbers with a fraction or an exponent, by their distance from zero. `PostgreSQL` writes them out in digits, so
/// that a short document of numbers far outside of it would be a long one for ever after.
const NUMBERS: std::ops::RangeInclusive<f64> = 1e-64..=1e64;

/// Why something cannot be stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unstorable {
    /// It contains the character NUL, which `PostgreSQL` stores in no text. Other control characters are each
    /// capability's to judge, since a password may well contain them.
    Nul,
    /// More than [`MAXIMUM_CHARACTERS`] characters.
    TooLong,
    /// More than [`NESTING_LIMIT`] lists and objects inside one another.
    TooDeep,
    /// A number that is further from zero than 1e64, or nearer to it than 1e-64.
    ImmoderateNumber,
}

/// Judges a text.
///
/// # Errors
/// [`Unstorable::Nul`], [`Unstorable::TooLong`].
pub fn check_text(text: &str) -> Result<(), Unstorable> {
    check_secret(text)?;
    if text.chars().count() > MAXIMUM_CHARACTERS {
        return Err(Unstorable::TooLong);
    }
    Ok(())
}

/// Judges a text of which only a digest is stored, such as a password, whose bytes are counted elsewhere.
///
/// # Errors
/// [`Unstorable::Nul`]: no form can send it, and some digests end at it.
pub fn check_secret(text: &str) -> Result<(), Unstorable> {
    if text.contains('\0') {
        return Err(Unstorable::Nul);
    }
    Ok(())
}

/// Judges a JSON document, its keys included. How large it is, is its capability's to judge.
///
/// # Errors
/// [`Unstorable::TooDeep`], [`Unstorable::Nul`], [`Unstorable::ImmoderateNumber`].
pub fn check_json(value: &Value) -> Result<(), Unstorable> {
    // First, since it also bounds the recursion of what follows.
    if is_deeper_than(value, NESTING_LIMIT) {
        return Err(Unstorable::TooDeep);
    }
    if has_nul(value) {
        return Err(Unstorable::Nul);
    }
    if has_immoderate_number(value) {
        return Err(Unstorable::ImmoderateNumber);
    }
    Ok(())
}

fn has_immoderate_number(value: &Value) -> bool {
    match value {
        Value::Number(number) if number.is_f64() => number
            .as_f64()
            .is_none_or(|number| number != 0.0 && !NUMBERS.contains(&number.abs())),
        Value::Array(values) => values.iter().any(has_immoderate_number),
        Value::Object(object) => object.values().any(has_immoderate_number),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

fn is_deeper_than(value: &Value, limit: usize) -> bool {
    match (value, limit) {
        (Value::Array(_) | Value::Object(_), 0) => true,
        (Value::Array(values), _) => values.iter().any(|inner| is_deeper_than(inner, limit - 1)),
        (Value::Object(object), _) => object.values().any(|inner| is_deeper_than(inner, limit - 1)),
        _ => false,
    }
}

fn has_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(values) => values.iter().any(has_nul),
        Value::Object(object) => object.iter().any(|(key, inner)| key.contains('\0') || has_nul(inner)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{MAXIMUM_CHARACTERS, NESTING_LIMIT, Unstorable, check_json, check_secret, check_text};
    use serde_json::{Value, json};

    #[test]
    fn a_text_has_no_nul_and_so_many_characters() {
        for (text, expected) in [
            (String::new(), Ok(())),
            ("a\r\n\u{1}\u{7f}".to_owned(), Ok(())),
            ("é".repeat(MAXIMUM_CHARACTERS), Ok(())),
            ("é".repeat(MAXIMUM_CHARACTERS + 1), Err(Unstorable::TooLong)),
            ("\0".to_owned(), Err(Unstorable::Nul)),
            ("a\0b".to_owned(), Err(Unstorable::Nul)),
        ] {
            assert_eq!(check_text(&text), expected, "{:?}", text.get(..5));
        }
        assert_eq!(check_secret(&"é".repeat(MAXIMUM_CHARACTERS + 1)), Ok(()));
        assert_eq!(check_secret("a\0"), Err(Unstorable::Nul));
    }

    #[test]
    fn nul_is_found_wherever_it_is_in_a_document() {
        for value in [
            json!("\0"),
            json!(["a", "b\0"]),
            json!({"a": {"b": ["c", "\0d"]}}),
            json!({"a": {"\0": 1}}),
        ] {
            assert_eq!(check_json(&value), Err(Unstorable::Nul), "{value}");
        }
        for value in [json!(null), json!(0), json!({"a": [true, 1.5, "x"], "b": {}})] {
            assert_eq!(check_json(&value), Ok(()), "{value}");
        }
    }

    #[test]
    fn numbers_are_moderate() {
        for value in [
            json!(0.0),
            json!(-0.0),
            json!(1e64),
            json!([-1e-64]),
            json!({"a": 0.1}),
            json!([i64::MIN, u64::MAX]),
        ] {
            assert_eq!(check_json(&value), Ok(()), "{value}");
        }
        for value in [
            json!(f64::MAX),
            json!([1.1e64]),
            json!({"a": [-9e-65]}),
            json!(f64::MIN_POSITIVE),
        ] {
            assert_eq!(check_json(&value), Err(Unstorable::ImmoderateNumber), "{value}");
        }
    }

    #[test]
    fn lists_and_objects_count_as_levels() {
        let nested = |levels: usize, wrap: fn(Value) -> Value| (0..levels).fold(json!(1), |value, _| wrap(value));
        for wrap in [
            (|value| json!([value])) as fn(Value) -> Value,
            |value| json!({ "a": value }),
        ] {
            assert_eq!(check_json(&nested(NESTING_LIMIT, wrap)), Ok(()));
            assert_eq!(check_json(&nested(NESTING_LIMIT + 1, wrap)), Err(Unstorable::TooDeep));
        }
        assert_eq!(NESTING_LIMIT, 32);
    }
}
