//! Reads a GraphQL request from a JSON body or a query string (GraphQL over HTTP, "Request").
//!
//! Pure. The invariant: what was [`Asked`] names one document, by its text or by an identifier that is no other text's, and its
//! variables and extensions were JSON objects.

use super::document_id::DocumentId;
use super::{GraphqlCode, Refusal};
use async_graphql::parser::Positioned;
use async_graphql::parser::types::VariableDefinition;
use async_graphql::{Request, Variables};
use axum::http::{HeaderMap, header};
use mime::Mime;
use percent_encoding::percent_decode_str;
use serde::Deserialize;
use serde_json::{Map, Value as Json};
use web_kit::distinct;

/// Which document a request is about.
#[derive(Debug, PartialEq, Eq)]
pub enum Wanted {
    /// That of this text.
    Text(String),
    /// One that is known by this identifier; nothing where it is of a kind that none is known by.
    Known(Option<DocumentId>),
    /// That of this text, which has this identifier.
    Both(String, DocumentId),
}

/// The well-formed parameters of a request, its document as it was named.
#[derive(Debug, PartialEq)]
pub struct Asked {
    /// The document.
    pub wanted: Wanted,
    /// Which operation of the document is meant.
    pub operation_name: Option<String>,
    /// The values of the variables, by name.
    pub variables: Map<String, Json>,
    /// Whatever else the client says to the server.
    pub extensions: Map<String, Json>,
}

/// The same with the document's text.
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
    document_id: Option<Json>,
    operation_name: Option<Json>,
    variables: Option<Json>,
    extensions: Option<Json>,
}

impl Asked {
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
        let parameters: Parameters = distinct::read(bytes).map_err(|error| unreadable("The body", &error))?;
        Self::try_from(parameters)
    }

    /// Reads the `payload` of a `subscribe` message, in which nothing was there twice.
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
            document_id: None,
            operation_name: None,
            variables: None,
            extensions: None,
        };
        for pair in text.split('&') {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let name = decoded(name)?;
            let (slot, is_json) = match name.as_str() {
                "query" => (&mut parameters.query, false),
                "documentId" => (&mut parameters.document_id, false),
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
                (false, true) => {
                    let read = distinct::read(value.as_bytes());
                    Some(read.map_err(|error| unreadable(&format!("The parameter {name}"), &error))?)
                }
            };
        }
        Self::try_from(parameters)
    }

    /// The same, about the document of that text.
    #[must_use]
    pub fn about(self, query: String) -> Body {
        Body {
            query,
            operation_name: self.operation_name,
            variables: self.variables,
            extensions: self.extensions,
        }
    }

    /// The same, about the document that was sent.
    #[cfg(test)]
    pub(crate) fn with_its_text(mut self) -> Body {
        match std::mem::replace(&mut self.wanted, Wanted::Known(None)) {
            Wanted::Text(text) | Wanted::Both(text, _) => self.about(text),
            Wanted::Known(_) => panic!("no text was sent"),
        }
    }
}

impl Body {
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

impl TryFrom<Parameters> for Asked {
    type Error = Refusal;

