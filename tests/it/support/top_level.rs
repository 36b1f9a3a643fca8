//! Which words `extensions.code` of a top-level error may be: looked at in every answer and message that a test gets, whatever the
//! test is about.

use serde_json::Value;
use vestibule::{
    graphql::error::{OF_FIELDS, OF_REQUESTS},
    graphql_transport::GraphqlCode,
};

/// Fails the test if a top-level error has a word that docs/errors.md does not list.
pub fn judge(told: &Value) {
    if let Some(code) = stranger(told) {
        panic!(
            "{code} is none of the words of extensions.code that docs/errors.md lists (src/graphql/error.rs): {told}"
        );
    }
}

fn stranger(told: &Value) -> Option<&str> {
    let errors = told["errors"].as_array().into_iter().flatten();
    // Errors of REST have no extensions.
    let mut codes = errors.filter_map(|error| error["extensions"]["code"].as_str());
    codes.find(|code| !is_listed(code))
}

fn is_listed(word: &str) -> bool {
    let mut of_services = OF_REQUESTS.iter().chain(OF_FIELDS);
    GraphqlCode::of_wire(word).is_some() || of_services.any(|code| code.wire().to_ascii_uppercase() == word)
}

#[cfg(test)]
mod tests {
    use super::stranger;
    use serde_json::{Value, json};

    fn errors(codes: &[&str]) -> Value {
        let errors = codes
            .iter()
            .map(|code| json!({ "message": "No.", "extensions": { "code": code } }));
        json!({ "errors": errors.collect::<Value>() })
    }

    #[test]
    fn a_word_that_is_not_listed_is_found_among_those_that_are() {
        assert_eq!(
            stranger(&errors(&["BAD_REQUEST", "HOST_INVALID", "FEATURE_NOT_ENABLED"])),
            None
        );
        for word in ["SESSION_EXISTS", "bad_request", "host_invalid", ""] {
            assert_eq!(stranger(&errors(&["BAD_REQUEST", word])), Some(word));
        }
    }

    #[test]
    fn errors_of_rest_and_of_payloads_are_no_top_level_ones() {
        let rest = json!({ "errors": [{ "code": "session_exists", "message": "No." }] });
        let payload = json!({ "data": { "a": { "userErrors": [{ "code": "SESSION_EXISTS" }] } } });
        assert_eq!(
            (stranger(&rest), stranger(&payload), stranger(&Value::Null)),
            (None, None, None)
        );
    }
}
