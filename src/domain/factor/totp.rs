//! The code of an authenticator app (RFC 6238): six digits that change every thirty seconds, made of a secret that only the
//! app and the server know. Computing it is not here.
//!
//! Invariant: a step that was accepted, and every one of the hour before it, is not accepted again, so that a code is good once.

use super::email_code::{self, OneTimeCode};
use crate::{
    proof::{Enrolled, Factor, Malformed, Parameter, Rules, Second},
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
/// that has been put right since, and must not refuse its owner until then. The statement that takes a step holds it against this.
pub const FARTHEST_AHEAD: i64 = 120;
