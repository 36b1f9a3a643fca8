//! What errors say to people: looked at in every answer that a test gets, whatever the test is about.
//!
//! Invariant: only what the library says of a document is spared, which names fields of the schema and words of its writer.

use serde_json::Value;

/// Words of Rust and of its libraries, which nobody is to read.
const WORDS: [&str; 3] = ["struct", "u32", "i64"];
const PHRASES: [&str; 2] = ["invalid type", "expected "];

/// Fails the test if an error anywhere in an answer or a message is not written for people.
pub fn judge(told: &Value) {
    if let Some(complaint) = complaint(told) {
        panic!("{complaint}: {told}");
    }
}

fn complaint(told: &Value) -> Option<String> {
    match told {
        Value::Object(object) => object.iter().find_map(|(key, value)| match (key.as_str(), value) {
            ("errors" | "userErrors", Value::Array(errors)) => errors.iter().find_map(complaint_of_error),
            _ => complaint(value),
        }),
        Value::Array(values) => values.iter().find_map(complaint),
        _ => None,
    }
}

fn complaint_of_error(error: &Value) -> Option<String> {
    let code = error["extensions"]["code"].as_str();
    if code.is_some_and(|code| code.starts_with("GRAPHQL_") || code == "BAD_USER_INPUT") {
        return None;
    }
    ["message", "long_message", "longMessage"]
        .into_iter()
        .filter_map(|key| error[key].as_str())
        .find_map(|text| complaint_of_text(text, code.is_none()))
}

/// What is said of an input is a whole sentence; at the top level of GraphQL there are words that clients compare too.
fn complaint_of_text(text: &str, is_whole: bool) -> Option<String> {
    let letters: Vec<_> = text.chars().collect();
    let is_joined =
        |three: &[char]| matches!(three, [before, '_', after] if before.is_alphabetic() && after.is_alphabetic());
    if letters.windows(3).any(is_joined) {
        return Some(format!("a word of the wire in {text:?}"));
    }
    let of_library = text
        .split(|character: char| !character.is_alphanumeric())
        .any(|word| WORDS.contains(&word));
    if of_library || PHRASES.iter().any(|phrase| text.contains(phrase)) {
        return Some(format!("a word of a library in {text:?}"));
    }
    let is_sentence = text.starts_with(char::is_uppercase) && text.ends_with(['.', '?']);
    (is_whole && !is_sentence).then(|| format!("no sentence: {text:?}"))
}

#[cfg(test)]
mod tests {
    use super::complaint;
    use serde_json::{Value, json};

    fn rest(long_message: &str) -> Value {
        json!({ "errors": [{ "code": "x", "message": "Well said.", "long_message": long_message }] })
    }

    fn user_error(long_message: &str) -> Value {
        let error = json!({ "code": "X", "longMessage": long_message });
        json!({ "data": { "a": { "userErrors": [error] }, "b": { "userErrors": [] } } })
    }

    fn top_level(code: &str, message: &str) -> Value {
        json!({ "errors": [{ "message": message, "extensions": { "code": code } }] })
    }

    #[test]
    fn what_is_not_for_people_is_found_wherever_an_error_may_be() {
        for wrong in [
            "The email_address is wrong.",
            "This must be a u32.",
            "An invalid type.",
            "A text was expected here.",
            "No full stop",
            "no capital.",
            "",
        ] {
            assert!(complaint(&rest(wrong)).is_some(), "{wrong}");
            assert!(complaint(&user_error(wrong)).is_some(), "{wrong}");
            assert!(
                complaint(&json!({ "payload": [user_error(wrong)] })).is_some(),
                "{wrong}"
            );
        }
        for wrong in ["The email_address is wrong.", "expected a string", "struct Body"] {
            assert!(complaint(&top_level("TOO_MANY_REQUESTS", wrong)).is_some(), "{wrong}");
        }
    }

    #[test]
    fn sentences_and_what_is_said_of_a_document_are_let_through() {
        for right in ["It must be at least 1_000.", "A structure of __typename.", "Really?"] {
            assert_eq!(complaint(&rest(right)), None);
            assert_eq!(complaint(&user_error(right)), None);
        }
        let unknown = "Unknown field \"first_name\" on type \"User\"";
        assert_eq!(complaint(&top_level("GRAPHQL_VALIDATION_FAILED", unknown)), None);
        assert_eq!(
            complaint(&top_level(
                "PERSISTED_QUERY_NOT_SUPPORTED",
                "PersistedQueryNotSupported"
            )),
            None
        );
        assert_eq!(complaint(&json!({ "message": "no_error", "errors": [1, null] })), None);
    }
}
