//! A sign-up as it is sent.
//!
//! Invariant: `next_action` says what the person has to do now, so a code that is spent or expired asks for a new one.

use super::VerificationView;
use domain::sign_up::Field;
use entity::{
    UnixMilliseconds,
    id::{SessionId, SignUpId, UserId},
    kind::{SignUpStatus, Strategy},
};
use serde::Serialize;
use serde_json::{Map, Value};
use service::sign_up::{SignUpState, SignUpVerificationState};

/// A sign-up.
#[derive(Clone, Debug, Serialize)]
pub struct SignUpView<'a> {
    object: &'static str,
    id: &'a SignUpId,
    status: SignUpStatus,
    required_fields: Vec<&'static str>,
    optional_fields: Vec<&'static str>,
    missing_fields: Vec<&'static str>,
    unverified_fields: Vec<&'static str>,
    supported_external_accounts: [&'static str; 0],
    verifications: Verifications<'a>,
    username: Option<&'a str>,
    email_address: Option<&'a str>,
    phone_number: Option<&'a str>,
    web3_wallet: Option<&'a str>,
    first_name: Option<&'a str>,
    last_name: Option<&'a str>,
    // The same fact under two names: documents say one, SDKs read the other.
    password_enabled: bool,
    has_password: bool,
    unsafe_metadata: &'a Map<String, Value>,
    public_metadata: Map<String, Value>,
    custom_action: bool,
    external_id: Option<&'a str>,
    external_account: Option<&'a str>,
    legal_accepted_at: Option<UnixMilliseconds>,
    locale: Option<&'a str>,
    created_session_id: Option<&'a SessionId>,
    created_user_id: Option<&'a UserId>,
    abandon_at: UnixMilliseconds,
}

/// What is being proven.
#[derive(Clone, Debug, Serialize)]
struct Verifications<'a> {
    email_address: Option<SignUpVerification<'a>>,
    phone_number: Option<SignUpVerification<'a>>,
    web3_wallet: Option<SignUpVerification<'a>>,
    external_account: Option<SignUpVerification<'a>>,
}

/// A proof with what is to be done about it.
#[derive(Clone, Debug, Serialize)]
struct SignUpVerification<'a> {
    #[serde(flatten)]
    verification: VerificationView,
    next_action: &'static str,
    supported_strategies: &'a [Strategy],
}

impl<'a> SignUpView<'a> {
    /// A sign-up as it stands now.
    #[must_use]
    pub fn of(sign_up: &'a SignUpState) -> Self {
        Self {
            object: "sign_up_attempt",
            id: &sign_up.id,
            status: sign_up.status,
            required_fields: names(&sign_up.required_fields),
            optional_fields: names(&sign_up.optional_fields),
            missing_fields: names(&sign_up.missing_fields),
            unverified_fields: names(&sign_up.unverified_fields),
            supported_external_accounts: [],
            verifications: Verifications {
                email_address: sign_up.verification(Field::EmailAddress).map(verification),
                phone_number: None,
                web3_wallet: None,
                external_account: None,
            },
            username: sign_up.known_by(Field::Username),
            email_address: sign_up.known_by(Field::EmailAddress),
            phone_number: None,
            web3_wallet: None,
            first_name: sign_up.first_name.as_deref(),
            last_name: sign_up.last_name.as_deref(),
            password_enabled: sign_up.has_password,
            has_password: sign_up.has_password,
            unsafe_metadata: &sign_up.unsafe_metadata,
            public_metadata: Map::new(),
            custom_action: false,
            external_id: None,
            external_account: None,
            legal_accepted_at: None,
            locale: None,
            created_session_id: sign_up.created_session_id.as_ref(),
            created_user_id: sign_up.created_user_id.as_ref(),
            abandon_at: sign_up.abandon_at,
        }
    }
}

fn names(fields: &[Field]) -> Vec<&'static str> {
    fields.iter().map(|field| field.as_str()).collect()
}

fn verification(state: &SignUpVerificationState) -> SignUpVerification<'_> {
    SignUpVerification {
        verification: state.verification.into(),
        next_action: state.verification.next_action.as_str(),
        supported_strategies: &state.supported_strategies,
    }
}
