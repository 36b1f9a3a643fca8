//! What an answer comes to for one field, in one word of the table.

use crate::support::Reply;
use serde_json::{Value, json};

/// The object that has the field is not there for this caller.
pub(super) const ABSENT: &str = "-";
/// The field has something.
pub(super) const DATA: &str = "data";

/// The word of a code that refuses.
fn word(code: &str) -> String {
    match code {
        "AUTHENTICATION_INVALID" => "signed-out".to_owned(),
        "AUTHORIZATION_INVALID" => "forbidden".to_owned(),
        "RESOURCE_NOT_FOUND" => "missing".to_owned(),
        other => other.to_owned(),
    }
}

/// How much an answer gives away: of several objects of one type, the table has what the most generous one answers.
fn generosity(answer: &str) -> u8 {
    match answer {
        ABSENT => 0,
        "null" => 2,
        "empty" => 3,
        DATA => 4,
        _ => 1,
    }
}

/// The more generous one of two answers.
pub(super) fn more_generous(one: String, another: String) -> String {
    if generosity(&another) > generosity(&one) {
        another
    } else {
        one
    }
}

/// What is at the end of a way through an answer's data. `-` where the way ends before.
pub(super) fn at(body: &Value, way: &[&str]) -> String {
    let Some(data) = body.get("data").filter(|data| !data.is_null()) else {
        let code = &body["errors"][0]["extensions"]["code"];
        return word(
            code.as_str()
                .unwrap_or_else(|| panic!("neither data nor a code: {body}")),
        );
    };
    follow(body, data, way, &mut Vec::new())
}

/// The same of what a payload has: where the whole was refused, the row of the root's field says so.
pub(super) fn inside(body: &Value, way: &[&str]) -> String {
    match at(body, &way[..1]).as_str() {
        DATA => at(body, way),
        _ => ABSENT.to_owned(),
    }
}

fn follow(body: &Value, value: &Value, way: &[&str], path: &mut Vec<Value>) -> String {
    match (value, way) {
        (Value::Null, way) => match refusal(body, path) {
            Some(code) => word(&code),
            None if way.is_empty() => "null".to_owned(),
            None => ABSENT.to_owned(),
        },
        (Value::Array(items), []) if items.is_empty() => "empty".to_owned(),
        // As many nothings as were asked for.
        (Value::Array(items), []) if items.iter().all(Value::is_null) => {
            refusal(body, path).map_or_else(|| "null".to_owned(), |code| word(&code))
        }
        (_, []) => DATA.to_owned(),
        (Value::Array(items), way) => items.iter().enumerate().fold(ABSENT.to_owned(), |best, (index, item)| {
            path.push(json!(index));
            let found = follow(body, item, way, path);
            path.pop();
            more_generous(best, found)
        }),
        (object, [next, rest @ ..]) => {
            // A fragment of another type leaves the field out.
            let Some(inner) = object.get(next) else {
                return ABSENT.to_owned();
            };
            path.push(json!(next));
            let found = follow(body, inner, rest, path);
            path.pop();
            found
        }
    }
}

/// The code of the error that made null of what is at this path.
fn refusal(body: &Value, path: &[Value]) -> Option<String> {
    let errors = body["errors"].as_array()?;
    let concerned = errors.iter().find(|error| {
        let at = error["path"].as_array();
        at.is_some_and(|at| at.starts_with(path))
    });
    Some(concerned?["extensions"]["code"].as_str().unwrap().to_owned())
}

/// What a mutation came to: `data` only where it was carried out.
pub(super) fn of_mutation(reply: &Reply, name: &str) -> String {
    let found = at(&reply.body, &[name]);
    let wrong = reply.body["data"][name]["userErrors"].as_array();
    match wrong.and_then(|wrong| wrong.first()) {
        Some(error) => word(error["code"].as_str().unwrap()),
        None => found,
    }
}

#[test]
fn a_way_through_an_answer_ends_in_the_word_for_what_is_there() {
    let body = json!({
        "data": { "node": { "list": [{ "a": null }, { "a": 1 }], "none": [], "nulls": [null, null], "refused": null, "nothing": null } },
        "errors": [{ "path": ["node", "refused"], "extensions": { "code": "AUTHORIZATION_INVALID" } }],
    });
    for (way, expected) in [
        (&["node", "list", "a"][..], DATA),
        (&["node", "none"], "empty"),
        (&["node", "nulls"], "null"),
        (&["node", "none", "a"], ABSENT),
        (&["node", "nothing"], "null"),
        (&["node", "nothing", "a"], ABSENT),
        (&["node", "refused"], "forbidden"),
        (&["node", "refused", "a"], "forbidden"),
        (&["node", "unselected"], ABSENT),
    ] {
        assert_eq!(at(&body, way), expected, "{way:?}");
    }
    let refused = json!({ "errors": [{ "extensions": { "code": "AUTHENTICATION_INVALID" } }] });
    assert_eq!(at(&refused, &["node"]), "signed-out");
}
