//! Who calls, for which instance, with which settings, from where. Built once per request, the same for both faces.

use domain::{
    permission::Actor,
    settings::{
        InstanceSettings,
        path::{Home, Pages},
    },
};
use entity::{
    UnixMilliseconds,
    id::{DevBrowserId, InstanceId, SessionId, UserId},
    kind::InstanceEnvironment,
};
use std::{net::IpAddr, sync::Arc};
use url::{Host, Url};

// A part of an instance, which services make without knowing the configuration.
pub use crate::config::authority::Authority;

/// How many documents an instance trusts, and since when.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TrustedDocuments {
    /// How many there are.
    pub count: i32,
    /// When they last changed, in Unix milliseconds; nothing when there never were any.
    pub set_at: Option<UnixMilliseconds>,
}

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
    /// The documents that it trusts.
    pub documents: TrustedDocuments,
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

    /// Where pages are and where people go, for whoever asks from `asking`, an `Origin` that was let in.
    ///
    /// The application is where the question comes from, else where it was last seen in development, else at the first
    /// origin that the settings allow. One that is not allowed any more is nowhere.
    #[must_use]
    pub fn pages(&self, asking: Option<&str>) -> Pages {
        let allowed = self.settings.allowed_origins.iter().map(String::as_str);
        let application = asking
            .filter(|origin| self.is_application(origin))
            .or_else(|| self.remembered_application())
            .or_else(|| allowed.into_iter().find(|origin| self.is_application(origin)));
        self.settings.path.pages(Home {
            origin: application.unwrap_or(&self.origin),
            // In production pages of no other origin than this one may act, so what there is of an application is here,
            // behind the same proxy.
            is_application: application.is_some() || !self.is_development(),
        })
    }

    /// Whether a page of `origin` (the value of an `Origin` header) may act here: one of the instance's own origin, of those its
    /// settings list, and in development of any port of this machine.
    #[must_use]
    pub fn admits_page(&self, origin: &str) -> bool {
        origin == self.origin || self.settings.allows(origin) || (self.is_development() && is_local(origin))
    }

    /// Whether the application may be at `origin`: a web page's origin that the settings allow or, in development, another
    /// port of this machine.
    #[must_use]
    pub fn is_application(&self, origin: &str) -> bool {
        let Some(authority) = web_origin(origin) else {
            return false;
        };
        self.settings.allows(origin)
            || (self.is_development() && authority.is_loopback() && !self.is_this_server(origin, &authority))
    }

    /// Whether everybody may be led to `origin` because one request came from there. On the developer's machine, which
    /// nobody else reaches, every application may be; a server that others reach believes only what its settings list, since
    /// whoever is outside of a browser can send any `Origin`.
    #[must_use]
    pub fn can_be_remembered(&self, origin: &str) -> bool {
        let is_on_this_machine = self.authority.as_ref().is_some_and(Authority::is_loopback);
        self.is_application(origin) && (is_on_this_machine || self.settings.allows(origin))
    }

    /// Where the application was last seen, as long as that may be remembered.
    #[must_use]
    pub fn remembered_application(&self) -> Option<&str> {
        self.home_origin
            .as_deref()
            .filter(|origin| self.can_be_remembered(origin))
    }

    /// Whether a name of this machine leads to this server: every such name does by its port.
    fn is_this_server(&self, origin: &str, authority: &Authority) -> bool {
        let usual_port = if self.is_secure() { 443 } else { 80 };
        let own = self.authority.as_ref().filter(|own| own.is_loopback());
        origin == self.origin || own.is_some_and(|own| own.has_port_of(authority, usual_port))
    }

    /// Whether browsers reach this instance by https.
    #[must_use]
    pub fn is_secure(&self) -> bool {
        self.origin.starts_with("https://")
    }
}

/// `localhost`, a name under it (RFC 6761 section 6.3), 127.0.0.1 or `[::1]`, on any port, by http or https.
fn is_local(origin: &str) -> bool {
    let Ok(url) = Url::parse(origin) else { return false };
    // An `Origin` is exactly a scheme and an authority; anything more is not one.
    url.origin().ascii_serialization() == origin
        && matches!(url.scheme(), "http" | "https")
        && match url.host() {
            Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
            Some(Host::Ipv4(address)) => address == std::net::Ipv4Addr::LOCALHOST,
            Some(Host::Ipv6(address)) => address == std::net::Ipv6Addr::LOCALHOST,
            None => false,
        }
}

/// The authority of exactly a web page's origin, as browsers spell it (RFC 6454 section 6.2).
fn web_origin(text: &str) -> Option<Authority> {
    let url = Url::parse(text).ok()?;
    let is_web = matches!(url.scheme(), "http" | "https") && url.origin().ascii_serialization() == text;
    is_web.then(|| Authority::parse(url.authority())).flatten()
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
    /// Whether it was addressed to a host of the instance's site, so that the answer can set cookies for that.
    pub is_on_site: bool,
    /// How the client token travels.
    pub transport: Transport,
    /// The session named by the request.
    pub session_id: Option<SessionId>,
    /// Names the request in logs and in errors.
    pub trace_id: String,
    /// What to tell somebody unknown whose browser has kept back a cookie.
    pub cookie_advice: Option<String>,
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
    /// The client token that a long-lived connection was opened with. It ends with that token: whoever planted it may have opened
    /// the connection.
    pub opened_with: Option<ShownToken>,
}

