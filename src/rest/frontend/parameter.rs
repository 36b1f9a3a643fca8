//! Parameters that several handlers take: identifiers in paths, strategies, codes, and those without an effect.
//!
//! Invariant: every problem is reported to the reader, whose end refuses the request with all of them.

use crate::body::{Fields, Presence, Reader};
use axum::{
    extract::{FromRequestParts, Path},
    http::request::Parts,
};
use domain::{
    change::Change,
    proof::{Given, Level, Parameter, Rules},
};
use entity::kind::Strategy;
use kernel::{
    caller::Caller,
    error::{Code, Error, Problem, Result},
};
use std::str::FromStr;
use web_kit::{
    input,
    refusal::{RestError, TraceId},
};

/// The identifier in a path. What can be none names nothing, so it is not found.
#[derive(Debug)]
pub(crate) struct PathId<T>(pub(crate) T);

impl<T: FromStr, S: Send + Sync> FromRequestParts<S> for PathId<T> {
    type Rejection = RestError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, RestError> {
        let text = Path::<String>::from_request_parts(parts, state).await.ok();
        text.and_then(|Path(text)| text.parse().ok())
            .map(Self)
            .ok_or_else(|| TraceId::of(&parts.extensions).refuse(Code::ResourceNotFound))
    }
}

/// Reads parameters as this caller may send them: browser SDKs send more from version to version.
pub(super) fn reader(caller: &Caller, fields: Fields) -> Reader {
    fields.reader(caller.request.is_clerk_js)
}

/// Refuses every parameter.
pub(super) fn none(caller: &Caller, fields: Fields) -> Result<()> {
    reader(caller, fields).finish()
}

/// Reads an organization's identifier that only says "none" so far: nobody has one.
pub(super) fn no_organization(caller: &Caller, fields: Fields, name: &str) -> Result<()> {
    let mut reader = reader(caller, fields);
    let named = reader.text(name);
    reader.finish()?;
    match named {
        Presence::Given(_) => Err(Problem::of(Code::ResourceNotFound, name).into()),
        Presence::Absent | Presence::Empty => Ok(()),
    }
}

/// A text to be changed.
pub(super) fn change<T>(presence: Presence<T>) -> Change<T> {
    match presence {
        Presence::Absent => Change::Keep,
        Presence::Empty => Change::Clear,
        Presence::Given(value) => Change::Set(value),
    }
}

/// The strategy, which must be given.
pub(super) fn required_strategy(reader: &mut Reader) -> Option<Strategy> {
    let text = reader.required_text("strategy");
    (!text.is_empty()).then_some(())?;
    reported(reader, input::strategy(&text))
}

/// The strategy, if given.
pub(super) fn strategy(reader: &mut Reader) -> Option<Strategy> {
    let text = reader.text("strategy").given()?;
    reported(reader, input::strategy(&text))
}

/// The proof that the strategy names, which must be given. Without one it can only be `usual`, or else nobody can say which
/// parameter is the proof, so that none is unknown. `level` is the one of a sign-in, where it is one.
pub(super) fn required_proof(reader: &mut Reader, level: Option<Level>, usual: Option<Parameter>) -> Option<Given> {
    let strategy = required_strategy(reader).and_then(|strategy| match level {
        Some(level) => reported(reader, input::serving(level, strategy)),
        None => Some(strategy),
    });
    let Some(strategy) = strategy else {
        match usual {
            Some(parameter) => drop(reader.required_text(parameter.as_str())),
            None => reader.ignore(&Parameter::ALL.map(Parameter::as_str)),
        }
        return None;
    };
    let text = reader.required_text(Rules::of(strategy).parameter.as_str());
    (!text.is_empty()).then_some(())?;
    reported(reader, input::proof(strategy, text))
}

/// The value, or nothing after its problem was reported.
pub(super) fn reported<T>(reader: &mut Reader, parsed: Result<T, Problem>) -> Option<T> {
    parsed.map_err(|problem| reader.report(problem)).ok()
}

/// Ends the reading of what had to be there.
pub(super) fn finished<T>(reader: Reader, value: Option<T>) -> Result<T> {
    reader.finish()?;
    // Whatever is missing was reported, so the reader has refused by now.
    value.ok_or_else(|| Error::internal(anyhow::anyhow!("a parameter is missing that was not reported")))
}

/// Ends the reading where the verb has problems of its own to tell: it gets those found so far, to tell all at once.
pub(super) fn collected(reader: Reader, problems: &mut Vec<Problem>) {
    if let Err(error) = reader.finish() {
        problems.splice(0..0, error.problems().iter().cloned());
    }
}
