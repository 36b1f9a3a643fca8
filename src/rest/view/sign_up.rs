//! A sign-up as it is sent.
//!
//! Invariant: a verification is there only once a code was asked for, and its `next_action` says what the person has to do
//! now, so a code that is spent or expired asks for a new one.

use super::{VerificationView, Viewing};
use domain::{
    identifier::{EmailAddress, Username},
    sign_up::{Field, PendingEmail, SignUp, optional_fields, required_fields},
};
use entity::{
    UnixMilliseconds,
    id::{SessionId, SignUpId, UserId},
    kind::{SignUpStatus, Strategy},
};
use serde::Serialize;
use serde_json::{Map, Value};

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
    pub fn of(sign_up: &'a SignUp, viewing: &Viewing<'a>) -> Self {
        let attributes = &viewing.instance.settings.attribute;
        let strategies = &attributes.email_address.verifications;
        let email = sign_up.email_address.as_ref();
        Self {
            object: "sign_up_attempt",
            id: &sign_up.id,
            status: sign_up.status_at(viewing.now),
            required_fields: names(required_fields(attributes)),
            optional_fields: names(optional_fields(attributes)),
            missing_fields: names(sign_up.missing_fields(attributes)),
            unverified_fields: names(sign_up.unverified_fields(attributes)),
            supported_external_accounts: [],
            verifications: Verifications {
                email_address: email.and_then(|email| verification(email, strategies, viewing.now)),
                phone_number: None,
                web3_wallet: None,
                external_account: None,
            },
            username: sign_up.username.as_ref().map(Username::display),
            email_address: email.map(|email| EmailAddress::display(&email.address)),
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
            created_session_id: sign_up.created_session_id(),
            created_user_id: sign_up.created_user_id(),
            abandon_at: sign_up.abandon_at,
        }
    }
}

fn names(fields: Vec<Field>) -> Vec<&'static str> {
    fields.into_iter().map(Field::as_str).collect()
}

/// The proof of an address; nothing until a code was asked for, since components take what is there for sent.
fn verification<'a>(
    email: &PendingEmail,
    supported_strategies: &'a [Strategy],
    now: UnixMilliseconds,
) -> Option<SignUpVerification<'a>> {
    let verification = email.verification.as_ref()?;
    Some(SignUpVerification {
        verification: VerificationView::of(verification, now),
        next_action: verification.next_action(now).as_str(),
        supported_strategies,
    })
}
