//! The table of the fields that a sign-up collects. What a sign-up does with a field, it finds out here.
//!
//! A field that an account is known by has rules of an identification; that is all there is to say about one. Invariant:
//! fields are always listed in the order in which they are declared here.

use crate::{
    identifier::{EmailAddress, EmailAddressRejection, Identification, Username, UsernameRejection},
    settings::{InstanceSettings, attribute::AttributeSettings},
};
use entity::kind::{IdentificationKind, Strategy};

/// What a field is like.
#[derive(Debug)]
struct FieldRules {
    /// The word that is sent.
    word: &'static str,
    /// Whether people may have it, and whether signing up demands it.
    attribute: fn(&AttributeSettings) -> (bool, bool),
    /// What an account is known by afterwards; nothing for what only describes or proves its person.
    identification: Option<IdentificationRules>,
    /// What its person can prove themselves by from then on; nothing for what is no secret.
    secret_of: Option<Strategy>,
}

/// What a field is like that an account is known by.
#[derive(Debug)]
pub struct IdentificationRules {
    /// What it becomes.
    pub kind: IdentificationKind,
    /// Whether people sign in with it.
    pub is_identifier: fn(&AttributeSettings) -> bool,
    /// Reads what a person typed for something new.
    pub read: fn(&str, &InstanceSettings) -> Result<Identification, FieldRejection>,
    /// Whether it may be used at all. Asked again at each step, and before a proof of it is looked at.
    pub is_admitted: fn(&Identification, &InstanceSettings) -> bool,
    /// Whether the present rules would take what was read by earlier ones. Asked when a sign-up is to be completed.
    pub check: fn(&Identification, &InstanceSettings) -> Result<(), FieldRejection>,
    /// How it is proven; nothing for what needs no proof.
    pub verification: Option<for<'a> fn(&'a AttributeSettings) -> FieldVerification<'a>>,
}

/// How a field is proven.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FieldVerification<'a> {
    /// By which strategies.
    pub strategies: &'a [Strategy],
    /// Whether a sign-up is held up until it is.
    pub is_demanded: bool,
}

/// Why a text is none of its field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldRejection {
    /// It is no e-mail address.
    EmailAddress(EmailAddressRejection),
    /// It is no username of the instance.
    Username(UsernameRejection),
}

macro_rules! fields {
    ($($(#[$doc:meta])* $variant:ident = $rules:expr;)+) => {
        /// A field of a sign-up.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Field {
            $($(#[$doc])* $variant,)+
        }

        impl Field {
            /// Every field, in order.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            const fn rules(self) -> &'static FieldRules {
                match self { $(Self::$variant => const { &$rules },)+ }
            }
        }
    };
}

fields! {
    /// The e-mail address.
    EmailAddress = FieldRules {
        word: "email_address",
        attribute: |attributes| (attributes.email_address.enabled, attributes.email_address.required),
        identification: Some(IdentificationRules {
            kind: IdentificationKind::EmailAddress,
            is_identifier: |attributes| attributes.email_address.is_identifier(),
            read: |text, _| {
                let address = EmailAddress::parse(text).map_err(FieldRejection::EmailAddress)?;
                Ok(address.into())
            },
            is_admitted: |given, settings| {
                let address = given.email_address();
                address.is_some_and(|address| settings.restriction.admit(&address, false).is_ok())
            },
            // An address that was taken once is one, whatever is taken since.
            check: |_, _| Ok(()),
            verification: Some(|attributes| FieldVerification {
                strategies: &attributes.email_address.verifications,
                is_demanded: attributes.email_address.verify_at_sign_up,
            }),
        }),
        secret_of: None,
    };
    /// The username.
    Username = FieldRules {
        word: "username",
        attribute: |attributes| (attributes.username.enabled, attributes.username.required),
        identification: Some(IdentificationRules {
            kind: IdentificationKind::Username,
            is_identifier: |attributes| attributes.username.is_identifier(),
            read: |text, settings| {
                let username = Username::parse(text, &settings.username).map_err(FieldRejection::Username)?;
                Ok(username.into())
            },
            is_admitted: |_, _| true,
            check: |given, settings| {
                let username = Username::parse(given.display(), &settings.username);
                username.map(drop).map_err(FieldRejection::Username)
            },
            verification: None,
        }),
        secret_of: None,
    };
    /// The first name.
    FirstName = FieldRules {
        word: "first_name",
        attribute: |attributes| (attributes.first_name.enabled, attributes.first_name.required),
        identification: None,
        secret_of: None,
    };
    /// The last name.
    LastName = FieldRules {
        word: "last_name",
        attribute: |attributes| (attributes.last_name.enabled, attributes.last_name.required),
        identification: None,
        secret_of: None,
    };
    /// The password.
    Password = FieldRules {
        word: "password",
        attribute: |attributes| (attributes.password.enabled, attributes.password.required),
        identification: None,
        secret_of: Some(Strategy::Password),
    };
}

impl Field {
    /// The word that is sent.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.rules().word
    }

    /// Whether people may have it.
    #[must_use]
    pub fn is_enabled(self, attributes: &AttributeSettings) -> bool {
        (self.rules().attribute)(attributes).0
    }

    /// Whether a sign-up demands it.
    #[must_use]
    pub fn is_required(self, attributes: &AttributeSettings) -> bool {
        (self.rules().attribute)(attributes) == (true, true)
    }

    /// Its rules, if an account is known by it.
    #[must_use]
    pub const fn identification(self) -> Option<&'static IdentificationRules> {
        self.rules().identification.as_ref()
    }

    /// The strategy that it is the secret of, if it is one.
    #[must_use]
    pub const fn secret_of(self) -> Option<Strategy> {
        self.rules().secret_of
    }

    /// How it is proven; nothing for what needs no proof.
    #[must_use]
    pub fn verification(self, attributes: &AttributeSettings) -> Option<FieldVerification<'_>> {
        let verification = self.identification()?.verification?;
        Some(verification(attributes))
    }

    /// The fields that accounts are known by, in order.
    pub fn identifying() -> impl Iterator<Item = (Self, &'static IdentificationRules)> {
        let rules = |field: &Self| field.identification().map(|rules| (*field, rules));
        Self::ALL.iter().filter_map(rules)
    }

    /// The field that becomes an identification of this kind.
    #[must_use]
    pub fn of(kind: IdentificationKind) -> Option<Self> {
        Self::identifying()
            .find(|(_, rules)| rules.kind == kind)
            .map(|(field, _)| field)
    }
}

/// The fields that a sign-up demands.
#[must_use]
pub fn required_fields(attributes: &AttributeSettings) -> Vec<Field> {
    let is_required = |field: &Field| field.is_required(attributes);
    Field::ALL.iter().copied().filter(is_required).collect()
}

/// The fields that a sign-up takes but does not demand.
#[must_use]
pub fn optional_fields(attributes: &AttributeSettings) -> Vec<Field> {
    let is_optional = |field: &Field| field.is_enabled(attributes) && !field.is_required(attributes);
    Field::ALL.iter().copied().filter(is_optional).collect()
}

/// The strategies that some field of a sign-up is proven by.
#[must_use]
pub fn proving(attributes: &AttributeSettings) -> Vec<Strategy> {
    Field::identifying()
        .filter(|(field, _)| field.is_enabled(attributes))
        .filter_map(|(field, _)| field.verification(attributes))
        .flat_map(|verification| verification.strategies.iter().copied())
        .collect()
}
