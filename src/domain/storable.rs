//! What every database can hold and every answer can carry.
//!
//! Invariant: no text or document from outside reaches a statement before it was found storable here, or parsed into
//! something that is narrower.

use serde_json::{Number, Value};

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
    check_values(value)
}

fn check_values(value: &Value) -> Result<(), Unstorable> {
    match value {
        Value::String(text) => check_secret(text),
        Value::Number(number) if is_immoderate(number) => Err(Unstorable::ImmoderateNumber),
        Value::Array(values) => values.iter().try_for_each(check_values),
        Value::Object(object) => object.iter().try_for_each(|(key, inner)| {
            check_secret(key)?;
            check_values(inner)
        }),
        Value::Null | Value::Bool(_) | Value::Number(_) => Ok(()),
    }
}

fn is_immoderate(number: &Number) -> bool {
    let fraction = number.as_f64().filter(|_| number.is_f64());
    fraction.is_some_and(|fraction| fraction != 0.0 && !NUMBERS.contains(&fraction.abs()))
}

fn is_deeper_than(value: &Value, limit: usize) -> bool {
    match (value, limit) {
        (Value::Array(_) | Value::Object(_), 0) => true,
        (Value::Array(values), _) => values.iter().any(|inner| is_deeper_than(inner, limit - 1)),
        (Value::Object(object), _) => object.values().any(|inner| is_deeper_than(inner, limit - 1)),
        _ => false,
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
