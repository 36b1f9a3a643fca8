//! What somebody could prove themselves by, and a proof that they are offered.

use crate::identifier::Identifier;
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
    /// What people recognise that identification by: its normalised form, as pages compare it with the identifier, masked for
    /// whoever has typed another one and not signed in yet.
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

/// What somebody could prove themselves by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Enrolled {
    /// What they are named by and reached at.
    pub identifications: Vec<UserIdentification>,
    /// The strategies for which they have a secret.
    pub secrets: Vec<Strategy>,
}

impl Enrolled {
    /// What whoever is named like that usually has: what is shown of everybody where nobody shall learn who has an account.
    #[must_use]
    pub fn usual(identifier: &Identifier, id: &IdentificationId) -> Self {
        Self {
            identifications: vec![UserIdentification {
                id: id.clone(),
                kind: identifier.kind,
                value: identifier.normalised.clone(),
                is_verified: true,
                is_primary: true,
            }],
            secrets: vec![Strategy::Password],
        }
    }

    /// Whether they have a secret of this strategy.
    #[must_use]
    pub fn has(&self, strategy: Strategy) -> bool {
        self.secrets.contains(&strategy)
    }

    /// Their proven identifications of a kind, the primary one first.
    #[must_use]
    pub fn proven(&self, kind: IdentificationKind) -> Vec<&UserIdentification> {
        let mut proven: Vec<_> = self
            .identifications
            .iter()
            .filter(|identification| identification.kind == kind && identification.is_verified)
            .collect();
        proven.sort_by_key(|identification| !identification.is_primary);
        proven
    }
}

impl Factor {
    /// A proof that goes nowhere.
    #[must_use]
    pub const fn of(strategy: Strategy) -> Self {
        Self {
            strategy,
            identification_id: None,
            safe_identifier: None,
            primary: false,
        }
    }

    /// A proof that goes by an identification.
    #[must_use]
    pub fn to(strategy: Strategy, identification: &UserIdentification) -> Self {
        Self {
            strategy,
            identification_id: Some(identification.id.clone()),
            safe_identifier: Some(identification.value.clone()),
            primary: identification.is_primary,
        }
    }
}
