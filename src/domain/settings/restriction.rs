//! Which identifiers may be used to sign up.
//!
//! Invariant: restrictions refuse new identifications only; who has an account keeps it.

use crate::identifier::{EmailAddress, SUBADDRESS_SIGNS};
use serde::{Deserialize, Serialize};

/// Restrictions on identifiers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RestrictionSettings {
    /// Whether only identifiers on the allowlist may sign up.
    pub allowlist_only: bool,
    /// Whether e-mail addresses with a subaddress (`+`, `=` or `#` in the local part) are refused.
    pub block_email_subaddresses: bool,
}

/// Why an identifier may not be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RestrictionRefusal {
    /// It is not on the allowlist.
    NotOnAllowlist,
    /// It has a subaddress.
    HasSubaddress,
}

impl RestrictionSettings {
    /// Whether `address` may be used for something new.
    ///
    /// # Errors
    /// [`RestrictionRefusal`].
    pub fn admit(&self, address: &EmailAddress, is_on_allowlist: bool) -> Result<(), RestrictionRefusal> {
        if self.allowlist_only && !is_on_allowlist {
            return Err(RestrictionRefusal::NotOnAllowlist);
        }
        if self.block_email_subaddresses && address.local_part().contains(SUBADDRESS_SIGNS) {
            return Err(RestrictionRefusal::HasSubaddress);
        }
        Ok(())
    }
}
