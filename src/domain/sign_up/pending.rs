//! What a sign-up is to be known by as an account, while it is nobody's yet.
//!
//! Invariant: a sign-up has one of each field at most, in the order of the table of fields.

use super::Field;
use crate::{change::Change, identifier::Identification, proof::Challenge};
use entity::id::IdentificationId;

/// An identification that belongs to nobody yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PendingIdentification {
    /// Its identifier, which the user's will have.
    pub id: IdentificationId,
    /// The field that it was given in.
    pub field: Field,
    /// What was given.
    pub given: Identification,
    /// The proof asked for, once somebody asked for it.
    pub verification: Option<Challenge>,
}

/// What a request does to a field that an account is known by: with the identifier that is taken if it is a new one.
pub type IdentificationChange = (Field, Change<(IdentificationId, Identification)>);

impl PendingIdentification {
    /// Whether its person has proven it.
    #[must_use]
    pub fn is_verified(&self) -> bool {
        self.verification.as_ref().is_some_and(Challenge::is_verified)
    }

    /// Whether it is as good as proven: it is, or needs no proof.
    #[must_use]
    pub fn counts_as_verified(&self) -> bool {
        self.is_verified() || !self.is_verifiable()
    }

    fn is_verifiable(&self) -> bool {
        self.field
            .identification()
            .is_some_and(|rules| rules.verification.is_some())
    }

    /// Whether another spelling changes nothing: what is proven is the spelling that was written to.
    fn stays(&self, given: &Identification) -> bool {
        self.given.as_str() == given.as_str() && (self.is_verifiable() || self.given == *given)
    }
}

/// What is pending after these changes.
pub(super) fn changed(
    mut pending: Vec<PendingIdentification>,
    changes: Vec<IdentificationChange>,
) -> Vec<PendingIdentification> {
    for (field, change) in changes {
        let new = match change {
            Change::Keep => continue,
            Change::Clear => None,
            Change::Set((_, given)) if pending.iter().any(|one| one.field == field && one.stays(&given)) => continue,
            Change::Set((id, given)) => Some(PendingIdentification {
                id,
                field,
                given,
                verification: None,
            }),
        };
        pending.retain(|one| one.field != field);
        pending.extend(new);
    }
    pending.sort_by_key(|one| one.field);
    pending
}
