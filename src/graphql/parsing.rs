//! From the fields of inputs to what services take; texts themselves are parsed by `web_kit::input`, for both faces.

use super::scalar::Json;
use async_graphql::MaybeUndefined;
use domain::change::Change;
use entity::id::SessionId;
use kernel::{
    caller::Caller,
    error::{Error, Problem, Result},
};
use serde_json::{Map, Value};
use service::{app::App, session};
use web_kit::input;

/// Left out keeps, null clears.
pub(crate) fn patch<T>(field: MaybeUndefined<T>) -> Change<T> {
    match field {
        MaybeUndefined::Undefined => Change::Keep,
        MaybeUndefined::Null => Change::Clear,
        MaybeUndefined::Value(value) => Change::Set(value),
    }
}

/// Metadata, which must be a JSON object.
pub(crate) fn metadata(field: MaybeUndefined<Json>, problems: &mut Vec<Problem>) -> Change<Map<String, Value>> {
    let object = |Json(value)| input::object(value, "unsafe_metadata");
    patch(field).try_map(object).unwrap_or_else(|problem| {
        problems.push(problem);
        Change::Keep
    })
}

/// The caller, acting in the session that an input names, if it names one. Whether it is the caller's is for the verb to find
/// out.
pub(crate) fn acting_in(caller: &Caller, session: Option<SessionId>) -> Caller {
    let mut caller = caller.clone();
    if session.is_some() {
        caller.request.session_id = session;
    }
    caller
}

/// The session that an input names, or the one that acts when it names none.
///
/// # Errors
/// `authentication_invalid` when none is named and none acts.
pub(crate) async fn meant(app: &App, caller: &Caller, session: Option<SessionId>) -> Result<SessionId> {
    match session {
        Some(id) => Ok(id),
        None => Ok(session::acting(app, caller).await?.id),
    }
}

/// What is wrong with one part of an input.
pub(crate) trait Problems {
    /// Each of them.
    fn problems(self) -> Vec<Problem>;
}

impl Problems for Problem {
    fn problems(self) -> Vec<Problem> {
        vec![self]
    }
}

impl Problems for Vec<Problem> {
    fn problems(self) -> Vec<Problem> {
        self
    }
}

/// Both, or the problems of both.
pub(crate) fn both<A, B>(first: Result<A, impl Problems>, second: Result<B, impl Problems>) -> Result<(A, B)> {
    match (first, second) {
        (Ok(first), Ok(second)) => Ok((first, second)),
        (first, second) => {
            let mut problems = first.err().map(Problems::problems).unwrap_or_default();
            problems.extend(second.err().map(Problems::problems).unwrap_or_default());
            Err(Error::from_problems(problems))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{both, metadata, patch};
    use crate::scalar::Json;
    use async_graphql::MaybeUndefined;
    use domain::change::Change;
    use kernel::error::{Code, Problem};
    use serde_json::json;

    #[test]
    fn left_out_keeps_and_null_clears() {
        assert_eq!(patch(MaybeUndefined::<u8>::Undefined), Change::Keep);
        assert_eq!(patch(MaybeUndefined::<u8>::Null), Change::Clear);
        assert_eq!(patch(MaybeUndefined::Value(7)), Change::Set(7));
    }

    #[test]
    fn metadata_must_be_an_object() {
        let mut problems = Vec::new();
        let set = metadata(MaybeUndefined::Value(Json(json!({ "a": 1 }))), &mut problems);
        assert!(problems.is_empty() && set.value().is_some_and(|map| map.contains_key("a")));
        for wrong in [json!([]), json!("x"), json!(1)] {
            let mut problems = Vec::new();
            assert_eq!(
                metadata(MaybeUndefined::Value(Json(wrong)), &mut problems),
                Change::Keep
            );
            let told: Vec<_> = problems
                .iter()
                .map(|problem| (problem.code, problem.field.as_deref()))
                .collect();
            assert_eq!(told, [(Code::FormParamTypeInvalid, Some("unsafe_metadata"))]);
        }
    }

    #[test]
    fn the_problems_of_both_are_told() {
        let problem = |field: &str| Problem::of(Code::FormParamFormatInvalid, field);
        let fine = |value: u8| Ok::<_, Problem>(value);
        assert_eq!(both(fine(1), fine(2)).unwrap(), (1, 2));
        let several = Err::<u8, _>(vec![problem("b"), problem("c")]);
        let error = both(Err::<u8, _>(problem("a")), several).unwrap_err();
        assert_eq!(error.problems(), [problem("a"), problem("b"), problem("c")]);
        let error = both(fine(1), Err::<u8, _>(problem("b"))).unwrap_err();
        assert_eq!(error.problems(), [problem("b")]);
    }
}
