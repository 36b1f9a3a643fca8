//! What is taken over GraphQL.
//!
//! Invariant: whoever holds a secret key is not bound by any of it, so that no setting locks the application out.

use serde::{Deserialize, Serialize};

/// Settings of GraphQL.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GraphqlSettings {
    /// Whether callers without a secret key name a trusted document instead of sending one of their own.
    pub documents_only: bool,
}
