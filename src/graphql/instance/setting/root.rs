//! All sections together. They are flattened into what has them, so that they are no type of the schema.
//!
//! Invariant: a section is called as in the stored document.

use super::{
    attribute::AttributeSet,
    federation::FederationSettings,
    graphql::GraphqlSettings,
    identity::{
        OrganizationSettings, PasswordRules, RestrictionSettings, SignInSettings, SignUpSettings, UsernameRules,
    },
    mirror::section,
    page::{EmailSettings, PathSettings},
    protection::{AttackProtectionSettings, LimitSettings},
    session::SessionSettings,
    theme::ThemeSettings,
};
use crate::{list::Items, scalar::Text};
use domain::settings;

section! {
    /// All settings of an instance.
    Sections / SectionsInput of settings::InstanceSettings {
        /// The name that people see.
        application_name: String,
        /// What people have and sign in with.
        attribute: AttributeSet,
        /// How signing in goes.
        sign_in: SignInSettings,
        /// Who may sign up and how.
        sign_up: SignUpSettings,
        /// What a new password must be like.
        password: PasswordRules,
        /// What a new username must be like.
        username: UsernameRules,
        /// How long sessions and tokens live.
        session: SessionSettings,
        /// Which identifiers may be used.
        restriction: RestrictionSettings,
        /// What is done against guessing and probing.
        attack_protection: AttackProtectionSettings,
        /// Whether people form organizations.
        organization: OrganizationSettings,
        /// Where pages are and where people go.
        path: PathSettings,
        /// What pages look like.
        theme: ThemeSettings,
        /// From whom e-mail comes.
        email: EmailSettings,
        /// The `iss` of tokens: an absolute URL without a slash at its end. Null: the instance's origin.
        issuer: Option<Text>,
        /// Origins besides the instance's own that may act with its cookies: `scheme://host[:port]`.
        allowed_origins: Items<String>,
        /// How many requests are let through.
        limit: LimitSettings,
        /// What is taken over GraphQL.
        graphql: GraphqlSettings,
        /// How gateways see the instance beside other subgraphs.
        federation: FederationSettings,
    }
}
