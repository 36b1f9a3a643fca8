//! What the transport says no with: [`GraphqlCode`], the closed set of its own words, and [`Refusal`], one answer.
//!
//! A refusal always renders as a well-formed GraphQL response without `data`, each error with `extensions.code`.

use async_graphql::{ErrorExtensionValues, Pos, Response, ServerError};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use kernel::error::Error;

macro_rules! codes {
    ($($variant:ident $wire:literal $status:literal $legacy:literal $message:literal;)+) => {
        /// Why the transport refused. Beside these, `extensions.code` holds only words of [`kernel::error::Code`].
        #[expect(clippy::doc_markdown, reason = "two of the sentences are words, which clients compare")]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum GraphqlCode {$(
            #[doc = $message]
            $variant,
        )+}

        impl GraphqlCode {
            /// Every code, in the order of the table.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The word in `extensions.code`.
            #[must_use]
            pub const fn wire(self) -> &'static str {
                match self { $(Self::$variant => $wire,)+ }
            }

            /// The HTTP status of an `application/graphql-response+json` answer.
            #[must_use]
            pub const fn status(self) -> u16 {
                match self { $(Self::$variant => $status,)+ }
            }

            /// The HTTP status of an `application/json` answer. The draft wants 200 for every well-formed request,
            /// since such clients cannot tell a 4xx of ours from one of a proxy.
            #[must_use]
            pub const fn legacy_status(self) -> u16 {
                match self { $(Self::$variant => $legacy,)+ }
            }

            /// The default message, for people.
            #[must_use]
            pub const fn message(self) -> &'static str {
                match self { $(Self::$variant => $message,)+ }
            }
        }
    };
}

codes! {
    // The HTTP request: the status is the same for both JSON types
    BadRequest "BAD_REQUEST" 400 400 "The request is not a well-formed GraphQL request.";
    MethodNotAllowed "METHOD_NOT_ALLOWED" 405 405 "The method is not allowed for this operation.";
    NotAcceptable "NOT_ACCEPTABLE" 406 406 "No media type that the client accepts fits this operation.";
    RequestBodyTooLarge "REQUEST_BODY_TOO_LARGE" 413 413 "The body of the request is too large.";
    UnsupportedMediaType "UNSUPPORTED_MEDIA_TYPE" 415 415 "The body must be application/json in UTF-8.";
    DocumentTooLarge "DOCUMENT_TOO_LARGE" 413 413 "The document has too many bytes or tokens.";
    DeadlineExceeded "DEADLINE_EXCEEDED" 503 503 "The operation took too long.";
    // What clients ask by a hash: both the code and the sentence are what they look for before they send the whole document
    PersistedQueryNotFound "PERSISTED_QUERY_NOT_FOUND" 400 200 "PersistedQueryNotFound";
    PersistedQueryNotSupported "PERSISTED_QUERY_NOT_SUPPORTED" 400 200 "PersistedQueryNotSupported";
    DocumentNotTrusted "DOCUMENT_NOT_TRUSTED" 403 200 "Here documents run by their identifiers alone: send that of a trusted document, or the secret key.";
    // The document
    GraphqlParseFailed "GRAPHQL_PARSE_FAILED" 400 200 "The document is not GraphQL.";
    GraphqlValidationFailed "GRAPHQL_VALIDATION_FAILED" 400 200 "The document does not fit the schema.";
    OperationResolutionFailure "OPERATION_RESOLUTION_FAILURE" 400 200 "The parameter operationName must name one operation of the document.";
    DocumentTooComplex "DOCUMENT_TOO_COMPLEX" 400 200 "The document asks for too much.";
    CredentialCheckRepeated "CREDENTIAL_CHECK_REPEATED" 400 200 "A document may check one credential.";
    IntrospectionClosed "INTROSPECTION_CLOSED" 403 200 "The schema is told by development instances, and to who shows the secret key. It is published as schema.graphql with every release.";
    // Execution
    BadUserInput "BAD_USER_INPUT" 400 200 "An argument has the wrong form.";
    AnswerTooLarge "ANSWER_TOO_LARGE" 200 200 "The answer became too large: ask for less at a time.";
    // Who shows what was replaced a moment ago
    ClientTokenReplaced "CLIENT_TOKEN_REPLACED" 401 200 "The client has a new token since a moment ago, which a later answer has brought. Ask again.";
    // Sockets and event streams, in messages
    OperationNotSupported "OPERATION_NOT_SUPPORTED" 400 200 "Mutations are for POST requests.";
    TooManyOperations "TOO_MANY_OPERATIONS" 429 429 "Too many operations run at the same time, or they ask for too much together: end those that are not needed.";
}

