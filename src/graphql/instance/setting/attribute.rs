//! What people have and sign in with.
//!
//! Invariant: pages see all of this, since it says which fields their forms have.

use super::mirror::{section, words};
use crate::{list::Items, scalar::Strategy};
use domain::settings::attribute;

words! {
    Strategy => entity::kind::Strategy,
}

section! {
    /// What people have and sign in with.
    pub AttributeSet / AttributeSetInput of attribute::AttributeSettings {
        /// E-mail address.
        email_address: EmailAddressAttribute,
        /// Username.
        username: UsernameAttribute,
        /// Given name.
        first_name: NameAttribute,
        /// Family name.
        last_name: NameAttribute,
        /// Password.
        password: PasswordAttribute,
        /// Authenticator app.
        authenticator_app: SecondFactorAttribute,
        /// Codes that stand in for another second proof.
        backup_code: SecondFactorAttribute,
    }
}

section! {
    /// Settings of the e-mail address.
    pub EmailAddressAttribute / EmailAddressAttributeInput of attribute::EmailAddressAttribute {
        /// Whether people may have one.
        enabled: bool,
        /// Whether signing up demands one.
        required: bool,
        /// Whether people sign in with it.
        used_for_first_factor: bool,
        /// How it proves somebody at sign-in.
        first_factors: Items<Strategy>,
        /// How it is verified.
        verifications: Items<Strategy>,
        /// Whether a sign-up is held up until it is verified.
        verify_at_sign_up: bool,
    }
}

section! {
    /// Settings of the username.
    pub UsernameAttribute / UsernameAttributeInput of attribute::UsernameAttribute {
        /// Whether people may have one.
        enabled: bool,
        /// Whether signing up demands one.
        required: bool,
        /// Whether people sign in with it.
        used_for_first_factor: bool,
    }
}

section! {
    /// Settings of a name.
    pub NameAttribute / NameAttributeInput of attribute::NameAttribute {
        /// Whether people may have one.
        enabled: bool,
        /// Whether signing up demands one.
        required: bool,
    }
}

section! {
    /// Settings of the password as something that people have.
    pub PasswordAttribute / PasswordAttributeInput of attribute::PasswordAttribute {
        /// Whether people may have one.
        enabled: bool,
        /// Whether signing up demands one.
        required: bool,
    }
}

section! {
    /// Settings of what serves as a second proof at sign-in.
    pub SecondFactorAttribute / SecondFactorAttributeInput of attribute::SecondFactorAttribute {
        /// Whether people may set it up, and are asked for it when they have.
        enabled: bool,
    }
}
