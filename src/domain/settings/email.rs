//! From whom e-mail comes.
//!
//! Invariant: neither value can add a header to a message.

use super::problem::Problems;
use crate::identifier::EmailAddress;
use serde::{Deserialize, Serialize};

/// Settings of e-mail. `None` leaves the choice to the server.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EmailSettings {
    /// The sender's name.
    pub from_name: Option<String>,
    /// The sender's address.
    pub from_address: Option<String>,
}

impl EmailSettings {
    pub(super) fn check(&self, problems: &mut Problems) {
        if let Some(name) = &self.from_name {
            problems.readable("email.from_name", name, 100);
        }
        if let Some(address) = &self.from_address {
            let is_address = EmailAddress::parse(address).is_ok_and(|parsed| parsed.display() == address);
            problems.unless(is_address, "email.from_address", "The value must be an e-mail address.");
        }
    }
}