impl GraphqlCode {
    /// The code of a wire word, if it is one of the transport's.
    #[must_use]
    pub fn of_wire(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.wire() == word)
    }
}

/// A request that is not carried out: status, GraphQL errors and headers.
#[derive(Clone, Debug, PartialEq)]
pub struct Refusal {
    /// The status of an `application/graphql-response+json` answer.
    pub status: StatusCode,
    /// The status of an `application/json` answer.
    pub legacy_status: StatusCode,
    /// At least one error, each with a code.
    pub errors: Vec<ServerError>,
    /// Headers of the HTTP answer (`Allow`, `Retry-After`).
    pub headers: Vec<(HeaderName, HeaderValue)>,
}

impl Refusal {
    /// A refusal with a code of the endpoint's own and one status for both JSON types.
    #[must_use]
    pub fn new(status: StatusCode, code: &str, message: &str) -> Self {
        Self {
            status,
            legacy_status: status,
            errors: vec![coded(code, message, None)],
            headers: Vec::new(),
        }
    }

    /// The same refusal with another sentence in its first error.
    #[must_use]
    pub fn saying(mut self, message: impl Into<String>) -> Self {
        if let Some(error) = self.errors.first_mut() {
            error.message = message.into();
            super::measure::shorten(&mut error.message);
        }
        self
    }

    /// The same refusal with the place in the document it is about.
    #[must_use]
    pub fn at(mut self, position: Pos) -> Self {
        if let Some(error) = self.errors.first_mut() {
            error.locations.push(position);
        }
        self
    }

    /// The same refusal with one status for both JSON types.
    #[must_use]
    pub fn with_status(mut self, status: StatusCode) -> Self {
        (self.status, self.legacy_status) = (status, status);
        self
    }

    /// The same refusal with one more header.
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    /// The first error's code.
    #[must_use]
    pub fn code(&self) -> &str {
        self.errors.first().and_then(code_of).unwrap_or_default()
    }

    /// The refusal as a GraphQL response, for a message or an event.
    #[must_use]
    pub fn into_response(mut self) -> Response {
        super::measure::cut(&mut self.errors);
        Response::from_errors(self.errors)
    }
}

impl From<GraphqlCode> for Refusal {
    fn from(code: GraphqlCode) -> Self {
        Self {
            status: status(code.status()),
            legacy_status: status(code.legacy_status()),
            errors: vec![coded(code.wire(), code.message(), None)],
            headers: Vec::new(),
        }
    }
}

impl From<Error> for Refusal {
    /// One GraphQL error for each problem. An internal cause is logged here, as nobody sees it afterwards.
    fn from(error: Error) -> Self {
        if let Some(cause) = error.cause() {
            tracing::error!(error = format!("{cause:#}"), "a GraphQL request failed");
        }
        let errors = error.problems().iter().map(|problem| {
            coded(
                &problem.code.wire().to_ascii_uppercase(),
                problem.long_message(),
                problem.field.as_deref(),
            )
        });
        let (seconds, mut errors): (_, Vec<_>) = (error.retry_after_seconds(), errors.collect());
        for extensions in errors.iter_mut().filter_map(|error| error.extensions.as_mut()) {
            if let Some(seconds) = seconds {
                // For those who get no headers: in events and messages.
                extensions.set("retryAfterSeconds", seconds);
            }
        }
        let status = status(error.code().status());
        let retry_after = seconds.map(|seconds| (header::RETRY_AFTER, seconds.into()));
        Self {
            status,
            legacy_status: status,
            errors,
            headers: retry_after.into_iter().collect(),
        }
    }
}