/// A client token that somebody showed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownToken {
    /// SHA-256 of its rotating part. A change of the client that does not find it any more by then comes from somebody whose
    /// token has died meanwhile.
    pub digest: String,
    /// Whether it was the one from before somebody began to sign in or up here. What they began is not its holder's.
    pub is_former: bool,
}

/// What letting a client in has read of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdmittedClient {
    /// The token that was shown.
    pub token: ShownToken,
    /// The session that acts when none is named.
    pub last_active_session_id: Option<SessionId>,
    /// When it last changed, in Unix milliseconds; each change has a later one. Who finds the same by the lock of its row knows
    /// that nothing has happened to it since it was let in.
    pub updated_at: UnixMilliseconds,
}

impl Caller {
    /// What a developer is to be told whose page has sent no cookie; nothing once somebody is known.
    #[must_use]
    pub fn cookie_advice(&self) -> Option<&str> {
        match self.actor {
            Actor::Anonymous => self.request.cookie_advice.as_deref(),
            Actor::Client { .. } | Actor::SessionToken(_) | Actor::SecretKey { .. } => None,
        }
    }

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
            opened_with: self.client.map(|client| client.token),
            client: None,
            ..self
        }
    }

    /// The client token that let the caller in; nothing if none did.
    #[must_use]
    pub fn token(&self) -> Option<&ShownToken> {
        let admitted = self.client.as_ref().map(|client| &client.token);
        admitted.or(self.opened_with.as_ref())
    }

    /// Where pages are and where people go, as this caller is told.
    #[must_use]
    pub fn pages(&self) -> Pages {
        self.instance.pages(self.request.origin.as_deref())
    }

    /// Everything about a client on a connection that stays open that an answer to it may depend on, but for what changes: two of whom
    /// it is the same are answered alike. Nothing for other callers, whose credential ends by time, or of whom a session is asked for.
    #[must_use]
    pub fn likeness(&self) -> Option<String> {
        let Self {
            instance,
            actor,
            request,
            client: None,
            opened_with,
        } = self
        else {
            return None;
        };
        let RequestInfo {
            address,
            origin,
            api_version,
            is_clerk_js,
            is_on_site,
            transport,
            session_id: None,
            // It names a request, and what is to be told to somebody unknown.
            trace_id: _,
            cookie_advice: _,
        } = request
        else {
            return None;
        };
        let token = opened_with.as_ref().map(|token| (&token.digest, token.is_former));
        let request = (address, origin, api_version, is_clerk_js, is_on_site);
        let transport = match transport {
            Transport::Cookie => "cookie".to_owned(),
            Transport::Native => "native".to_owned(),
            Transport::DevBrowser(id) => id.to_string(),
        };
        let client = actor.client_id()?.to_string();
        serde_json::to_string(&(instance.id.to_string(), client, token, request, transport)).ok()
    }

    /// The settings of the instance.
    #[must_use]
    pub fn settings(&self) -> &InstanceSettings {
        &self.instance.settings
    }

    /// Whether nobody shall learn from this instance who has an account.
    #[must_use]
    pub fn conceals_accounts(&self) -> bool {
        self.instance.settings.attack_protection.enumeration_protection
    }
}

#[cfg(test)]
mod tests {
    use super::{Authority, Caller, Instance, RequestInfo, ShownToken, Transport, TrustedDocuments, is_local};
    use domain::{permission::Actor, settings::InstanceSettings};
    use entity::{id::TypedId as _, kind::InstanceEnvironment};
    use std::sync::Arc;

    fn instance(environment: InstanceEnvironment, origin: &str) -> Instance {
        let host = origin.split_once("://").unwrap().1.to_owned();
        let settings = InstanceSettings {
            allowed_origins: vec![
                "https://app.example.com".to_owned(),
                "chrome-extension://abc".to_owned(),
            ],
            ..InstanceSettings::default()
        };
        Instance {
            id: entity::id::InstanceId::generate(0, [0; 15]),
            application_name: "Acme".to_owned(),
            slug: "acme".to_owned(),
            environment,
            origin: origin.to_owned(),
            authority: Authority::parse(&host),
            host,
            publishable_key: "pk_test_x".to_owned(),
            cookie_suffix: "abcdefgh".to_owned(),
            site: None,
            home_origin: None,
            settings: Arc::new(settings),
            settings_version: 1,
            documents: TrustedDocuments::default(),
        }
    }

