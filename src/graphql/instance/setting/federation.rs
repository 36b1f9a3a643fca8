//! How gateways see the instance beside other subgraphs.
//!
//! Invariant: what is set here changes the names that gateways use and those alone.

use super::mirror::section;
use domain::settings::federation;

section! {
    /// Settings of the instance as a subgraph of a gateway.
    FederationSettings / FederationSettingsInput of federation::FederationSettings {
        /// What the names of types begin with for gateways, where another subgraph has types of the same names. Empty: nothing.
        type_prefix: String,
    }
}
