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
use service::user::{IdentificationState, UserState};

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
        Self {
            object: "user",
            id: user.id(),
            external_id: user.external_id(),
            username: user.username(),
            first_name: user.first_name(),
            last_name: user.last_name(),
            image_url: viewing.image_url(user.id()),
            profile_image_url: viewing.image_url(user.id()),
            profile_image_id: None,
            has_image: false,
            primary_email_address_id: user.primary_email_address_id(),
            primary_phone_number_id: None,
            primary_web3_wallet_id: None,
            email_addresses: user
                .identifications_of(IdentificationKind::EmailAddress)
                .map(EmailAddressView::from)
                .collect(),
            phone_numbers: [],
            web3_wallets: [],
            passkeys: [],
            external_accounts: [],
            saml_accounts: [],
            enterprise_accounts: [],
            organization_memberships: [],
            password_enabled: user.has_password(),
            two_factor_enabled: user.two_factor_enabled(),
            totp_enabled: user.totp_enabled(),
            backup_code_enabled: user.backup_code_enabled(),
            banned: user.is_banned(),
            locked: user.is_locked(),
            deprovisioned: false,
            delete_self_enabled: false,
            create_organization_enabled: false,
            lockout_expires_in_seconds: user.lockout_expires_in_seconds,
            verification_attempts_remaining: user.verification_attempts_remaining,
            public_metadata: user.public_metadata(),
            unsafe_metadata: user.unsafe_metadata(),
            password_last_updated_at: user.password_updated_at(),
            mfa_enabled_at: user.mfa_enabled_at(),
            mfa_disabled_at: user.mfa_disabled_at(),
            legal_accepted_at: None,
            last_sign_in_at: user.last_sign_in_at(),
            last_active_at: user.last_active_at(),
            created_at: user.created_at(),
            updated_at: user.updated_at(),
        }
    }
}

impl<'a> From<IdentificationState<'a>> for EmailAddressView<'a> {
    fn from(address: IdentificationState<'a>) -> Self {
        Self {
            object: "email_address",
            id: address.id,
            email_address: address.display,
            reserved: false,
            verification: address.verification.map(VerificationView::from),
            linked_to: [],
            matches_sso_connection: false,
            created_at: address.created_at,
            updated_at: address.updated_at,
        }
    }
}

impl<'a> PublicUserData<'a> {
    /// What others see of a user.
    #[must_use]
    pub fn of(user: &'a UserState, viewing: &Viewing<'_>) -> Self {
        Self {
            first_name: user.first_name(),
            last_name: user.last_name(),
            image_url: viewing.image_url(user.id()),
            profile_image_url: viewing.image_url(user.id()),
            has_image: false,
            identifier: user.identifier().unwrap_or_default(),
            user_id: user.id(),
            username: user.username(),
            banned: user.is_banned(),
        }
    }
}
