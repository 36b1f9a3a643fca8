//! From the fields of inputs to what services take; texts themselves are parsed by `web_kit::input`, for both faces.

use super::{context::ContextExt as _, scalar::Json};
use async_graphql::{Context, ID, MaybeUndefined};
use domain::change::Change;
use kernel::{
    caller::Caller,
    error::{Error, Problem, Result},
};
use serde_json::{Map, Value};
use web_kit::input;

/// Left out keeps, null clears.
pub(crate) fn change<T>(field: MaybeUndefined<T>) -> Change<T> {
    match field {
        MaybeUndefined::Undefined => Change::Keep,
        MaybeUndefined::Null => Change::Clear,
        MaybeUndefined::Value(value) => Change::Set(value),
    }
}

/// Metadata, which must be a JSON object.
pub(crate) fn metadata(field: MaybeUndefined<Json>, problems: &mut Vec<Problem>) -> Change<Map<String, Value>> {
    let object = |Json(value)| input::object(value, "unsafe_metadata");
    change(field).try_map(object).unwrap_or_else(|problem| {
        problems.push(problem);
        Change::Keep
    })
}

/// The caller, acting in the session that an input names, if it names one. Whether it is the caller's is for the verb to find
/// out.
pub(crate) fn acting_in(context: &Context<'_>, session_id: Option<&ID>) -> Result<Caller, Problem> {
    let mut caller = Caller::clone(&context.acting().caller);
    if let Some(text) = session_id {
        caller.request.session_id = Some(input::id(text, "session_id")?);
    }
    Ok(caller)
}

/// Both, or the problems of both.
pub(crate) fn both<A, B>(first: Result<A, Problem>, second: Result<B, Problem>) -> Result<(A, B)> {
    match (first, second) {
        (Ok(first), Ok(second)) => Ok((first, second)),
        (first, second) => {
            let problems = [first.err(), second.err()];
            Err(Error::from_problems(problems.into_iter().flatten().collect()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{both, change, metadata};
    use crate::scalar::Json;
    use async_graphql::MaybeUndefined;
    use domain::change::Change;
    use kernel::error::{Code, Problem};
    use serde_json::json;

    #[test]
    fn left_out_keeps_and_null_clears() {
        assert_eq!(change(MaybeUndefined::<u8>::Undefined), Change::Keep);
        assert_eq!(change(MaybeUndefined::<u8>::Null), Change::Clear);
        assert_eq!(change(MaybeUndefined::Value(7)), Change::Set(7));
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
        assert_eq!(both::<u8, u8>(Ok(1), Ok(2)).unwrap(), (1, 2));
        let error = both::<u8, u8>(Err(problem("a")), Err(problem("b"))).unwrap_err();
        assert_eq!(error.problems(), [problem("a"), problem("b")]);
        assert_eq!(
            both::<u8, u8>(Ok(1), Err(problem("b"))).unwrap_err().problems(),
            [problem("b")]
        );
    }
}
