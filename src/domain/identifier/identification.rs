//! What an account is known by, of whatever kind: parsed by its kind, then the same to everybody.

use super::{EmailAddress, Username};
use entity::kind::IdentificationKind;

/// Something that an account is known by.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Identification {
    kind: IdentificationKind,
    normalised: String,
    display: String,
}

impl Identification {
    /// What was parsed before and stored as its two forms; it is not held to the rules again.
    #[must_use]
    pub const fn from_stored(kind: IdentificationKind, normalised: String, display: String) -> Self {
        Self {
            kind,
            normalised,
            display,
        }
    }

    /// What it is.
    #[must_use]
    pub const fn kind(&self) -> IdentificationKind {
        self.kind
    }

    /// The normalised form: what is stored, compared, looked up and counted.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.normalised
    }

    /// The original, trimmed: what is shown.
    #[must_use]
    pub fn display(&self) -> &str {
        &self.display
    }

    /// The e-mail address, if it is one.
    #[must_use]
    pub fn email_address(&self) -> Option<EmailAddress> {
        (self.kind == IdentificationKind::EmailAddress)
            .then(|| EmailAddress::from_stored(self.normalised.clone(), self.display.clone()))
    }
}

impl From<EmailAddress> for Identification {
    fn from(address: EmailAddress) -> Self {
        let EmailAddress { normalised, display } = address;
        Self::from_stored(IdentificationKind::EmailAddress, normalised, display)
    }
}

impl From<Username> for Identification {
    fn from(username: Username) -> Self {
        let Username { normalised, display } = username;
        Self::from_stored(IdentificationKind::Username, normalised, display)
    }
}

#[cfg(test)]
mod tests {
    use super::Identification;
    use crate::{
        identifier::{EmailAddress, Username},
        settings::username::UsernameSettings,
    };
    use entity::kind::IdentificationKind;

    #[test]
    fn what_was_parsed_by_its_kind_keeps_kind_and_both_forms() {
        let address = EmailAddress::parse("Ada@Example.com").unwrap();
        let username = Username::parse("Ada_L", &UsernameSettings::default()).unwrap();
        for (given, kind, forms) in [
            (
                Identification::from(address.clone()),
                IdentificationKind::EmailAddress,
                ("ada@example.com", "Ada@Example.com"),
            ),
            (
                Identification::from(username),
                IdentificationKind::Username,
                ("ada_l", "Ada_L"),
            ),
        ] {
            assert_eq!((given.as_str(), given.display()), forms);
            assert_eq!(given.kind(), kind);
            let stored = Identification::from_stored(kind, forms.0.to_owned(), forms.1.to_owned());
            assert_eq!(stored, given);
            let is_address = kind == IdentificationKind::EmailAddress;
            assert_eq!(given.email_address(), is_address.then(|| address.clone()));
        }
    }
}
