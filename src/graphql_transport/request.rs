//! Reads a GraphQL request from a JSON body or a query string (GraphQL over HTTP, "Request").
//!
//! Pure. The invariant: a [`Body`] has a query, and its variables and extensions were JSON objects.

use super::{GraphqlCode, Refusal};
use async_graphql::parser::Positioned;
use async_graphql::parser::types::VariableDefinition;
use async_graphql::{Request, Variables};
use axum::http::{HeaderMap, header};
use mime::Mime;
use percent_encoding::percent_decode_str;
use serde::Deserialize;
use serde_json::{Map, Value as Json};

/// The well-formed parameters of a request.
#[derive(Debug, PartialEq)]
pub struct Body {
    /// The document.
    pub query: String,
    /// Which operation of the document is meant.
    pub operation_name: Option<String>,
    /// The values of the variables, by name.
    pub variables: Map<String, Json>,
    /// Whatever else the client says to the server.
    pub extensions: Map<String, Json>,
}

/// The parameters as they came. A derived structure refuses duplicate keys, of which different readers take different
/// ones; unknown keys are ignored, as the draft demands.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Parameters {
    query: Option<Json>,
    operation_name: Option<Json>,
    variables: Option<Json>,
    extensions: Option<Json>,
}

impl Body {
    /// Reads a JSON body.
    ///
    /// # Errors
    /// `BAD_REQUEST` for whatever is not a JSON object in UTF-8 with parameters of the right types.
    pub fn from_json(bytes: &[u8]) -> Result<Self, Refusal> {
        // The check is needed: the derived reader would take an array for the fields in their order.
        match bytes.iter().find(|byte| !byte.is_ascii_whitespace()) {
            None => return Err(bad("The body is empty.")),
            Some(b'{') => {}
            Some(b'[') => return Err(bad("Batches are not supported: the body must be one JSON object.")),
            Some(_) => return Err(bad("The body must be a JSON object.")),
        }
        let parameters: Parameters = serde_json::from_slice(bytes).map_err(|error| unreadable("The body", &error))?;
        Self::try_from(parameters)
    }

    /// Reads the `payload` of a `subscribe` message.
    ///
    /// # Errors
    /// `BAD_REQUEST` as for a body.
    pub fn from_payload(payload: Json) -> Result<Self, Refusal> {
        if !payload.is_object() {
            return Err(bad("The payload must be a JSON object."));
        }
        let parameters: Parameters = serde_json::from_value(payload).map_err(|_| bad("The payload cannot be read."))?;
        Self::try_from(parameters)
    }

    /// Reads a query string; `variables` and `extensions` are JSON in it. An empty one counts as absent.
    ///
    /// # Errors
    /// `BAD_REQUEST` for wrong types, for what is not UTF-8, and for a parameter that is given twice.
    pub fn from_query_string(text: &str) -> Result<Self, Refusal> {
        let mut parameters = Parameters {
            query: None,
            operation_name: None,
            variables: None,
            extensions: None,
        };
        for pair in text.split('&') {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let name = decoded(name)?;
            let (slot, is_json) = match name.as_str() {
                "query" => (&mut parameters.query, false),
                "operationName" => (&mut parameters.operation_name, false),
                "variables" => (&mut parameters.variables, true),
                "extensions" => (&mut parameters.extensions, true),
                _ => continue,
            };
            if slot.is_some() {
                return Err(bad(format!("The parameter {name} is given twice.")));
            }
            let value = decoded(value)?;
            *slot = match (value.is_empty(), is_json) {
                (true, _) => None,
                (false, false) => Some(Json::String(value)),
                (false, true) => Some(
                    serde_json::from_str(&value)
                        .map_err(|error| unreadable(&format!("The parameter {name}"), &error))?,
                ),
            };
        }
        Self::try_from(parameters)
    }

    /// The request for the schema, with the variables that the operation declares. A subscription keeps its request for as
    /// long as it runs, so it gets nothing that nobody reads: neither other variables nor extensions.
    #[must_use]
    pub fn into_request(mut self, declared: &[Positioned<VariableDefinition>]) -> Request {
        self.variables
            .retain(|name, _| declared.iter().any(|variable| variable.node.name.node == *name));
        let mut request = Request::new(self.query).variables(Variables::from_json(Json::Object(self.variables)));
        request.operation_name = self.operation_name;
        request
    }
}

impl TryFrom<Parameters> for Body {
    type Error = Refusal;

