//! From errors of the services to `userErrors` of a payload, or to top-level errors with `extensions { code, traceId }`.
//!
//! Invariant: what the input can mend is a `userError`; a caller who may not, an exhausted limit and a bug are top-level
//! errors. Internal causes are logged here, once, and never shown.

use super::{context::ContextExt as _, scalar::Json};
use async_graphql::{Context, ErrorExtensions as _, ID, SimpleObject};
use axum::http::header::RETRY_AFTER;
use kernel::error::{Code, Error, Problem, Result};
use serde_json::Value;
use web_kit::missing_cookie;

macro_rules! mirrored_codes {
    ($($variant:ident $wire:literal $status:literal $message:literal;)+) => {
        /// Why a request was not carried out.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, async_graphql::Enum)]
        #[graphql(remote = "Code")]
        pub enum ErrorCode {$(
            #[doc = $message]
            $variant,
        )+}
    };
}

kernel::error_codes!(mirrored_codes);

/// Something about the input of a mutation that is wrong.
#[derive(Clone, Debug, PartialEq, SimpleObject)]
pub struct UserError {
    /// What is wrong, for machines.
    pub code: ErrorCode,
    /// What is wrong, in general words.
    pub message: String,
    /// What is wrong in this very case, in words for the person.
    pub long_message: String,
    /// The path of the input's field that it concerns; null when it concerns the whole.
    pub field: Option<Vec<String>>,
    /// The least that would do: of a number, or of the characters of a text.
    pub minimum: Option<i64>,
    /// The most that would do: of a number, or of the characters of a text.
    pub maximum: Option<i64>,
    /// How many attempts are left, where they are counted for the caller alone: at the code of a sign-up.
    pub attempts_left: Option<i64>,
    /// Seconds after which trying again makes sense.
    pub retry_after_seconds: Option<i64>,
    /// The session that is there already.
    pub session_id: Option<ID>,
    /// Further facts for machines; null when there are none.
    pub meta: Option<Json>,
}

/// A nullable field: its failure makes it null and nothing else. (The library lets a failure inside `Result<Option<_>>`
/// null the parent.)
pub type Nullable<T> = Option<async_graphql::Result<T>>;

/// A field that may be null because there is nothing.
pub fn nullable<T>(context: &Context<'_>, outcome: Result<Option<T>>) -> Nullable<T> {
    outcome.map_err(|error| failed(context, &error)).transpose()
}

/// A field that is null where there is nothing by that identifier which the caller may see.
pub fn found<T>(context: &Context<'_>, outcome: Result<T>) -> Nullable<T> {
    match outcome {
        Err(error) if error.code() == Code::ResourceNotFound => None,
        outcome => Some(outcome.map_err(|error| failed(context, &error))),
    }
}

/// A top-level error. Also tells by `Retry-After` when trying again makes sense.
pub fn failed(context: &Context<'_>, error: &Error) -> async_graphql::Error {
    if let Some(seconds) = error.retry_after_seconds() {
        context.insert_http_header(RETRY_AFTER, seconds);
    }
    let caller = &context.acting().caller;
    let mut told = top_level(error, &caller.request.trace_id);
    if let Some(problem) = error.problems().first() {
        told.message = missing_cookie::told(problem, caller.cookie_advice()).into_owned();
    }
    told
}

/// The same outside of a resolver.
pub(crate) fn top_level(error: &Error, trace_id: &str) -> async_graphql::Error {
    if error.is_internal() || error.cause().is_some() {
        let cause = error.cause().map(|cause| format!("{cause:#}"));
        tracing::error!(
            trace.id = trace_id,
            error.cause = cause.as_deref(),
            "request failed: {error}"
        );
    } else {
        tracing::debug!(trace.id = trace_id, code = error.code().wire(), "refused: {error}");
    }
    let problem = error.problems().first();
    let message = problem.map_or(error.code().message(), Problem::long_message);
    async_graphql::Error::new(message).extend_with(|_, extensions| {
        extensions.set("code", error.code().wire().to_ascii_uppercase());
        if let Some(field) = problem.and_then(|problem| problem.field.as_deref()) {
            extensions.set("field", path(field));
        }
        extensions.set("traceId", trace_id);
        if let Some(seconds) = error.retry_after_seconds() {
            extensions.set("retryAfterSeconds", seconds);
        }
    })
}

/// Whether a failure is about the caller or about us, and not about the input.
pub(crate) const fn is_top_level(code: Code) -> bool {
    matches!(
        code,
        Code::AuthenticationInvalid
            | Code::AuthorizationInvalid
            | Code::TooManyRequests
            | Code::InternalError
            | Code::ServiceUnavailable
    )
}

/// The codes of services that a request may be refused with as a whole, with the status of their table. Beside these, those of
/// [`OF_FIELDS`] and the transport's own, `extensions.code` of a top-level error holds nothing.
pub const OF_REQUESTS: &[Code] = &[
    Code::AuthenticationInvalid,
    Code::DevBrowserUnauthenticated,
    Code::AuthorizationHeaderFormatInvalid,
    Code::ClerkKeyInvalid,
    Code::OriginInvalid,
    Code::HostInvalid,
    Code::RequestTimeout,
    Code::ResourceNotFound,
    Code::TooManyRequests,
    Code::InternalError,
    Code::ServiceUnavailable,
];

