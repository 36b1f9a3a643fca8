//! A sign-in as it is sent.

use super::VerificationView;
use domain::proof::Factor;
use entity::{
    UnixMilliseconds,
    id::{IdentificationId, SessionId, SignInId},
    kind::{IdentificationKind, SignInStatus, Strategy},
};
use serde::Serialize;
use service::sign_in::{Greeting, SignInState};

/// A sign-in.
#[derive(Clone, Debug, Serialize)]
pub struct SignInView<'a> {
    object: &'static str,
    id: &'a SignInId,
    status: SignInStatus,
    supported_identifiers: &'a [IdentificationKind],
    identifier: Option<&'a str>,
    supported_first_factors: Option<Vec<FactorView<'a>>>,
    supported_second_factors: Option<Vec<FactorView<'a>>>,
    first_factor_verification: Option<VerificationView>,
    second_factor_verification: Option<VerificationView>,
    user_data: Option<UserData<'a>>,
    created_session_id: Option<&'a SessionId>,
    abandon_at: UnixMilliseconds,
}

/// A proof on offer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct FactorView<'a> {
    strategy: Strategy,
    #[serde(skip_serializing_if = "Option::is_none")]
    email_address_id: Option<&'a IdentificationId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    safe_identifier: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    primary: Option<bool>,
}

/// By what pages greet somebody.
#[derive(Clone, Debug, Serialize)]
struct UserData<'a> {
    first_name: Option<&'a str>,
    last_name: Option<&'a str>,
    image_url: &'a str,
    profile_image_url: &'a str,
    has_image: bool,
}

impl<'a> SignInView<'a> {
    /// A sign-in as it stands.
    #[must_use]
    pub fn of(state: &'a SignInState) -> Self {
        Self {
            object: "sign_in_attempt",
            id: &state.id,
            status: state.status,
            supported_identifiers: &state.supported_identifiers,
            identifier: state.identifier.as_deref(),
            supported_first_factors: state.supported_first_factors.as_deref().map(factors),
            supported_second_factors: state.supported_second_factors.as_deref().map(factors),
            first_factor_verification: state.first_factor_verification.map(VerificationView::from),
            second_factor_verification: state.second_factor_verification.map(VerificationView::from),
            user_data: state.user_data.as_ref().map(user_data),
            created_session_id: state.created_session_id.as_ref(),
            abandon_at: state.abandon_at,
        }
    }
}

fn factors(factors: &[Factor]) -> Vec<FactorView<'_>> {
    factors.iter().map(FactorView::from).collect()
}

impl<'a> From<&'a Factor> for FactorView<'a> {
    fn from(factor: &'a Factor) -> Self {
        Self {
            strategy: factor.strategy,
            primary: factor.identification_id.is_some().then_some(factor.primary),
            email_address_id: factor.identification_id.as_ref(),
            safe_identifier: factor.safe_identifier.as_deref(),
        }
    }
}

fn user_data(greeting: &Greeting) -> UserData<'_> {
    UserData {
        first_name: greeting.first_name.as_deref(),
        last_name: greeting.last_name.as_deref(),
        image_url: &greeting.image_url,
        profile_image_url: &greeting.image_url,
        has_image: false,
    }
}