    fn try_from(parameters: Parameters) -> Result<Self, Refusal> {
        let is_persisted =
            matches!(&parameters.extensions, Some(Json::Object(given)) if given.contains_key("persistedQuery"));
        let query = match parameters.query {
            Some(Json::String(query)) if !(is_persisted && query.is_empty()) => query,
            // Whoever asks by the hash of a document sends the document when told that hashes are not known here.
            Some(Json::String(_) | Json::Null) | None if is_persisted => {
                return Err(GraphqlCode::PersistedQueryNotSupported.into());
            }
            Some(Json::String(query)) => query,
            Some(Json::Null) | None => return Err(bad("The parameter query is missing.")),
            Some(_) => return Err(bad("The parameter query must be a string.")),
        };
        let operation_name = match parameters.operation_name {
            Some(Json::String(name)) => Some(name),
            Some(Json::Null) | None => None,
            Some(_) => return Err(bad("The parameter operationName must be a string.")),
        };
        let variables = object("variables", parameters.variables)?;
        let extensions = object("extensions", parameters.extensions)?;
        Ok(Self {
            query,
            operation_name,
            variables,
            extensions,
        })
    }
}

/// Whether a body of this type may be read: `application/json`, in UTF-8 if it says so. Browsers send nothing of the
/// kind to another origin without asking first, which keeps cross-site forms out.
///
/// # Errors
/// `UNSUPPORTED_MEDIA_TYPE`.
pub fn check_content_type(headers: &HeaderMap) -> Result<(), Refusal> {
    let mut values = headers.get_all(header::CONTENT_TYPE).iter();
    let value = values.next().filter(|_| values.next().is_none());
    let mime = value
        .and_then(|value| value.to_str().ok())
        .and_then(|text| text.parse::<Mime>().ok());
    let is_json = mime.is_some_and(|mime| {
        mime.essence_str() == mime::APPLICATION_JSON.essence_str()
            && mime
                .get_param(mime::CHARSET)
                .is_none_or(|charset| charset == mime::UTF_8)
    });
    if is_json {
        Ok(())
    } else {
        Err(GraphqlCode::UnsupportedMediaType.into())
    }
}

fn object(name: &str, value: Option<Json>) -> Result<Map<String, Json>, Refusal> {
    match value {
        Some(Json::Object(object)) => Ok(object),
        Some(Json::Null) | None => Ok(Map::new()),
        Some(_) => Err(bad(format!("The parameter {name} must be a JSON object."))),
    }
}

fn decoded(text: &str) -> Result<String, Refusal> {
    let spaced = text.replace('+', " ");
    let decoded = percent_decode_str(&spaced).decode_utf8();
    decoded
        .map(std::borrow::Cow::into_owned)
        .map_err(|_| bad("The query string is not UTF-8."))
}

/// JSON that cannot be read. The place alone is told: the library's sentence may quote what was sent, and with it a password.
fn unreadable(what: &str, error: &serde_json::Error) -> Refusal {
    let (line, column) = (error.line(), error.column());
    bad(match error.is_data() {
        true => format!("{what} has a parameter twice (line {line}, column {column})."),
        false => format!("{what} is not valid JSON (line {line}, column {column})."),
    })
}