/// The codes of services that nothing but a field fails with: the request was carried out, so its status is 200. Fields fail with some
/// of [`OF_REQUESTS`] as well.
pub const OF_FIELDS: &[Code] = &[
    Code::AuthorizationInvalid,
    Code::FormParamFormatInvalid,
    Code::FormParamValueInvalid,
    Code::FormParamMaxLengthExceeded,
    Code::FeatureNotEnabled,
];

/// What is wrong with the input, as a payload shows it. Also tells by `Retry-After` when trying again makes sense.
pub(crate) fn user_errors(context: &Context<'_>, error: &Error) -> Vec<UserError> {
    let seconds = error.retry_after_seconds();
    if let Some(seconds) = seconds {
        context.insert_http_header(RETRY_AFTER, seconds);
    }
    let acting = context.acting();
    let advice = acting.caller.cookie_advice();
    let told = |problem| UserError {
        retry_after_seconds: seconds.and_then(|seconds| i64::try_from(seconds).ok()),
        long_message: missing_cookie::told(problem, advice).into_owned(),
        ..user_error(problem)
    };
    error.problems().iter().map(told).collect()
}

fn user_error(problem: &Problem) -> UserError {
    let mut meta = problem.meta.clone();
    let mut number = |name: &str| meta.remove(name).as_ref().and_then(Value::as_i64);
    let (minimum, maximum, attempts_left) = (number("minimum"), number("maximum"), number("attempts_left"));
    let session_id = meta.remove("session_id");
    UserError {
        code: problem.code.into(),
        message: problem.code.message().to_owned(),
        long_message: problem.long_message().to_owned(),
        field: problem.field.as_deref().map(path),
        minimum,
        maximum,
        attempts_left,
        retry_after_seconds: None,
        session_id: session_id.as_ref().and_then(Value::as_str).map(ID::from),
        meta: (!meta.is_empty()).then(|| meta.into()),
    }
}

/// Where something of the input is, from the wire name of the parameter.
fn path(field: &str) -> Vec<String> {
    field.split('.').map(camel_case).collect()
}

/// The name of an input's field, from the wire name of the parameter.
fn camel_case(wire: &str) -> String {
    let mut words = wire.split('_');
    let mut name = words.next().unwrap_or_default().to_owned();
    for word in words {
        let mut letters = word.chars();
        name.extend(letters.next().map(|letter| letter.to_ascii_uppercase()));
        name.push_str(letters.as_str());
    }
    name
}

#[cfg(test)]
mod tests {
    use super::{ErrorCode, ID, OF_FIELDS, OF_REQUESTS, camel_case, is_top_level, top_level, user_error};
    use graphql_transport::GraphqlCode;
    use kernel::error::{Code, Error, Problem};
    use std::collections::HashSet;

    #[test]
    fn fields_are_named_as_the_input_names_them() {
        for (wire, field) in [
            ("email_address", "emailAddress"),
            ("password", "password"),
            ("sign_up_id", "signUpId"),
            ("", ""),
        ] {
            assert_eq!(camel_case(wire), field);
        }
    }

    #[test]
    fn a_problem_keeps_its_code_sentence_path_and_facts() {
        let problem = Problem::of(Code::FormParamValueInvalid, "session.maximum_lifetime_seconds")
            .saying("too long")
            .with_meta("maximum", 7)
            .with_meta("session_id", "sess_1")
            .with_meta("nearest", "session.lifetime");
        let error = user_error(&problem);
        assert_eq!(error.code, ErrorCode::FormParamValueInvalid);
        assert_eq!(error.message, Code::FormParamValueInvalid.message());
        assert_eq!(error.long_message, "too long");
        assert_eq!(
            error.field,
            Some(vec!["session".to_owned(), "maximumLifetimeSeconds".to_owned()])
        );
        assert_eq!((error.minimum, error.maximum), (None, Some(7)));
        assert_eq!(error.session_id, Some(ID::from("sess_1")));
        let meta = serde_json::json!({ "nearest": "session.lifetime" });
        assert_eq!(error.meta.map(|meta| meta.0), Some(meta));
        let plain = user_error(&Problem::new(Code::SessionExists));
        assert!(plain.field.is_none() && plain.meta.is_none());
    }

    #[test]
    fn what_the_input_can_mend_is_never_top_level() {
        for code in Code::ALL {
            let expected = matches!(
                code.wire(),
                "authentication_invalid"
                    | "authorization_invalid"
                    | "too_many_requests"
                    | "internal_error"
                    | "service_unavailable"
            );
            assert_eq!(is_top_level(*code), expected, "{}", code.wire());
        }
    }

    #[test]
    fn every_code_of_the_top_level_is_listed_once_and_what_a_mutation_fails_with_is_among_them() {
        let listed: Vec<_> = OF_REQUESTS.iter().chain(OF_FIELDS).collect();
        assert_eq!(listed.iter().collect::<HashSet<_>>().len(), listed.len());
        for code in &listed {
            let word = code.wire().to_ascii_uppercase();
            assert!(GraphqlCode::of_wire(&word).is_none(), "{word} is the transport's");
        }
        for code in Code::ALL.iter().filter(|code| is_top_level(**code)) {
            assert!(listed.contains(&code), "{}", code.wire());
        }
    }

    #[test]
    fn a_top_level_error_has_code_and_trace_and_hides_its_cause() {
        let error = top_level(&Error::internal(anyhow::anyhow!("password of the database")), "abc");
        let shown = format!("{error:?}");
        assert!(shown.contains("INTERNAL_ERROR") && shown.contains("abc"), "{shown}");
        assert!(!shown.contains("database"), "{shown}");
    }
}
