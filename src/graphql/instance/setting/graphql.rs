//! What is taken over GraphQL.
//!
//! Invariant: whoever holds a secret key is not bound by any of it.

use super::mirror::section;
use domain::settings::graphql;

section! {
    /// What is taken over GraphQL, from everybody who holds no secret key.
    GraphqlSettings / GraphqlSettingsInput of graphql::GraphqlSettings {
        /// Whether a caller names one of the instance's trusted documents instead of sending one.
        documents_only: bool,
    }
}
