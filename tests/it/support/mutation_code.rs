//! What the mutations of a document are told, each by the name of its field.
//!
//! Invariant: only a document is read here that was carried out, so one that the server has found harmless.

use super::client::codes_in;
use async_graphql::{
    Name,
    parser::{
        parse_query,
        types::{ExecutableDocument, OperationType, Selection, SelectionSet},
    },
};
use serde_json::{Value, json};

/// The codes of the answer to a request, as GraphQL spells them, each behind the mutation that it is about: those of its payload, and
/// those of errors beside `data` that are about the field as a whole. What goes wrong further in is about another field.
pub fn codes_by_mutation(request: &[u8], answer: &Value) -> Vec<(String, String)> {
    let Some(data) = answer["data"].as_object() else {
        return Vec::new();
    };
    let asked: Value = serde_json::from_slice(request).unwrap_or_default();
    let Some(document) = asked["query"].as_str().and_then(|text| parse_query(text).ok()) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for (key, mutation) in mutations(&document, asked["operationName"].as_str()) {
        let mut codes = data.get(&key).map(codes_in).unwrap_or_default();
        for error in answer["errors"].as_array().into_iter().flatten() {
            let code = error["extensions"]["code"].as_str();
            codes.extend(code.filter(|_| error["path"] == json!([key])).map(str::to_owned));
        }
        found.extend(codes.into_iter().map(|code| (mutation.clone(), code.to_uppercase())));
    }
    found
}

/// The root fields of the operation that ran, if it is a mutation: the key of each in the answer, and its name.
fn mutations(document: &ExecutableDocument, operation: Option<&str>) -> Vec<(String, String)> {
    let mut fields = Vec::new();
    let chosen = document
        .operations
        .iter()
        .find(|(name, _)| operation.is_none() || name.map(Name::as_str) == operation);
    if let Some((_, operation)) = chosen
        && operation.node.ty == OperationType::Mutation
    {
        collect(document, &operation.node.selection_set.node, &mut fields);
    }
    fields
}

fn collect(document: &ExecutableDocument, selected: &SelectionSet, fields: &mut Vec<(String, String)>) {
    for selection in &selected.items {
        match &selection.node {
            Selection::Field(field) => {
                let key = field.node.response_key().node.to_string();
                fields.push((key, field.node.name.node.to_string()));
            }
            Selection::InlineFragment(fragment) => collect(document, &fragment.node.selection_set.node, fields),
            Selection::FragmentSpread(spread) => {
                if let Some(fragment) = document.fragments.get(&spread.node.fragment_name.node) {
                    collect(document, &fragment.node.selection_set.node, fields);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::codes_by_mutation;
    use serde_json::{Value, json};

    fn told(request: &Value, answer: &Value) -> Vec<String> {
        let pairs = codes_by_mutation(request.to_string().as_bytes(), answer);
        pairs
            .into_iter()
            .map(|(mutation, code)| format!("{mutation} {code}"))
            .collect()
    }

    #[test]
    fn a_code_is_counted_with_the_field_whatever_its_key_is_and_however_it_was_selected() {
        let document = "query Other { client { id } } \
                        mutation Wanted { a: signInCreate { ...Told } ... on Mutation { sessionEnd { ...Ended } } ...Rest } \
                        fragment Told on SignInCreatePayload { userErrors { code } } \
                        fragment Ended on SessionEndPayload { userErrors { code } } \
                        fragment Rest on Mutation { b: totpCreate { userErrors { code } } c: totpCreate { totp { id } } }";
        let errors = |codes: &[&str]| codes.iter().map(|code| json!({ "code": code })).collect::<Value>();
        let answer = json!({
            "data": {
                "a": { "userErrors": errors(&["SESSION_EXISTS"]) },
                "sessionEnd": { "userErrors": errors(&["RESOURCE_NOT_FOUND", "FORM_PARAM_FORMAT_INVALID"]) },
                "b": null,
                "c": { "totp": null },
            },
            "errors": [
                { "message": "No.", "path": ["b"], "extensions": { "code": "AUTHENTICATION_INVALID" } },
                { "message": "No.", "path": ["c", "totp"], "extensions": { "code": "INTERNAL_ERROR" } },
            ],
        });
        let request = json!({ "query": document, "operationName": "Wanted" });
        assert_eq!(
            told(&request, &answer),
            [
                "signInCreate SESSION_EXISTS",
                "sessionEnd RESOURCE_NOT_FOUND",
                "sessionEnd FORM_PARAM_FORMAT_INVALID",
                "totpCreate AUTHENTICATION_INVALID",
            ]
        );
    }

    #[test]
    fn what_did_not_run_and_what_is_no_mutation_has_no_codes() {
        let refused = json!({ "errors": [{ "message": "No.", "extensions": { "code": "BAD_REQUEST" } }] });
        let document = json!({ "query": "mutation { signInCreate { userErrors { code } } }" });
        assert_eq!(told(&document, &refused), [""; 0]);
        let answer = json!({ "data": { "a": { "userErrors": [{ "code": "SESSION_EXISTS" }] } } });
        for request in [
            json!({ "query": "{ a }" }),
            json!({ "query": "{" }),
            json!([]),
            json!("x"),
        ] {
            assert_eq!(told(&request, &answer), [""; 0], "{request}");
        }
    }
}
