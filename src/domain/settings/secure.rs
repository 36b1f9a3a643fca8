//! What a production instance must not be reached by: whoever is on the way reads and writes what travels by http.
//!
//! Invariant: this machine is exempt, since nobody is on the way to it.

use super::{InstanceSettings, SettingProblem, problem::Problems};
use url::{Host, Url};

/// Whether `origin` is one by http on another machine. An origin of another scheme (an extension's) is none.
#[must_use]
pub fn is_insecure(origin: &str) -> bool {
    Url::parse(origin).is_ok_and(|url| {
        url.scheme() == "http"
            && match url.host() {
                Some(Host::Domain(name)) => name != "localhost" && !name.ends_with(".localhost"),
                Some(Host::Ipv4(address)) => !address.is_loopback(),
                Some(Host::Ipv6(address)) => !address.is_loopback(),
                None => true,
            }
    })
}

impl InstanceSettings {
    /// What in these settings is by http on another machine: no rule of theirs, but one of production instances.
    #[must_use]
    pub fn insecure(&self) -> Vec<SettingProblem> {
        let mut problems = Problems::default();
        let message = |text: &str| format!("A production instance must be reached by https, and {text:?} is not.");
        if let Some(issuer) = self.issuer.as_deref().filter(|issuer| is_insecure(issuer)) {
            problems.add("issuer", message(issuer));
        }
        for origin in self.allowed_origins.iter().filter(|origin| is_insecure(origin)) {
            problems.add("allowed_origins", message(origin));
        }
        problems.0
    }
}

#[cfg(test)]
mod tests {
    use super::is_insecure;
    use crate::settings::InstanceSettings;

    #[test]
    fn only_what_somebody_can_be_in_the_way_of_is_insecure() {
        for origin in [
            "http://auth.example.com",
            "http://10.0.0.7:4000",
            "http://localhost.example.com",
            "http://[2001:db8::1]",
        ] {
            assert!(is_insecure(origin), "{origin}");
        }
        for origin in [
            "https://auth.example.com",
            "http://localhost:4000",
            "http://app.localhost",
            "http://127.0.0.1:4000",
            "http://[::1]:4000",
            "chrome-extension://abcdef",
            "capacitor://localhost",
        ] {
            assert!(!is_insecure(origin), "{origin}");
        }
    }

    #[test]
    fn each_insecure_setting_is_named() {
        let settings = InstanceSettings {
            issuer: Some("http://auth.example.com".to_owned()),
            allowed_origins: [
                "http://localhost:3000",
                "http://app.example.com",
                "https://app.example.com",
            ]
            .map(str::to_owned)
            .into(),
            ..InstanceSettings::default()
        };
        let names: Vec<_> = settings
            .insecure()
            .into_iter()
            .map(|problem| problem.param_name)
            .collect();
        assert_eq!(names, ["issuer", "allowed_origins"]);
        assert_eq!(settings.problems(), [], "elsewhere they are allowed");
    }
}