/// The refusal of a document that asks for too much.
pub(super) fn complex(message: impl Into<String>) -> Refusal {
    Refusal::from(GraphqlCode::DocumentTooComplex).saying(message)
}

/// The code of a GraphQL error, if it has one.
#[must_use]
pub fn code_of(error: &ServerError) -> Option<&str> {
    match error.extensions.as_ref()?.get("code")? {
        async_graphql::Value::String(code) => Some(code),
        async_graphql::Value::Enum(code) => Some(code),
        _ => None,
    }
}

/// Puts a code on an error that has none.
pub(super) fn set_code_if_absent(error: &mut ServerError, code: GraphqlCode) {
    if code_of(error).is_none() {
        error
            .extensions
            .get_or_insert_with(ErrorExtensionValues::default)
            .set("code", code.wire());
    }
}

fn coded(code: &str, message: &str, field: Option<&str>) -> ServerError {
    let mut error = ServerError::new(message, None);
    let mut extensions = ErrorExtensionValues::default();
    extensions.set("code", code);
    if let Some(field) = field {
        extensions.set("field", field);
    }
    error.extensions = Some(extensions);
    error
}

/// The tables hold valid statuses, which a test proves; the fallback only spares a panic.
fn status(number: u16) -> StatusCode {
    StatusCode::from_u16(number).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::error::{Code, Problem};
    use std::collections::HashSet;

    #[test]
    fn codes_are_unique_and_no_code_of_the_error_table_means_something_else_here() {
        let words: HashSet<_> = GraphqlCode::ALL.iter().map(|code| code.wire()).collect();
        assert_eq!(words.len(), GraphqlCode::ALL.len());
        for code in Code::ALL {
            if let Some(ours) = GraphqlCode::of_wire(&code.wire().to_ascii_uppercase()) {
                assert_eq!(ours.status(), code.status(), "{}", code.wire());
            }
        }
    }

    #[test]
    fn every_message_is_a_sentence_but_the_word_that_clients_compare() {
        for code in GraphqlCode::ALL {
            let message = code.message();
            let is_sentence = message.starts_with(char::is_uppercase) && message.ends_with('.');
            let is_word = matches!(
                code,
                GraphqlCode::PersistedQueryNotFound | GraphqlCode::PersistedQueryNotSupported
            );
            assert_eq!(is_sentence, !is_word, "{message}");
            assert!(!message.contains(['_', '`']), "{message}");
        }
    }

    #[test]
    fn every_status_of_the_table_is_valid() {
        for code in GraphqlCode::ALL {
            assert!(StatusCode::from_u16(code.status()).is_ok() && StatusCode::from_u16(code.legacy_status()).is_ok());
        }
    }

    #[test]
    fn an_error_becomes_one_graphql_error_for_each_problem() {
        let problems = vec![
            Problem::new(Code::TooManyRequests),
            Problem::of(Code::FormParamMissing, "email_address").saying("say where"),
        ];
        let refusal = Refusal::from(Error::from_problems(problems).retry_after(7));
        assert_eq!(refusal.status, 429);
        assert_eq!(refusal.code(), "TOO_MANY_REQUESTS");
        assert_eq!(refusal.headers, vec![(header::RETRY_AFTER, HeaderValue::from(7))]);
        for error in &refusal.errors {
            let seconds = error.extensions.as_ref().and_then(|said| said.get("retryAfterSeconds"));
            assert_eq!(seconds, Some(&async_graphql::Value::from(7)));
        }
        let second = refusal.errors.get(1).expect("two errors");
        assert_eq!(
            (second.message.as_str(), code_of(second)),
            ("say where", Some("FORM_PARAM_MISSING"))
        );
    }

    #[test]
    fn an_internal_cause_is_not_shown() {
        let refusal = Refusal::from(Error::internal(anyhow::anyhow!("password of the database")));
        assert_eq!((refusal.status.as_u16(), refusal.code()), (500, "INTERNAL_ERROR"));
        assert!(!format!("{refusal:?}").contains("password"));
    }
}