    fn try_from(parameters: Parameters) -> Result<Self, Refusal> {
        let extensions = object("extensions", parameters.extensions)?;
        let query = match parameters.query {
            Some(Json::String(query)) => Some(query),
            Some(Json::Null) | None => None,
            Some(_) => return Err(bad("The parameter query must be a string.")),
        };
        let document_id = match parameters.document_id {
            Some(Json::String(id)) => Some(id),
            Some(Json::Null) | None => None,
            Some(_) => return Err(bad("The parameter documentId must be a string.")),
        };
        let wanted = wanted(query, document_id.as_deref(), extensions.get("persistedQuery"))?;
        let operation_name = match parameters.operation_name {
            Some(Json::String(name)) => Some(name),
            Some(Json::Null) | None => None,
            Some(_) => return Err(bad("The parameter operationName must be a string.")),
        };
        let variables = object("variables", parameters.variables)?;
        Ok(Self {
            wanted,
            operation_name,
            variables,
            extensions,
        })
    }
}

/// Which document is meant by a text, the parameter `documentId` and Apollo's extension `persistedQuery`, all of which name the
/// same one: whoever judges a request by one of them must not be shown another.
fn wanted(query: Option<String>, document_id: Option<&str>, persisted: Option<&Json>) -> Result<Wanted, Refusal> {
    let persisted = persisted.filter(|persisted| !persisted.is_null());
    let hash = persisted.map(|persisted| persisted.get("sha256Hash").and_then(Json::as_str));
    let ids: Vec<Option<DocumentId>> = [
        document_id.map(DocumentId::parse),
        hash.map(|hash| hash.and_then(DocumentId::parse_bare)),
    ]
    .into_iter()
    .flatten()
    .collect();
    let Some((first, others)) = ids.split_first() else {
        return query
            .map(Wanted::Text)
            .ok_or_else(|| bad("The parameter query is missing."));
    };
    // A client that has no text to send may send an empty one.
    let query = query.filter(|query| !query.is_empty());
    let agree = others.iter().all(|other| other == first && other.is_some());
    let named = match (&query, first) {
        (Some(query), Some(id)) => DocumentId::of(query) == *id,
        (Some(_), None) => false,
        (None, _) => true,
    };
    match (agree && named, query, *first) {
        (false, ..) => Err(bad(
            "The identifier of the document and the document do not belong together: leave one of them out.",
        )),
        (true, Some(query), Some(id)) => Ok(Wanted::Both(query, id)),
        (true, _, id) => Ok(Wanted::Known(id)),
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
        true => format!("{what} has something twice (line {line}, column {column})."),
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

    fn message(result: Result<Asked, Refusal>) -> String {
        let refusal = result.expect_err("a refusal");
        assert_eq!(
            (refusal.status.as_u16(), refusal.legacy_status.as_u16(), refusal.code()),
            (400, 400, "BAD_REQUEST")
        );
        refusal.errors.first().expect("an error").message.clone()
    }

    #[test]
    fn a_body_gives_its_parameters_and_unknown_keys_are_ignored() {
        let body = Asked::from_json(
            br#" {"query":"{a}","operationName":"b","variables":{"c":[1],"e":[2]},"extensions":{"d":null},"document_id":"e"}"#,
        );
        let body = body.expect("a body");
        assert_eq!(body.wanted, Wanted::Text("{a}".to_owned()));
        assert_eq!(body.operation_name.as_deref(), Some("b"));
        assert_eq!(body.variables.get("c"), Some(&serde_json::json!([1])));
        let document = parse_query("query b($c: [Int]) { a }").expect("a document");
        let (_, operation) = document.operations.iter().next().expect("an operation");
        let request = body
            .about("{a}".to_owned())
            .into_request(&operation.node.variable_definitions);
        assert!(request.extensions.0.is_empty());
        assert_eq!(request.variables.into_value().to_string(), "{c: [1]}");
    }

    #[test]
    fn a_query_string_gives_the_same_parameters() {
        let body = Asked::from_query_string(
            "query=%7Ba+b%7D&operationName=&variables=%7B%22c%22%3A1%7D&x=%ff".trim_end_matches("%ff"),
        );
        let body = body.expect("a body");
        assert_eq!(
            (&body.wanted, &body.operation_name),
            (&Wanted::Text("{a b}".to_owned()), &None)
        );
        assert_eq!(body.variables.get("c"), Some(&serde_json::json!(1)));
    }

    #[test]
    fn what_is_not_one_object_is_refused_by_name() {
        assert_eq!(message(Asked::from_json(b" \n")), "The body is empty.");
        assert!(message(Asked::from_json(br#"[{"query":"{a}"}]"#)).starts_with("Batches"));
        assert!(message(Asked::from_json(br#"["{a}", null, null, null]"#)).starts_with("Batches"));
        assert_eq!(message(Asked::from_json(b"null")), "The body must be a JSON object.");
        assert!(message(Asked::from_json(b"{\"query\":\"\xff\"}")).contains("not valid JSON"));
        assert!(message(Asked::from_json(br#"{"query":"{a}"} x"#)).contains("not valid JSON"));
        assert!(message(Asked::from_payload(serde_json::json!(["{a}"]))).contains("JSON object"));
        let quoting = message(Asked::from_json(br#"{"query":"hunter2" "hunter2"}"#));
        assert!(
            quoting.starts_with("The body is not valid JSON (line 1, column ") && !quoting.contains("hunter2"),
            "{quoting}"
        );
    }

    #[test]
    fn a_document_is_named_by_its_identifier_in_either_form() {
        let id = DocumentId::of("{a}");
        let hash = serde_json::json!({ "persistedQuery": { "version": 1, "sha256Hash": id.to_string() } });
        let (known, both) = (Wanted::Known(Some(id)), Wanted::Both("{a}".to_owned(), id));
        for (body, expected) in [
            (format!(r#"{{"documentId":"sha256:{id}"}}"#), &known),
            (format!(r#"{{"documentId":"{id}","query":null}}"#), &known),
            (format!(r#"{{"documentId":"{id}","query":""}}"#), &known),
            (format!(r#"{{"extensions":{hash}}}"#), &known),
            (format!(r#"{{"extensions":{hash},"query":null}}"#), &known),
            (format!(r#"{{"extensions":{hash},"query":""}}"#), &known),
            (format!(r#"{{"extensions":{hash},"documentId":"sha256:{id}"}}"#), &known),
            (format!(r#"{{"extensions":{hash},"query":"{{a}}"}}"#), &both),
            (format!(r#"{{"documentId":"{id}","query":"{{a}}"}}"#), &both),
            (
                r#"{"documentId":"0123456789abcdef0123456789abcdef"}"#.to_owned(),
                &Wanted::Known(None),
            ),
            (format!(r#"{{"documentId":"md5:{id}"}}"#), &Wanted::Known(None)),
            (
                r#"{"extensions":{"persistedQuery":{}}}"#.to_owned(),
                &Wanted::Known(None),
            ),
            (
                r#"{"documentId":null,"query":"{a}"}"#.to_owned(),
                &Wanted::Text("{a}".to_owned()),
            ),
        ] {
            let asked = Asked::from_json(body.as_bytes());
            assert_eq!(&asked.expect("a request").wanted, expected, "{body}");
        }
        for (query, expected) in [
            (format!("documentId=sha256%3A{id}"), &known),
            (format!("documentId={id}&query="), &known),
            (format!("operationName=a&variables={{}}&extensions={hash}"), &known),
            (format!("documentId={id}&query={{a}}"), &both),
        ] {
            let asked = Asked::from_query_string(&query);
            assert_eq!(&asked.expect("a request").wanted, expected, "{query}");
        }
    }

    #[test]
    fn what_names_two_documents_is_refused() {
        let (a, b) = (DocumentId::of("{a}"), DocumentId::of("{b}"));
        let hash = serde_json::json!({ "persistedQuery": { "version": 1, "sha256Hash": b.to_string() } });
        for body in [
            format!(r#"{{"documentId":"{b}","query":"{{a}}"}}"#),
            r#"{"documentId":"e","query":"{a}"}"#.to_owned(),
            format!(r#"{{"extensions":{hash},"query":"{{a}}"}}"#),
            r#"{"extensions":{"persistedQuery":{}},"query":"{a}"}"#.to_owned(),
            format!(r#"{{"extensions":{hash},"documentId":"{a}"}}"#),
            r#"{"extensions":{"persistedQuery":{}},"documentId":"e"}"#.to_owned(),
        ] {
            assert!(
                message(Asked::from_json(body.as_bytes())).contains("belong together"),
                "{body}"
            );
        }
        assert!(message(Asked::from_json(br#"{"documentId":7}"#)).contains("documentId"));
        assert!(message(Asked::from_query_string("documentId=a&documentId=a")).contains("twice"));
        assert!(message(Asked::from_json(br#"{"extensions":{}}"#)).contains("missing"));
    }

    #[test]
    fn the_same_parameter_twice_is_refused() {
        assert!(message(Asked::from_json(br#"{"query":"{a}","query":"{b}"}"#)).contains("twice"));
        assert!(message(Asked::from_query_string("query={a}&query={b}")).contains("twice"));
        for extensions in [
            r#"{"persistedQuery":{},"persistedQuery":{}}"#,
            r#"{"persistedQuery":{"sha256Hash":"a","sha256Hash":"b"}}"#,
        ] {
            let body = format!(r#"{{"query":"{{a}}","extensions":{extensions}}}"#);
            assert!(message(Asked::from_json(body.as_bytes())).contains("twice"));
            assert!(
                message(Asked::from_query_string(&format!(
                    "query={{a}}&extensions={extensions}"
                )))
                .contains("twice")
            );
        }
    }

    #[test]
    fn a_query_string_that_is_not_utf_8_or_not_json_is_refused() {
        assert!(message(Asked::from_query_string("query=%ff")).contains("UTF-8"));
        assert!(message(Asked::from_query_string("query={a}&variables={")).contains("variables"));
        assert!(message(Asked::from_query_string("query={a}&variables=[1]")).contains("JSON object"));
        assert!(message(Asked::from_query_string("")).contains("missing"));
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
