//! Settings through GraphQL, written as the stored document has them.

use super::{
    client::{Reply, TestClient},
    face::camel_case,
};
use serde_json::{Value, json};

/// What has words of an enum.
const WORDS: [&str; 5] = [
    "first_factors",
    "verifications",
    "preferred_strategy",
    "mode",
    "token_version",
];

/// A part of the stored document as GraphQL takes and shows it.
pub fn typed(document: &Value) -> Value {
    let Value::Object(members) = document else {
        return document.clone();
    };
    let member = |(name, value): (&String, &Value)| {
        let value = if WORDS.contains(&name.as_str()) {
            in_capitals(value)
        } else {
            typed(value)
        };
        (camel_case(name), value)
    };
    members.iter().map(member).collect()
}

fn in_capitals(value: &Value) -> Value {
    match value {
        Value::String(word) => Value::from(word.to_uppercase()),
        Value::Array(words) => words.iter().map(in_capitals).collect(),
        other => other.clone(),
    }
}

/// Changes the settings of the instance whose secret key the client has, by a merge patch of the stored document.
pub async fn update_settings(client: &TestClient, patch: &Value) -> Reply {
    let document = "mutation($input: InstanceSettingsUpdateInput!) { instanceSettingsUpdate(input: $input) { \
                    instanceSettings { version } userErrors { code field longMessage } } }";
    client.graphql(document, json!({ "input": typed(patch) })).await
}
