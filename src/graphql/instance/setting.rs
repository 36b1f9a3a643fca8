//! The parts of the settings that pages see.

use crate::scalar::{Strategy, mirrored};
use async_graphql::{Enum, SimpleObject};
use domain::settings::{attribute, password, path, sign_up, username};

/// Defines an object that shows fields of a section of the settings as they are.
macro_rules! shown {
    ($(#[$doc:meta])* $name:ident of $section:ty { $($(#[$field_doc:meta])* $field:ident: $type:ty,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, SimpleObject)]
        pub struct $name {$(
            $(#[$field_doc])*
            pub $field: $type,
        )+}

        impl From<&$section> for $name {
            fn from(section: &$section) -> Self {
                Self { $($field: section.$field.clone(),)+ }
            }
        }
    };
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

/// What people have and sign in with.
#[derive(Clone, Debug, SimpleObject)]
pub struct AttributeSet {
    /// E-mail address.
    pub email_address: EmailAddressAttribute,
    /// Username.
    pub username: UsernameAttribute,
    /// Given name.
    pub first_name: NameAttribute,
    /// Family name.
    pub last_name: NameAttribute,
    /// Password.
    pub password: PasswordAttribute,
    /// Authenticator app.
    pub authenticator_app: SecondFactorAttribute,
    /// Codes that stand in for another second proof.
    pub backup_code: SecondFactorAttribute,
}

impl From<&attribute::AttributeSettings> for AttributeSet {
    fn from(settings: &attribute::AttributeSettings) -> Self {
        Self {
            email_address: (&settings.email_address).into(),
            username: (&settings.username).into(),
            first_name: (&settings.first_name).into(),
            last_name: (&settings.last_name).into(),
            password: (&settings.password).into(),
            authenticator_app: (&settings.authenticator_app).into(),
            backup_code: (&settings.backup_code).into(),
        }
    }
}

/// Settings of the e-mail address.
#[expect(clippy::struct_excessive_bools, reason = "each switch is a setting of its own")]
#[derive(Clone, Debug, SimpleObject)]
pub struct EmailAddressAttribute {
    /// Whether people may have one.
    pub enabled: bool,
    /// Whether signing up demands one.
    pub required: bool,
    /// Whether people sign in with it.
    pub used_for_first_factor: bool,
    /// How it proves somebody at sign-in.
    pub first_factors: Vec<Strategy>,
    /// How it is verified.
    pub verifications: Vec<Strategy>,
    /// Whether a sign-up is held up until it is verified.
    pub verify_at_sign_up: bool,
}

impl From<&attribute::EmailAddressAttribute> for EmailAddressAttribute {
    fn from(settings: &attribute::EmailAddressAttribute) -> Self {
        Self {
            enabled: settings.enabled,
            required: settings.required,
            used_for_first_factor: settings.used_for_first_factor,
            first_factors: mirrored(&settings.first_factors),
            verifications: mirrored(&settings.verifications),
            verify_at_sign_up: settings.verify_at_sign_up,
        }
    }
}

shown! {
    /// Settings of the username.
    UsernameAttribute of attribute::UsernameAttribute {
        /// Whether people may have one.
        enabled: bool,
        /// Whether signing up demands one.
        required: bool,
        /// Whether people sign in with it.
        used_for_first_factor: bool,
    }
}

shown! {
    /// Settings of a name.
    NameAttribute of attribute::NameAttribute {
        /// Whether people may have one.
        enabled: bool,
        /// Whether signing up demands one.
        required: bool,
    }
}

shown! {
    /// Settings of the password as something that people have.
    PasswordAttribute of attribute::PasswordAttribute {
        /// Whether people may have one.
        enabled: bool,
        /// Whether signing up demands one.
        required: bool,
    }
}

shown! {
    /// Settings of what serves as a second proof at sign-in.
    SecondFactorAttribute of attribute::SecondFactorAttribute {
        /// Whether people may set it up, and are asked for it when they have.
        enabled: bool,
    }
}

shown! {
    /// What a new password must be like.
    PasswordRules of password::PasswordSettings {
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

shown! {
    /// What a new username must be like.
    UsernameRules of username::UsernameSettings {
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

shown! {
    /// Where pages are and where people go after something is done, as absolute URLs: what the settings say, else the pages
    /// of the usual names at the application.
    Paths of path::Pages {
        /// The application's home page.
        home_url: String,
        /// The page for signing in.
        sign_in_url: String,
        /// The page for signing up.
        sign_up_url: String,
        /// The page of one's own profile.
        user_profile_url: String,
        /// Where signing in leads.
        after_sign_in_url: String,
        /// Where signing up leads.
        after_sign_up_url: String,
        /// Where signing out of one of several sessions leads.
        after_sign_out_one_url: String,
        /// Where signing out of all sessions leads.
        after_sign_out_all_url: String,
        /// Where switching sessions leads.
        after_switch_session_url: String,
    }
}
