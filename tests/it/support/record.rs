//! What a run leaves for those who look at all of it afterwards, in directories that the environment names: a test is a
//! process, so that nothing but files is seen by the ones that come later.

use super::{
    client::{Reply, TestClient, codes_in},
    mutation_code::codes_by_mutation,
    sentence, top_level,
};
use reqwest::{Method, header};
use serde_json::{Value, json};
use std::{
    fs::{self, OpenOptions},
    hash::{Hash as _, Hasher as _},
    io::Write as _,
    path::PathBuf,
};

/// Where the codes are that tests were told, each a file that names the test which was told first: `told/<code>` as REST spells it,
/// `mutations/<field> <CODE>` as GraphQL does.
const CODES: &str = "VESTIBULE_TEST_CODES";
/// Where the exchanges are that documents of the API are held against.
const EXCHANGES: &str = "VESTIBULE_TEST_RECORD";

/// Writes a new file into the directory that a variable names, if it does; whoever comes first wins.
fn write_once(variable: &str, name: &str, content: &str) {
    let Ok(directory) = std::env::var(variable) else {
        return;
    };
    let file = PathBuf::from(directory).join(name);
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    if let Ok(mut file) = OpenOptions::new().create_new(true).write(true).open(file) {
        writeln!(file, "{content}").unwrap();
    }
}

/// Keeps the codes of an answer or a message, after a look at what it says.
pub fn told(told: &Value) {
    sentence::judge(told);
    top_level::judge(told);
    for code in codes_in(told) {
        if is_word(&code) {
            write_once(CODES, &format!("told/{code}"), &test_name());
        }
    }
}

/// Keeps which codes each mutation of a GraphQL request was told.
pub fn mutations(request: &[u8], answer: &Value) {
    if std::env::var_os(CODES).is_none() {
        return;
    }
    for (mutation, code) in codes_by_mutation(request, answer) {
        if is_word(&code) {
            write_once(CODES, &format!("mutations/{mutation} {code}"), &test_name());
        }
    }
}

/// Whether a code can be the name of a file, in either spelling.
fn is_word(code: &str) -> bool {
    !code.is_empty() && code.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'_')
}

fn test_name() -> String {
    std::env::var("NEXTEST_TEST_NAME").unwrap_or_default()
}

/// Keeps an exchange: one file for each shape of an answer to an operation, whichever process meets it first, since a
/// thousand alike would prove no more.
pub fn exchange(client: &TestClient, method: &Method, path: &str, reply: &Reply) {
    if std::env::var_os(EXCHANGES).is_none() {
        return;
    }
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let is_rest = path.starts_with("/v1/") || path.starts_with("/.well-known/");
    // The reference knows no callers by session token, and no answers to preflights; a test that breaks the server on
    // purpose says so by a header.
    let by_session_token = client.headers.get(header::AUTHORIZATION).is_some_and(|value| {
        value
            .to_str()
            .is_ok_and(|value| value.strip_prefix("Bearer ").is_some_and(|token| token.contains('.')))
    });
    let is_documented = matches!(
        *method,
        Method::GET | Method::POST | Method::PUT | Method::PATCH | Method::DELETE
    );
    if !is_rest || by_session_token || !is_documented || client.headers.contains_key("x-unrecorded") {
        return;
    }
    let tunnelled = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "_method");
    let tunnelled = tunnelled.filter(|_| *method == Method::POST);
    let method = tunnelled.map_or_else(|| method.to_string(), |(_, method)| method.into_owned());
    let exchange = json!({
        "family": "frontend", "method": method, "path": path, "status": reply.status, "body": reply.body,
    });
    let mut hasher = std::hash::DefaultHasher::new();
    let operation: Vec<_> = path
        .split('/')
        .map(|part| part.split('_').next().unwrap_or_default())
        .collect();
    (method, operation, reply.status, shape(&reply.body)).hash(&mut hasher);
    let name = format!("{:016x}.jsonl", hasher.finish());
    write_once(EXCHANGES, &name, &exchange.to_string());
}

/// What a JSON value looks like: its keys and kinds, without its values.
fn shape(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(_) => "flag".to_owned(),
        Value::Number(_) => "number".to_owned(),
        Value::String(_) => "text".to_owned(),
        Value::Array(values) => values
            .iter()
            .map(shape)
            .collect::<std::collections::BTreeSet<_>>()
            .into_iter()
            .collect(),
        Value::Object(object) => object
            .iter()
            .map(|(key, value)| format!("{key}:{};", shape(value)))
            .collect(),
    }
}
