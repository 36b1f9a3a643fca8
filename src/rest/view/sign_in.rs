//! A sign-in as it is sent.
//!
//! Invariant: where nobody shall learn who has an account, nothing here tells an account from none.

use super::{VerificationView, Viewing};
use domain::sign_in::{Factor, Stage, supported_identifiers};
use entity::{
    UnixMilliseconds,
    id::{IdentificationId, SessionId, SignInId},
    kind::{IdentificationKind, SignInStatus, Strategy},
    user,
};
use serde::Serialize;
use service::sign_in::StoredSignIn;

/// A sign-in.
#[derive(Clone, Debug, Serialize)]
pub struct SignInView<'a> {
    object: &'static str,
    id: &'a SignInId,
    status: SignInStatus,
    supported_identifiers: Vec<IdentificationKind>,
    identifier: Option<&'a str>,
    supported_first_factors: Option<Vec<FactorView>>,
    supported_second_factors: Option<Vec<FactorView>>,
    first_factor_verification: Option<VerificationView>,
    second_factor_verification: Option<VerificationView>,
    user_data: Option<UserData<'a>>,
    created_session_id: Option<&'a SessionId>,
    abandon_at: UnixMilliseconds,
}

/// A proof on offer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct FactorView {
    strategy: Strategy,
    #[serde(skip_serializing_if = "Option::is_none")]
    email_address_id: Option<IdentificationId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    safe_identifier: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    primary: Option<bool>,
}

/// By what pages greet somebody.
#[derive(Clone, Debug, Serialize)]
struct UserData<'a> {
    first_name: Option<&'a str>,
    last_name: Option<&'a str>,
    image_url: String,
    profile_image_url: String,
    has_image: bool,
}

impl<'a> SignInView<'a> {
    /// A sign-in as it stands now.
    #[must_use]
    pub fn of(stored: &'a StoredSignIn, viewing: &Viewing<'a>) -> Self {
        let sign_in = &stored.sign_in;
        let settings = &viewing.instance.settings;
        let conceals = settings.attack_protection.enumeration_protection;
        let account = stored.account.as_ref();
        let (factors, verification) = match &sign_in.stage {
            Stage::NeedsFirstFactor { identified, prepared } => {
                let prepared = prepared.as_ref();
                let verification = prepared.map(|prepared| VerificationView::of(&prepared.verification, viewing.now));
                (Some(factors(identified.factors.clone())), verification)
            }
            Stage::Complete { verification, .. } => {
                let verification = verification
                    .as_ref()
                    .map_or_else(VerificationView::of_password, |verification| {
                        VerificationView::of(verification, viewing.now)
                    });
                let offered = account.map(|account| factors(account.first_factors(settings)));
                (offered, Some(verification))
            }
            Stage::NeedsIdentifier | Stage::Abandoned => (None, None),
        };
        Self {
            object: "sign_in_attempt",
            id: &sign_in.id,
            status: sign_in.status_at(viewing.now),
            supported_identifiers: supported_identifiers(&settings.attribute),
            identifier: sign_in.identifier(),
            supported_first_factors: factors,
            supported_second_factors: None,
            first_factor_verification: verification,
            second_factor_verification: None,
            user_data: account
                .filter(|_| !conceals)
                .map(|account| user_data(&account.user, viewing)),
            created_session_id: sign_in.created_session_id(),
            abandon_at: sign_in.abandon_at,
        }
    }
}

fn factors(factors: Vec<Factor>) -> Vec<FactorView> {
    factors
        .into_iter()
        .map(|factor| FactorView {
            strategy: factor.strategy,
            primary: factor.identification_id.is_some().then_some(factor.primary),
            email_address_id: factor.identification_id,
            safe_identifier: factor.safe_identifier,
        })
        .collect()
}

fn user_data<'a>(user: &'a user::Model, viewing: &Viewing<'_>) -> UserData<'a> {
    UserData {
        first_name: user.first_name.as_deref(),
        last_name: user.last_name.as_deref(),
        image_url: viewing.image_url(&user.id),
        profile_image_url: viewing.image_url(&user.id),
        has_image: false,
    }
}
