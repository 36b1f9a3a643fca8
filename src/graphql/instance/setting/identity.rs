//! How signing in and up goes, and what passwords, usernames and addresses must be like.
//!
//! Invariant: rules concern what is new; who has an account keeps what they have.

use super::mirror::{section, words};
use async_graphql::Enum;
use domain::settings::{organization, password, restriction, sign_in, sign_up, username};

/// A kind of first factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "sign_in::PreferredStrategy", visible = "crate::context::is_secret_key")]
pub enum PreferredStrategy {
    /// The password.
    Password,
    /// A one-time code.
    Otp,
}

/// Who may sign up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "sign_up::SignUpMode")]
pub enum SignUpMode {
    /// Everybody.
    Public,
    /// Nobody without an invitation.
    Restricted,
}

words! {
    PreferredStrategy => sign_in::PreferredStrategy,
    SignUpMode => sign_up::SignUpMode,
}

section! {
    /// Settings of signing in.
    SignInSettings / SignInSettingsInput of sign_in::SignInSettings {
        /// Which first factor pages offer first where somebody has several.
        preferred_strategy: PreferredStrategy,
    }
}

section! {
    /// Settings of signing up.
    SignUpSettings / SignUpSettingsInput of sign_up::SignUpSettings {
        /// Whether sign-up forms show every enabled field and collect them in several steps.
        progressive: bool,
        /// Who may sign up.
        mode: SignUpMode,
    }
}

section! {
    /// What a new password must be like.
    pub PasswordRules / PasswordRulesInput of password::PasswordSettings {
        /// The fewest characters.
        min_length: u32,
        /// The most characters.
        max_length: u32,
        /// Whether a character that is neither letter nor digit is needed.
        require_special_char: bool,
        /// Whether a digit is needed.
        require_numbers: bool,
        /// Whether an upper-case letter is needed.
        require_uppercase: bool,
        /// Whether a lower-case letter is needed.
        require_lowercase: bool,
        /// Whether pages show the strength while somebody types.
        show_zxcvbn: bool,
        /// The lowest zxcvbn score that is accepted, from 0 (anything) to 4.
        min_zxcvbn_strength: u32,
        /// Whether passwords are refused that everybody uses, or that are made of known names and addresses.
        refuse_guessable: bool,
    }
}

section! {
    /// What a new username must be like.
    pub UsernameRules / UsernameRulesInput of username::UsernameSettings {
        /// The fewest characters.
        min_length: u32,
        /// The most characters.
        max_length: u32,
        /// Whether characters besides letters, digits, `_` and `-` may occur.
        allow_extended_special_characters: bool,
        /// Whether a username may consist of digits alone.
        allow_numeric_usernames: bool,
    }
}

section! {
    /// Which identifiers may be used to sign up.
    RestrictionSettings / RestrictionSettingsInput of restriction::RestrictionSettings {
        /// Whether only identifiers on the allowlist may sign up.
        allowlist_only: bool,
        /// Whether e-mail addresses with a subaddress (`+`, `=` or `#` in the local part) are refused.
        block_email_subaddresses: bool,
    }
}

section! {
    /// Settings of organizations.
    OrganizationSettings / OrganizationSettingsInput of organization::OrganizationSettings {
        /// Whether there are organizations.
        enabled: bool,
        /// The most memberships that an organization may have; 0 for no limit.
        max_allowed_memberships: u32,
    }
}
