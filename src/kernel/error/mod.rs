//! Errors: one or more problems, each a [`Code`] with the field it concerns, and at most one internal cause.
//!
//! Expected failures carry codes; everything unexpected is one [`Code::InternalError`], or [`Code::ServiceUnavailable`]
//! when it passes by itself, whose cause is logged once, by the face that answers, and never shown. Both faces render from
//! this type.

mod code;
mod database;

pub use code::Code;

use serde_json::{Map, Value};
use std::fmt;

/// After how many seconds a caller may try again what the database could not do for the moment.
const RETRY_SECONDS: u64 = 1;

/// What services return.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    /// What is wrong.
    pub code: Code,
    /// The wire name of the parameter it concerns (`email_address`).
    pub field: Option<String>,
    /// What to say instead of the code's default message: a sentence for people, which names neither the parameter nor any
    /// other word of the wire. Numbers that it has are facts of `meta` too (`minimum`, `maximum`).
    pub message: Option<String>,
    /// Further facts for machines, beside `param_name`.
    pub meta: Map<String, Value>,
}

impl Problem {
    /// A problem of the whole request.
    #[must_use]
    pub fn new(code: Code) -> Self {
        Self {
            code,
            field: None,
            message: None,
            meta: Map::new(),
        }
    }

    /// A problem of one parameter, by its wire name.
    #[must_use]
    pub fn of(code: Code, field: impl Into<String>) -> Self {
        Self {
            field: Some(field.into()),
            ..Self::new(code)
        }
    }

    /// The same problem with a sentence of its own.
    #[must_use]
    pub fn saying(mut self, message: impl Into<String>) -> Self {
        self.message = Some(message.into());
        self
    }

    /// The same problem with one more fact.
    #[must_use]
    pub fn with_meta(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.meta.insert(key.to_owned(), value.into());
        self
    }

    /// The sentence to show.
    #[must_use]
    pub fn long_message(&self) -> &str {
        self.message.as_deref().unwrap_or(self.code.message())
    }
}

/// Why a request was not carried out.
#[derive(Debug)]
pub struct Error {
    /// At least one problem; the first one decides the HTTP status.
    problems: Vec<Problem>,
    /// The internal cause, for the log alone.
    source: Option<anyhow::Error>,
    /// Whole seconds after which trying again makes sense.
    retry_after: Option<u64>,
}

impl Error {
    /// An error of several problems. An empty list is a mistake of the caller and becomes an internal error.
    #[must_use]
    pub fn from_problems(problems: Vec<Problem>) -> Self {
        if problems.is_empty() {
            return Self::internal(anyhow::anyhow!("an error without a problem"));
        }
        Self {
            problems,
            source: None,
            retry_after: None,
        }
    }

    /// An unexpected failure. The cause is logged, never shown.
    #[must_use]
    pub fn internal(source: impl Into<anyhow::Error>) -> Self {
        Self {
            problems: vec![Problem::new(Code::InternalError)],
            source: Some(source.into()),
            retry_after: None,
        }
    }

    /// The same error with the seconds after which trying again makes sense.
    #[must_use]
    pub fn retry_after(mut self, seconds: u64) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    /// The same failure for one more of those who wait for what failed. Of its cause there is the text.
    #[must_use]
    pub fn repeated(&self) -> Self {
        Self {
            problems: self.problems.clone(),
            source: self.source.as_ref().map(|cause| anyhow::anyhow!("{cause:#}")),
            retry_after: self.retry_after,
        }
    }

    /// The same error, each of its problems changed, as where a face calls a parameter otherwise.
    #[must_use]
    pub fn map_problems(mut self, change: impl FnMut(Problem) -> Problem) -> Self {
        self.problems = self.problems.into_iter().map(change).collect();
        self
    }

    /// Every problem, at least one.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// The first problem's code, which decides the HTTP status.
    #[must_use]
    pub fn code(&self) -> Code {
        self.problems
            .first()
            .map_or(Code::InternalError, |problem| problem.code)
    }

    /// Whether something unexpected happened, as opposed to a refusal.
    #[must_use]
    pub fn is_internal(&self) -> bool {
        self.code() == Code::InternalError
    }

    /// The internal cause, for the log.
    #[must_use]
    pub fn cause(&self) -> Option<&anyhow::Error> {
        self.source.as_ref()
    }

    /// Whole seconds after which trying again makes sense.
    #[must_use]
    pub fn retry_after_seconds(&self) -> Option<u64> {
        self.retry_after
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.problems.iter().enumerate() {
            let separator = if index == 0 { "" } else { "; " };
            write!(formatter, "{separator}{}", problem.code.wire())?;
            if let Some(field) = &problem.field {
                write!(formatter, " ({field})")?;
            }
        }
        Ok(())
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source
            .as_ref()
            .map(|source| &**source as &(dyn std::error::Error + 'static))
    }
}

impl From<Code> for Error {
    fn from(code: Code) -> Self {
        Problem::new(code).into()
    }
}

impl From<Problem> for Error {
    fn from(problem: Problem) -> Self {
        Self {
            problems: vec![problem],
            source: None,
            retry_after: None,
        }
    }
}

impl From<sea_orm::DbErr> for Error {
    /// What passes by itself (a failover, a busy database) is answered so that the caller tries again.
    fn from(error: sea_orm::DbErr) -> Self {
        if !database::is_passing(&error) {
            return Self::internal(error);
        }
        Self {
            source: Some(error.into()),
            retry_after: Some(RETRY_SECONDS),
            ..Code::ServiceUnavailable.into()
        }
    }
}
