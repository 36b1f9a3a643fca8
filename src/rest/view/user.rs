//! A user as the person sees it, and what others see of it.
//!
//! Invariant: private metadata and the password's digest are never shown.

use super::{VerificationView, Viewing};
use entity::{
    UnixMilliseconds,
    id::{IdentificationId, UserId},
    kind::IdentificationKind,
};
use serde::Serialize;
use serde_json::Value;
use service::{
    user::{IdentificationState, UserState},
    verification::VerificationState,
};

/// Resources that nobody has yet. The list must be there all the same: old SDKs stop when it is not.
type Nothing = [Value; 0];

/// A user.
#[expect(clippy::struct_excessive_bools, reason = "each is a field of its own on the wire")]
#[derive(Clone, Debug, Serialize)]
pub struct UserView<'a> {
    object: &'static str,
    id: &'a UserId,
    external_id: Option<&'a str>,
    username: Option<&'a str>,
    first_name: Option<&'a str>,
    last_name: Option<&'a str>,
    image_url: String,
    profile_image_url: String,
    profile_image_id: Option<&'a str>,
    has_image: bool,
    primary_email_address_id: Option<&'a IdentificationId>,
    primary_phone_number_id: Option<&'a IdentificationId>,
    primary_web3_wallet_id: Option<&'a IdentificationId>,
    email_addresses: Vec<EmailAddressView<'a>>,
    phone_numbers: Nothing,
    web3_wallets: Nothing,
    passkeys: Nothing,
    external_accounts: Nothing,
    saml_accounts: Nothing,
    enterprise_accounts: Nothing,
    organization_memberships: Nothing,
    password_enabled: bool,
    two_factor_enabled: bool,
    totp_enabled: bool,
    backup_code_enabled: bool,
    banned: bool,
    locked: bool,
    deprovisioned: bool,
    delete_self_enabled: bool,
    create_organization_enabled: bool,
    lockout_expires_in_seconds: Option<i64>,
    verification_attempts_remaining: Option<u32>,
    public_metadata: &'a Value,
    unsafe_metadata: &'a Value,
    password_last_updated_at: Option<UnixMilliseconds>,
    mfa_enabled_at: Option<UnixMilliseconds>,
    mfa_disabled_at: Option<UnixMilliseconds>,
    legal_accepted_at: Option<UnixMilliseconds>,
    last_sign_in_at: Option<UnixMilliseconds>,
    last_active_at: Option<UnixMilliseconds>,
    created_at: UnixMilliseconds,
    updated_at: UnixMilliseconds,
}

/// An e-mail address of a user.
#[derive(Clone, Debug, Serialize)]
struct EmailAddressView<'a> {
    object: &'static str,
    id: &'a IdentificationId,
    email_address: &'a str,
    reserved: bool,
    verification: Option<VerificationView>,
    linked_to: Nothing,
    matches_sso_connection: bool,
    created_at: UnixMilliseconds,
    updated_at: UnixMilliseconds,
}

/// What others see of a user.
#[derive(Clone, Debug, Serialize)]
pub struct PublicUserData<'a> {
    first_name: Option<&'a str>,
    last_name: Option<&'a str>,
    image_url: String,
    profile_image_url: String,
    has_image: bool,
    identifier: &'a str,
    user_id: &'a UserId,
    username: Option<&'a str>,
    banned: bool,
}

impl<'a> UserView<'a> {
    /// A user as it stands now.
    #[must_use]
    pub fn of(user: &'a UserState, viewing: &Viewing<'_>) -> Self {
        let row = &user.row;
        Self {
            object: "user",
            id: &row.id,
            external_id: row.external_id.as_deref(),
            username: user.username(),
            first_name: row.first_name.as_deref(),
            last_name: row.last_name.as_deref(),
            image_url: viewing.image_url(&row.id),
            profile_image_url: viewing.image_url(&row.id),
            profile_image_id: None,
            has_image: false,
            primary_email_address_id: row.primary_email_address_id.as_ref(),
            primary_phone_number_id: None,
            primary_web3_wallet_id: None,
            email_addresses: user
                .of_kind(IdentificationKind::EmailAddress)
                .map(|address| EmailAddressView::of(address, viewing.now))
                .collect(),
            phone_numbers: [],
            web3_wallets: [],
            passkeys: [],
            external_accounts: [],
            saml_accounts: [],
            enterprise_accounts: [],
            organization_memberships: [],
            password_enabled: row.password_digest.is_some(),
            two_factor_enabled: row.mfa_enabled_at.is_some(),
            totp_enabled: row.totp_enabled_at.is_some(),
            backup_code_enabled: row.backup_code_enabled_at.is_some(),
            banned: row.banned,
            locked: user.lockout_expires_in_seconds.is_some(),
            deprovisioned: false,
            delete_self_enabled: false,
            create_organization_enabled: false,
            lockout_expires_in_seconds: user.lockout_expires_in_seconds,
            verification_attempts_remaining: user.verification_attempts_remaining,
            public_metadata: &row.public_metadata,
            unsafe_metadata: &row.unsafe_metadata,
            password_last_updated_at: row.password_updated_at,
            mfa_enabled_at: row.mfa_enabled_at,
            mfa_disabled_at: row.mfa_disabled_at,
            legal_accepted_at: None,
            last_sign_in_at: row.last_sign_in_at,
            last_active_at: row.last_active_at,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

impl<'a> EmailAddressView<'a> {
    fn of(address: &'a IdentificationState, now: UnixMilliseconds) -> Self {
        Self {
            object: "email_address",
            id: &address.row.id,
            email_address: &address.row.display,
            reserved: false,
            verification: address
                .verification
                .as_ref()
                .map(|challenge| VerificationState::of(challenge, now).into()),
            linked_to: [],
            matches_sso_connection: false,
            created_at: address.row.created_at,
            updated_at: address.row.updated_at,
        }
    }
}

impl<'a> PublicUserData<'a> {
    /// What others see of a user.
    #[must_use]
    pub fn of(user: &'a UserState, viewing: &Viewing<'_>) -> Self {
        let row = &user.row;
        Self {
            first_name: row.first_name.as_deref(),
            last_name: row.last_name.as_deref(),
            image_url: viewing.image_url(&row.id),
            profile_image_url: viewing.image_url(&row.id),
            has_image: false,
            identifier: user.identifier().unwrap_or_default(),
            user_id: &row.id,
            username: user.username(),
            banned: row.banned,
        }
    }
}