    #[test]
    fn an_application_is_a_web_page_that_is_listed_or_in_development_on_this_machine() {
        let development = instance(InstanceEnvironment::Development, "http://localhost:4000");
        let production = instance(InstanceEnvironment::Production, "https://auth.example.com");
        for (origin, in_development, in_production) in [
            ("https://app.example.com", true, true),
            ("http://localhost:3000", true, false),
            ("https://app.localhost:8443", true, false),
            ("http://[::1]:3000", true, false),
            ("http://localhost", true, false),
            ("https://evil.example", false, false),
            ("chrome-extension://abc", false, false),
            ("null", false, false),
            ("", false, false),
            ("javascript:alert(1)", false, false),
            ("https://app.example.com/", false, false),
            ("https://user@app.example.com", false, false),
            ("http://localhost:3000/path", false, false),
        ] {
            assert_eq!(development.is_application(origin), in_development, "{origin}");
            assert_eq!(production.is_application(origin), in_production, "{origin}");
        }
    }

    #[test]
    fn every_name_of_this_machine_at_the_servers_port_is_the_server() {
        let usual = instance(InstanceEnvironment::Development, "http://localhost:4000");
        for name in ["localhost", "127.0.0.1", "[::1]", "app.localhost"] {
            assert!(!usual.is_application(&format!("http://{name}:4000")), "{name}");
            assert!(usual.is_application(&format!("http://{name}:4001")), "{name}");
        }
        let bare = instance(InstanceEnvironment::Development, "http://localhost");
        assert!(!bare.is_application("http://127.0.0.1"));
        assert!(bare.is_application("http://127.0.0.1:81"));
        let remote = instance(InstanceEnvironment::Development, "https://dev.example.com");
        assert!(!remote.is_application("https://dev.example.com"));
        assert!(remote.is_application("https://localhost"));
    }

    fn caller() -> Caller {
        Caller {
            instance: Arc::new(instance(InstanceEnvironment::Development, "http://localhost:4000")),
            actor: Actor::Client {
                client_id: entity::id::ClientId::generate(0, [0; 15]),
            },
            request: RequestInfo {
                address: [127, 0, 0, 1].into(),
                origin: None,
                api_version: None,
                is_clerk_js: false,
                is_on_site: true,
                transport: Transport::Cookie,
                session_id: None,
                trace_id: "one".to_owned(),
                cookie_advice: None,
            },
            client: None,
            opened_with: Some(ShownToken {
                digest: "digest".to_owned(),
                is_former: false,
            }),
        }
    }

    #[test]
    fn two_callers_are_alike_who_differ_in_nothing_but_the_name_of_their_request() {
        let other = |change: &dyn Fn(&mut Caller)| {
            let mut other = caller();
            change(&mut other);
            other.likeness()
        };
        let own = caller().likeness();
        assert!(own.is_some());
        assert_eq!(other(&|caller| caller.request.trace_id = "another".to_owned()), own);
        let changes: [&dyn Fn(&mut Caller); 9] = [
            &|caller| {
                caller.actor = Actor::Client {
                    client_id: entity::id::ClientId::generate(0, [1; 15]),
                }
            },
            &|caller| Arc::make_mut(&mut caller.instance).id = entity::id::InstanceId::generate(0, [1; 15]),
            &|caller| caller.request.address = [127, 0, 0, 2].into(),
            &|caller| caller.request.origin = Some(String::new()),
            &|caller| caller.request.api_version = Some(String::new()),
            &|caller| caller.request.is_clerk_js = true,
            &|caller| caller.request.is_on_site = false,
            &|caller| caller.request.transport = Transport::Native,
            &|caller| caller.opened_with.as_mut().unwrap().is_former = true,
        ];
        for (number, change) in changes.into_iter().enumerate() {
            let other = other(change);
            assert!(other.is_some() && other != own, "{number}");
        }
        assert_ne!(
            other(&|caller| caller.opened_with.as_mut().unwrap().digest = "x".to_owned()),
            own
        );
    }

    #[test]
    fn who_is_no_client_or_asks_for_a_session_is_like_nobody() {
        let mut anonymous = caller();
        anonymous.actor = Actor::Anonymous;
        assert_eq!(anonymous.likeness(), None);
        let mut of_session = caller();
        of_session.request.session_id = Some(entity::id::SessionId::generate(0, [0; 15]));
        assert_eq!(of_session.likeness(), None);
    }

    #[test]
    fn this_machine_is_local_on_any_port() {
        for origin in [
            "http://localhost",
            "http://localhost:3000",
            "https://app.localhost:8443",
            "http://127.0.0.1:5173",
            "http://[::1]:80",
        ] {
            // The default port of the scheme is never written in an `Origin`.
            assert_eq!(is_local(origin), !origin.ends_with(":80"), "{origin}");
        }
    }

    #[test]
    fn what_only_looks_local_is_not() {
        for origin in [
            "null",
            "",
            "http://localhost.evil.example",
            "http://evil.example?localhost",
            "http://localhost:3000/",
            "http://user@localhost",
            "http://127.0.0.2",
            "http://127.1",
            "http://2130706433",
            "file://localhost",
            "http://localhost:3000\\@evil.example",
            "http://evillocalhost",
        ] {
            assert!(!is_local(origin), "{origin}");
        }
    }
}
