//! Why a step was refused, in one form whatever the face. Where the two write it differently:
//!
//! * codes in capitals, paths in camel case: the spelling of each face;
//! * `proof: { emailCode }` is one field and `strategy` with `code` two parameters, so that either may be what is named;
//! * facts that GraphQL has fields for are in `meta` of REST;
//! * when to try again is in `Retry-After` of both and in the error of GraphQL too, where it has to be the same.

use crate::support::{
    Reply,
    face::{as_parameter, snake_case},
};
use serde_json::{Value, json};

/// One problem of a refusal.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Refusal {
    pub(super) code: String,
    /// The parameters of REST that it may be about; nothing for the whole.
    fields: Vec<String>,
    sentence: Value,
    /// `minimum`, `maximum`, `attempts_left`, `session_id`.
    facts: [Value; 4],
    other_facts: Value,
    retry_after: Option<String>,
}

const FACTS: [&str; 4] = ["minimum", "maximum", "attempts_left", "session_id"];

impl Refusal {
    /// Whether both are about the same, whatever they call it.
    fn is(&self, theirs: &Self) -> bool {
        let is_named = theirs.fields.iter().all(|field| self.fields.contains(field));
        is_named
            && self.fields.is_empty() == theirs.fields.is_empty()
            && *self
                == Self {
                    fields: self.fields.clone(),
                    ..theirs.clone()
                }
    }
}

/// How two refusals differ.
pub(super) fn difference(ours: &[Refusal], theirs: &[Refusal]) -> Option<String> {
    let is_same = ours.len() == theirs.len() && ours.iter().zip(theirs).all(|(ours, theirs)| ours.is(theirs));
    (!is_same).then(|| format!("refused with {ours:#?} through GraphQL and with {theirs:#?} through REST"))
}

/// What the mutation of a GraphQL answer was refused with. Errors beside `data` are told one at a time, with fewer facts.
pub(super) fn of_graphql(reply: &Reply, mutation: &str) -> Vec<Refusal> {
    let header = reply.header("retry-after").map(str::to_owned);
    let seconds = |value: &Value| value.as_u64().map(|seconds| seconds.to_string());
    let at_top = list(&reply.body["errors"]).iter().map(|error| {
        let extensions = &error["extensions"];
        assert_eq!(seconds(&extensions["retryAfterSeconds"]), header, "{}", reply.text);
        Refusal {
            code: lower(&extensions["code"]),
            fields: parameters(&extensions["field"]),
            sentence: error["message"].clone(),
            facts: FACTS.map(|_| Value::Null),
            other_facts: json!({}),
            retry_after: header.clone(),
        }
    });
    let of_user = list(&reply.body["data"][mutation]["userErrors"]).iter().map(|error| {
        assert_eq!(seconds(&error["retryAfterSeconds"]), header, "{}", reply.text);
        let facts = ["minimum", "maximum", "attemptsLeft", "sessionId"];
        Refusal {
            code: lower(&error["code"]),
            fields: parameters(&error["field"]),
            sentence: error["longMessage"].clone(),
            facts: facts.map(|name| error[name].clone()),
            other_facts: match &error["meta"] {
                Value::Null => json!({}),
                facts => facts.clone(),
            },
            retry_after: header.clone(),
        }
    });
    at_top.chain(of_user).collect()
}

/// What a REST request was refused with; `body` is its answer, with our identifiers.
pub(super) fn of_rest(reply: &Reply, body: &Value) -> Vec<Refusal> {
    let refusal = |error: &Value| {
        let mut meta = error["meta"].as_object().unwrap().clone();
        let field = meta.remove("param_name");
        Refusal {
            code: lower(&error["code"]),
            fields: field.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            sentence: error["long_message"].clone(),
            facts: FACTS.map(|name| meta.remove(name).unwrap_or_default()),
            other_facts: meta.into(),
            retry_after: reply.header("retry-after").map(str::to_owned),
        }
    };
    list(&body["errors"]).iter().map(refusal).collect()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn lower(code: &Value) -> String {
    code.as_str().unwrap_or_default().to_lowercase()
}

/// What REST may call a path of GraphQL.
fn parameters(path: &Value) -> Vec<String> {
    let names: Vec<_> = list(path).iter().filter_map(Value::as_str).map(snake_case).collect();
    if names.is_empty() {
        return Vec::new();
    }
    let path = names.join(".");
    let mut known = vec![as_parameter(&path)];
    if names[0] == "proof" {
        known.push("strategy".to_owned());
    }
    known
}
