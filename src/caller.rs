//! Who calls, for which instance, with which settings, from where. Built once per request, the same for both faces.

use crate::domain::{permission::Actor, settings::InstanceSettings};
use entity::{
    id::{DevBrowserId, InstanceId, SessionId, UserId},
    kind::InstanceEnvironment,
};
use std::{
    net::IpAddr,
    sync::{Arc, OnceLock},
};

// A part of an instance, which services make without knowing the configuration.
pub use crate::config::authority::Authority;

/// An instance as every request needs it. Immutable; a change of settings makes a new one.
#[derive(Clone, Debug)]
pub struct Instance {
    /// The instance.
    pub id: InstanceId,
    /// The application's name, for people.
    pub application_name: String,
    /// Unique short name.
    pub slug: String,
    /// Development or production.
    pub environment: InstanceEnvironment,
    /// `scheme://host[:port]`, without a trailing slash.
    pub origin: String,
    /// The authority of `origin`.
    pub host: String,
    /// The same, as requests are held against it; nothing where it is no host.
    pub authority: Option<Authority>,
    /// `pk_test_…` or `pk_live_…`.
    pub publishable_key: String,
    /// What distinguishes the cookies of this instance from those of others on the same site.
    pub cookie_suffix: String,
    /// The registrable domain of `origin`; nothing where cookies reach no other host.
    pub site: Option<String>,
    /// The application's own origin, recorded in development.
    pub home_origin: Option<String>,
    /// The settings.
    pub settings: Arc<InstanceSettings>,
    /// The version of the settings.
    pub settings_version: i64,
    /// A user whose rows are read in vain where an answer must not tell by its time whether there is somebody; found when it
    /// is first needed.
    pub decoy: Arc<OnceLock<UserId>>,
}

impl Instance {
    /// The `iss` of tokens.
    #[must_use]
    pub fn issuer(&self) -> &str {
        self.settings.issuer.as_deref().unwrap_or(&self.origin)
    }

    /// The absolute URL of the picture of somebody who has not set one. It is served by us: no call goes elsewhere.
    #[must_use]
    pub fn avatar_url(&self, user: &UserId) -> String {
        format!("{}/v1/avatars/{user}", self.origin)
    }

    /// Whether this is a development instance.
    #[must_use]
    pub fn is_development(&self) -> bool {
        self.environment == InstanceEnvironment::Development
    }

    /// Whether browsers reach this instance by https.
    #[must_use]
    pub fn is_secure(&self) -> bool {
        self.origin.starts_with("https://")
    }
}

/// How a client token came in, and therefore how a new one goes out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Transport {
    /// The `__client` cookie.
    #[default]
    Cookie,
    /// The `Authorization` header, both ways; no cookie is read or set.
    Native,
    /// A development browser's token in the query; a new one goes out in headers.
    DevBrowser(DevBrowserId),
}

/// Where a request comes from and how it speaks.
#[derive(Clone, Debug)]
pub struct RequestInfo {
    /// The peer, or what a trusted proxy says it is.
    pub address: IpAddr,
    /// The `Origin` header.
    pub origin: Option<String>,
    /// The dated API version, from header or query.
    pub api_version: Option<String>,
    /// Whether an SDK that may send fields we do not know sent it.
    pub is_clerk_js: bool,
    /// How the client token travels.
    pub transport: Transport,
    /// The session named by the request.
    pub session_id: Option<SessionId>,
    /// Names the request in logs and in errors.
    pub trace_id: String,
}

/// Who calls.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The instance that is called.
    pub instance: Arc<Instance>,
    /// Who it is.
    pub actor: Actor,
    /// Where the request comes from.
    pub request: RequestInfo,
    /// The caller's client as it was let in, for the length of a request; long-lived connections look again instead.
    pub client: Option<AdmittedClient>,
    /// The digest of the client token that a long-lived connection was opened with. The connection outlives that token's
    /// rotation, but gets no session token from then on: whoever planted the token may have opened it.
    pub opened_with: Option<String>,
}

/// What letting a client in has read of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdmittedClient {
    /// SHA-256 of the rotating part of the token that was shown. A change of the client that finds another one by then
    /// comes from somebody whose token has died meanwhile.
    pub rotating_digest: String,
    /// The session that acts when none is named.
    pub last_active_session_id: Option<SessionId>,
}

impl Caller {
    /// The same request by another actor.
    #[must_use]
    pub fn acting_as(&self, actor: Actor, client: Option<AdmittedClient>) -> Self {
        Self {
            actor,
            client,
            ..self.clone()
        }
    }

    /// The same caller for a long-lived connection, which remembers nothing that may change.
    #[must_use]
    pub fn for_long(self) -> Self {
        Self {
            opened_with: self.client.map(|client| client.rotating_digest),
            client: None,
            ..self
        }
    }

    /// The settings of the instance.
    #[must_use]
    pub fn settings(&self) -> &InstanceSettings {
        &self.instance.settings
    }
}
