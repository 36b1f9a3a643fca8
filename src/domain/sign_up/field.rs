//! The fields that a sign-up collects.
//!
//! Invariant: fields are always listed in the order in which they are declared here.

use crate::settings::attribute::AttributeSettings;

/// A field of a sign-up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    /// The e-mail address.
    EmailAddress,
    /// The username.
    Username,
    /// The first name.
    FirstName,
    /// The last name.
    LastName,
    /// The password.
    Password,
}

impl Field {
    /// Every field, in order.
    pub const ALL: [Self; 5] = [
        Self::EmailAddress,
        Self::Username,
        Self::FirstName,
        Self::LastName,
        Self::Password,
    ];

    /// The word that is sent.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::EmailAddress => "email_address",
            Self::Username => "username",
            Self::FirstName => "first_name",
            Self::LastName => "last_name",
            Self::Password => "password",
        }
    }

    /// Whether people may have it.
    #[must_use]
    pub const fn is_enabled(self, attributes: &AttributeSettings) -> bool {
        match self {
            Self::EmailAddress => attributes.email_address.enabled,
            Self::Username => attributes.username.enabled,
            Self::FirstName => attributes.first_name.enabled,
            Self::LastName => attributes.last_name.enabled,
            Self::Password => attributes.password.enabled,
        }
    }

    /// Whether a sign-up demands it.
    #[must_use]
    pub const fn is_required(self, attributes: &AttributeSettings) -> bool {
        self.is_enabled(attributes)
            && match self {
                Self::EmailAddress => attributes.email_address.required,
                Self::Username => attributes.username.required,
                Self::FirstName => attributes.first_name.required,
                Self::LastName => attributes.last_name.required,
                Self::Password => attributes.password.required,
            }
    }
}

/// The fields that a sign-up demands.
#[must_use]
pub fn required_fields(attributes: &AttributeSettings) -> Vec<Field> {
    Field::ALL
        .into_iter()
        .filter(|field| field.is_required(attributes))
        .collect()
}

/// The fields that a sign-up takes but does not demand.
#[must_use]
pub fn optional_fields(attributes: &AttributeSettings) -> Vec<Field> {
    Field::ALL
        .into_iter()
        .filter(|field| field.is_enabled(attributes) && !field.is_required(attributes))
        .collect()
}
