//! Which proofs somebody is offered at sign-in.
//!
//! Invariant: a code is offered only for an address whose owner has proven it, because whoever reads that mailbox gets
//! into the account.

use crate::{identifier::Identifier, settings::attribute::AttributeSettings};
use entity::{
    id::IdentificationId,
    kind::{IdentificationKind, Strategy},
};

/// A proof on offer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Factor {
    /// How the proof is given.
    pub strategy: Strategy,
    /// The identification that it goes by.
    pub identification_id: Option<IdentificationId>,
    /// What people recognise that identification by: its normalised form, as pages compare it with the identifier.
    pub safe_identifier: Option<String>,
    /// Whether that identification is the user's primary one.
    pub primary: bool,
}

/// An identification of a user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserIdentification {
    /// Its identifier.
    pub id: IdentificationId,
    /// What it is.
    pub kind: IdentificationKind,
    /// The normalised form.
    pub value: String,
    /// Whether its owner has proven it.
    pub is_verified: bool,
    /// Whether it is the primary one of its kind.
    pub is_primary: bool,
}

/// The kinds of identifier that people of an instance sign in with.
#[must_use]
pub fn supported_identifiers(attributes: &AttributeSettings) -> Vec<IdentificationKind> {
    [
        (
            attributes.email_address.is_identifier(),
            IdentificationKind::EmailAddress,
        ),
        (attributes.username.is_identifier(), IdentificationKind::Username),
    ]
    .into_iter()
    .filter_map(|(is_identifier, kind)| is_identifier.then_some(kind))
    .collect()
}

/// The proofs that a user can give: the password, then codes to the addresses, the primary one first.
#[must_use]
pub fn supported_first_factors(
    identifications: &[UserIdentification],
    has_password: bool,
    attributes: &AttributeSettings,
) -> Vec<Factor> {
    let mut factors: Vec<_> = (has_password && attributes.password.enabled)
        .then(password)
        .into_iter()
        .collect();
    if attributes.email_address.proves_by(Strategy::EmailCode) {
        let mut addresses: Vec<_> = identifications
            .iter()
            .filter(|identification| {
                identification.kind == IdentificationKind::EmailAddress && identification.is_verified
            })
            .collect();
        addresses.sort_by_key(|address| !address.is_primary);
        factors.extend(
            addresses
                .into_iter()
                .map(|address| email_code(&address.id, &address.value, address.is_primary)),
        );
    }
    factors
}

/// What is shown where nobody shall learn who has an account: the same for everybody who types such an identifier.
///
/// `identification_id` is the real one or, for nobody, one that names nothing. Whether a proof is really possible is
/// for [`supported_first_factors`] to say, out of sight.
#[must_use]
pub fn concealed_first_factors(
    identifier: &Identifier,
    identification_id: &IdentificationId,
    attributes: &AttributeSettings,
) -> Vec<Factor> {
    let mut factors: Vec<_> = attributes.password.enabled.then(password).into_iter().collect();
    if identifier.kind == IdentificationKind::EmailAddress && attributes.email_address.proves_by(Strategy::EmailCode) {
        factors.push(email_code(identification_id, &identifier.normalised, true));
    }
    factors
}

const fn password() -> Factor {
    Factor {
        strategy: Strategy::Password,
        identification_id: None,
        safe_identifier: None,
        primary: false,
    }
}

fn email_code(id: &IdentificationId, address: &str, primary: bool) -> Factor {
    Factor {
        strategy: Strategy::EmailCode,
        identification_id: Some(id.clone()),
        safe_identifier: Some(address.to_owned()),
        primary,
    }
}

#[cfg(test)]
mod tests;
