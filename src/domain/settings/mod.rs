//! What an instance does, in typed sections, one file each.
//!
//! Not the settings of the process (listen address, database), which are read once at start. Stored as one JSON
//! document; fields that an old document lacks have their defaults, and what a newer one has besides is left alone.
//! Invariant: settings that came out of [`InstanceSettings::patched`] satisfy every rule between fields.

pub mod attack_protection;
pub mod attribute;
pub mod email;
pub mod federation;
pub mod graphql;
pub mod limit;
pub mod organization;
pub mod password;
mod patch;
pub mod path;
mod problem;
pub mod restriction;
mod secure;
pub mod session;
pub mod sign_in;
pub mod sign_up;
mod stored;
pub mod theme;
pub mod username;

pub use problem::SettingProblem;
pub use secure::is_insecure;

use problem::{Problems, web_url};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::Url;

/// All settings of an instance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct InstanceSettings {
    /// The name that people see.
    pub application_name: String,
    /// What people have and sign in with.
    pub attribute: attribute::AttributeSettings,
    /// How signing in goes.
    pub sign_in: sign_in::SignInSettings,
    /// Who may sign up and how.
    pub sign_up: sign_up::SignUpSettings,
    /// What a new password must be like.
    pub password: password::PasswordSettings,
    /// What a new username must be like.
    pub username: username::UsernameSettings,
    /// How long sessions and tokens live.
    pub session: session::SessionSettings,
    /// Which identifiers may be used.
    pub restriction: restriction::RestrictionSettings,
    /// What is done against guessing and probing.
    pub attack_protection: attack_protection::AttackProtectionSettings,
    /// Whether people form organizations.
    pub organization: organization::OrganizationSettings,
    /// Where pages are and where people go.
    pub path: path::PathSettings,
    /// What pages look like.
    pub theme: theme::ThemeSettings,
    /// From whom e-mail comes.
    pub email: email::EmailSettings,
    /// The `iss` of tokens: an absolute URL without a slash at its end. `None`: the instance's origin.
    pub issuer: Option<String>,
    /// Origins besides the instance's own that may act with its cookies: `scheme://host[:port]`.
    pub allowed_origins: Vec<String>,
    /// How many requests are let through.
    pub limit: limit::LimitSettings,
    /// What is taken over GraphQL.
    pub graphql: self::graphql::GraphqlSettings,
    /// How gateways see the instance beside other subgraphs.
    pub federation: federation::FederationSettings,
}

impl Default for InstanceSettings {
    fn default() -> Self {
        Self {
            application_name: "My application".to_owned(),
            attribute: attribute::AttributeSettings::default(),
            sign_in: sign_in::SignInSettings::default(),
            sign_up: sign_up::SignUpSettings::default(),
            password: password::PasswordSettings::default(),
            username: username::UsernameSettings::default(),
            session: session::SessionSettings::default(),
            restriction: restriction::RestrictionSettings::default(),
            attack_protection: attack_protection::AttackProtectionSettings::default(),
            organization: organization::OrganizationSettings::default(),
            path: path::PathSettings::default(),
            theme: theme::ThemeSettings::default(),
            email: email::EmailSettings::default(),
            issuer: None,
            allowed_origins: Vec::new(),
            limit: limit::LimitSettings::default(),
            graphql: self::graphql::GraphqlSettings::default(),
            federation: federation::FederationSettings::default(),
        }
    }
}

impl InstanceSettings {
    /// These settings with a patch of RFC 7396 applied: absent keeps, `null` goes back to the default.
    ///
    /// # Errors
    /// Every problem at once: keys that are no setting, values of a wrong type, and broken rules between fields.
    pub fn patched(&self, patch: &Value) -> Result<Self, Vec<SettingProblem>> {
        let mut problems = Problems::default();
        let settings = patch::apply(self, patch, &mut problems);
        settings.check(&mut problems);
        if problems.0.is_empty() {
            Ok(settings)
        } else {
            Err(problems.0)
        }
    }

    /// Every rule between fields that these settings break; none for settings that were ever accepted.
    #[must_use]
    pub fn problems(&self) -> Vec<SettingProblem> {
        let mut problems = Problems::default();
        self.check(&mut problems);
        problems.0
    }

    /// Whether the settings list this origin, spelled as browsers send it.
    #[must_use]
    pub fn allows(&self, origin: &str) -> bool {
        self.allowed_origins.iter().any(|allowed| allowed == origin)
    }

    fn check(&self, problems: &mut Problems) {
        problems.readable("application_name", &self.application_name, 100);
        self.attribute.check(problems);
        self.password.check(problems);
        self.username.check(problems);
        self.session.check(problems);
        self.attack_protection.check(problems);
        self.path.check(problems);
        self.theme.check(problems);
        self.email.check(problems);
        self.limit.check(problems);
        self.federation.check(problems);
        if let Some(issuer) = &self.issuer {
            problems.unless(
                is_issuer(issuer),
                "issuer",
                "The value must be an absolute URL by http or https, without query, fragment or slash at its end.",
            );
        }
        for origin in &self.allowed_origins {
            if let Err(nearest) = check_origin(origin) {
                problems.add_with_nearest(
                    "allowed_origins",
                    format!("An origin is a scheme, a host and perhaps a port, and {origin:?} is none."),
                    nearest,
                );
            }
        }
    }
}

fn is_issuer(text: &str) -> bool {
    !text.ends_with('/') && web_url(text).is_some_and(|url| url.query().is_none() && url.fragment().is_none())
}

/// Whether `text` is an origin just as a browser would send it; the error is the canonical spelling, if there is one.
fn check_origin(text: &str) -> Result<(), Option<String>> {
    let canonical = Url::parse(text).ok().and_then(|url| {
        let host = url.host_str().filter(|host| !host.is_empty() && !host.contains('*'))?;
        let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
        Some(format!("{}://{host}{port}", url.scheme()))
    });
    if canonical.as_deref() == Some(text) {
        Ok(())
    } else {
        Err(canonical)
    }
}

#[cfg(test)]
mod tests;
