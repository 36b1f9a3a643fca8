//! The code of an authenticator app (RFC 6238): six digits that change every thirty seconds, made of a secret that only the
//! app and the server know. Computing it is not here.
//!
//! Invariant: a step that was accepted, and every one of the hour before it, is not accepted again, so that a code is good once.

use super::email_code::{self, OneTimeCode};
use crate::{
    proof::{Enrolled, Factor, Finding, Malformed, Parameter, Rules, Second},
    settings::attribute::AttributeSettings,
};
use entity::kind::Strategy;
use zeroize::Zeroizing;

/// What a code is like as a proof.
pub const RULES: Rules = Rules {
    first: false,
    second: Some(Second::Alone),
    challenge: None,
    parameter: Parameter::Code,
    format: "six digits",
    object: "verification_totp",
};

/// A code as it was typed.
pub type Given = OneTimeCode;

/// Reads a typed or pasted code; blanks and hyphens between the digits do not count.
///
/// # Errors
/// [`Malformed`] unless exactly six ASCII digits are left.
pub fn read(text: &Zeroizing<String>) -> Result<Given, Malformed> {
    email_code::read(text)
}

/// Whoever has set up an app can give its code, where the instance takes it.
pub(crate) fn offers(enrolled: &Enrolled, attributes: &AttributeSettings) -> Vec<Factor> {
    let is_offered = enrolled.has(Strategy::Totp) && attributes.authenticator_app.enabled;
    is_offered.then(|| Factor::of(Strategy::Totp)).into_iter().collect()
}

/// How far ahead of the present a step can have been accepted, in steps: an hour. What lies further ahead was accepted by a clock
/// that has been put right since, and must not refuse its owner until then.
pub const FARTHEST_AHEAD: i64 = 120;

/// What a code is that matches at `step`, or at none, when `last` was the last step accepted.
#[must_use]
pub fn find(step: Option<i64>, last: Option<i64>) -> Finding {
    match (step, last) {
        (Some(step), Some(last)) if step > last || last.saturating_sub(step) > FARTHEST_AHEAD => Finding::Matches,
        (Some(_), None) => Finding::Matches,
        _ => Finding::Mismatch,
    }
}

#[cfg(test)]
mod tests {
    use super::{FARTHEST_AHEAD, find};
    use crate::proof::Finding::{Matches, Mismatch};

    #[test]
    fn a_step_is_good_once_and_none_before_it_is_good_any_more() {
        for (step, last, finding) in [
            (None, None, Mismatch),
            (None, Some(7), Mismatch),
            (Some(8), None, Matches),
            (Some(8), Some(7), Matches),
            (Some(8), Some(8), Mismatch),
            (Some(7), Some(8), Mismatch),
            (Some(7), Some(7 + FARTHEST_AHEAD), Mismatch),
            (Some(7), Some(8 + FARTHEST_AHEAD), Matches),
            (Some(7), Some(i64::MAX), Matches),
        ] {
            assert_eq!(find(step, last), finding, "{step:?} after {last:?}");
        }
    }
}