fn bad(message: impl Into<String>) -> Refusal {
    Refusal::from(GraphqlCode::BadRequest).saying(message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use async_graphql::parser::parse_query;

    fn message(result: Result<Body, Refusal>) -> String {
        let refusal = result.expect_err("a refusal");
        assert_eq!(
            (refusal.status.as_u16(), refusal.legacy_status.as_u16(), refusal.code()),
            (400, 400, "BAD_REQUEST")
        );
        refusal.errors.first().expect("an error").message.clone()
    }

    #[test]
    fn a_body_gives_its_parameters_and_unknown_keys_are_ignored() {
        let body = Body::from_json(
            br#" {"query":"{a}","operationName":"b","variables":{"c":[1],"e":[2]},"extensions":{"d":null},"documentId":"e"}"#,
        );
        let body = body.expect("a body");
        assert_eq!(
            (body.query.as_str(), body.operation_name.as_deref()),
            ("{a}", Some("b"))
        );
        assert_eq!(body.variables.get("c"), Some(&serde_json::json!([1])));
        let document = parse_query("query b($c: [Int]) { a }").expect("a document");
        let (_, operation) = document.operations.iter().next().expect("an operation");
        let request = body.into_request(&operation.node.variable_definitions);
        assert!(request.extensions.0.is_empty());
        assert_eq!(request.variables.into_value().to_string(), "{c: [1]}");
    }

    #[test]
    fn a_query_string_gives_the_same_parameters() {
        let body = Body::from_query_string(
            "query=%7Ba+b%7D&operationName=&variables=%7B%22c%22%3A1%7D&x=%ff".trim_end_matches("%ff"),
        );
        let body = body.expect("a body");
        assert_eq!((body.query.as_str(), body.operation_name), ("{a b}", None));
        assert_eq!(body.variables.get("c"), Some(&serde_json::json!(1)));
    }

    #[test]
    fn what_is_not_one_object_is_refused_by_name() {
        assert_eq!(message(Body::from_json(b" \n")), "The body is empty.");
        assert!(message(Body::from_json(br#"[{"query":"{a}"}]"#)).starts_with("Batches"));
        assert!(message(Body::from_json(br#"["{a}", null, null, null]"#)).starts_with("Batches"));
        assert_eq!(message(Body::from_json(b"null")), "The body must be a JSON object.");
        assert!(message(Body::from_json(b"{\"query\":\"\xff\"}")).contains("not valid JSON"));
        assert!(message(Body::from_json(br#"{"query":"{a}"} x"#)).contains("not valid JSON"));
        assert!(message(Body::from_payload(serde_json::json!(["{a}"]))).contains("JSON object"));
        let quoting = message(Body::from_json(br#"{"query":"hunter2" "hunter2"}"#));
        assert!(
            quoting.starts_with("The body is not valid JSON (line 1, column ") && !quoting.contains("hunter2"),
            "{quoting}"
        );
    }

    #[test]
    fn a_hash_without_a_document_is_answered_as_clients_expect() {
        let hash = r#"{"persistedQuery":{"version":1,"sha256Hash":"ab"}}"#;
        for body in [
            Body::from_json(format!(r#"{{"extensions":{hash}}}"#).as_bytes()),
            Body::from_json(format!(r#"{{"query":null,"extensions":{hash}}}"#).as_bytes()),
            Body::from_json(format!(r#"{{"query":"","extensions":{hash}}}"#).as_bytes()),
            Body::from_query_string(&format!("operationName=a&variables={{}}&extensions={hash}")),
            Body::from_payload(serde_json::json!({ "extensions": { "persistedQuery": {} } })),
        ] {
            let refusal = body.expect_err("a refusal");
            assert_eq!(refusal.code(), "PERSISTED_QUERY_NOT_SUPPORTED");
            let error = refusal.errors.first().expect("an error");
            assert_eq!(error.message, "PersistedQueryNotSupported");
        }
        let whole = Body::from_json(format!(r#"{{"query":"{{a}}","extensions":{hash}}}"#).as_bytes());
        assert_eq!(whole.expect("a body").query, "{a}");
        assert!(message(Body::from_json(br#"{"extensions":{}}"#)).contains("missing"));
    }

    #[test]
    fn the_same_parameter_twice_is_refused() {
        assert!(message(Body::from_json(br#"{"query":"{a}","query":"{b}"}"#)).contains("twice"));
        assert!(message(Body::from_query_string("query={a}&query={b}")).contains("twice"));
    }

    #[test]
    fn a_query_string_that_is_not_utf_8_or_not_json_is_refused() {
        assert!(message(Body::from_query_string("query=%ff")).contains("UTF-8"));
        assert!(message(Body::from_query_string("query={a}&variables={")).contains("variables"));
        assert!(message(Body::from_query_string("query={a}&variables=[1]")).contains("JSON object"));
        assert!(message(Body::from_query_string("")).contains("missing"));
    }

    #[test]
    fn only_json_in_utf_8_is_a_content_type() {
        let allowed = |values: &[&str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(header::CONTENT_TYPE, value.parse().expect("a header value"));
            }
            check_content_type(&headers).is_ok()
        };
        assert!(allowed(&["application/json"]) && allowed(&["Application/JSON; charset=UTF-8"]));
        for refused in [
            &[][..],
            &["text/plain"],
            &["application/x-www-form-urlencoded"],
            &["multipart/form-data; boundary=application/json"],
            &["text/plain; application/json"],
            &["application/graphql"],
            &["application/json; charset=utf-16"],
            &["application/json", "text/plain"],
            &[""],
        ] {
            assert!(!allowed(refused), "{refused:?}");
        }
    }
}
