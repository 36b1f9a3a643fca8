//! Where pages of the application are, and where people go after something is done.
//!
//! Invariant: each is an absolute http(s) URL or a path that stays on its origin, so that none can carry a script or
//! lead to a host by `//` or `/\`.

use super::problem::{Problems, web_url};
use serde::{Deserialize, Serialize};
use url::Url;

/// Paths and redirects. `None` leaves the choice to the server.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PathSettings {
    /// The application's home page.
    pub home_url: Option<String>,
    /// The page for signing in.
    pub sign_in_url: Option<String>,
    /// The page for signing up.
    pub sign_up_url: Option<String>,
    /// The page of one's own profile.
    pub user_profile_url: Option<String>,
    /// The page of an organization's profile.
    pub organization_profile_url: Option<String>,
    /// The page for creating an organization.
    pub create_organization_url: Option<String>,
    /// Where signing in leads.
    pub after_sign_in_url: Option<String>,
    /// Where signing up leads.
    pub after_sign_up_url: Option<String>,
    /// Where signing out of one of several sessions leads.
    pub after_sign_out_one_url: Option<String>,
    /// Where signing out of all sessions leads.
    pub after_sign_out_all_url: Option<String>,
    /// Where switching sessions leads.
    pub after_switch_session_url: Option<String>,
    /// Where leaving an organization leads.
    pub after_leave_organization_url: Option<String>,
    /// Where creating an organization leads.
    pub after_create_organization_url: Option<String>,
}

/// Where an instance's people are led, as far as no setting says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Home<'a> {
    /// `scheme://host[:port]`.
    pub origin: &'a str,
    /// Whether the application is there. Otherwise nobody knows where it is, and this is the server's own origin, which
    /// has a page for the beginning and no page for signing in.
    pub is_application: bool,
}

/// Where pages are and where people go, each as an absolute URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pages {
    /// The application's home page.
    pub home_url: String,
    /// The page for signing in.
    pub sign_in_url: String,
    /// The page for signing up.
    pub sign_up_url: String,
    /// The page of one's own profile.
    pub user_profile_url: String,
    /// The page of an organization's profile.
    pub organization_profile_url: String,
    /// The page for creating an organization.
    pub create_organization_url: String,
    /// Where signing in leads.
    pub after_sign_in_url: String,
    /// Where signing up leads.
    pub after_sign_up_url: String,
    /// Where signing out of one of several sessions leads.
    pub after_sign_out_one_url: String,
    /// Where signing out of all sessions leads.
    pub after_sign_out_all_url: String,
    /// Where switching sessions leads.
    pub after_switch_session_url: String,
    /// Where leaving an organization leads.
    pub after_leave_organization_url: String,
    /// Where creating an organization leads.
    pub after_create_organization_url: String,
}

impl PathSettings {
    /// Where pages are and where people go: what is set, else the application's page of the usual name, else its home.
    /// Organizations have no page that anybody could be led to unless one is set, since there are none.
    #[must_use]
    pub fn pages(&self, home: Home<'_>) -> Pages {
        let home_url = absolute(home.origin, self.home_url.as_deref()).unwrap_or_else(|| home.origin.to_owned());
        let is_application = home.is_application || self.home_url.as_deref().is_some_and(|set| !set.starts_with('/'));
        let target = |set: &Option<String>| absolute(&home_url, set.as_deref()).unwrap_or_else(|| home_url.clone());
        let page = |set: &Option<String>, usual: &str| {
            let usual = is_application.then_some(usual);
            absolute(&home_url, set.as_deref().or(usual)).unwrap_or_else(|| home_url.clone())
        };
        let sign_in_url = page(&self.sign_in_url, "/sign-in");
        Pages {
            after_sign_out_all_url: absolute(&home_url, self.after_sign_out_all_url.as_deref())
                .unwrap_or_else(|| sign_in_url.clone()),
            sign_in_url,
            sign_up_url: page(&self.sign_up_url, "/sign-up"),
            user_profile_url: page(&self.user_profile_url, "/user"),
            organization_profile_url: target(&self.organization_profile_url),
            create_organization_url: target(&self.create_organization_url),
            after_sign_in_url: target(&self.after_sign_in_url),
            after_sign_up_url: target(&self.after_sign_up_url),
            after_sign_out_one_url: target(&self.after_sign_out_one_url),
            after_switch_session_url: target(&self.after_switch_session_url),
            after_leave_organization_url: target(&self.after_leave_organization_url),
            after_create_organization_url: target(&self.after_create_organization_url),
            home_url,
        }
    }

    pub(super) fn check(&self, problems: &mut Problems) {
        for (path, target) in [
            ("path.home_url", &self.home_url),
            ("path.sign_in_url", &self.sign_in_url),
            ("path.sign_up_url", &self.sign_up_url),
            ("path.user_profile_url", &self.user_profile_url),
            ("path.organization_profile_url", &self.organization_profile_url),
            ("path.create_organization_url", &self.create_organization_url),
            ("path.after_sign_in_url", &self.after_sign_in_url),
            ("path.after_sign_up_url", &self.after_sign_up_url),
            ("path.after_sign_out_one_url", &self.after_sign_out_one_url),
            ("path.after_sign_out_all_url", &self.after_sign_out_all_url),
            ("path.after_switch_session_url", &self.after_switch_session_url),
            ("path.after_leave_organization_url", &self.after_leave_organization_url),
            (
                "path.after_create_organization_url",
                &self.after_create_organization_url,
            ),
        ] {
            let is_target = target.as_deref().is_none_or(is_redirect_target);
            problems.unless(
                is_target,
                path,
                "The value must be an absolute URL by http or https, or a path that begins with one slash.",
            );
        }
    }
}

/// A setting, which is an absolute URL or a path, as an absolute URL: SDKs navigate to it from pages of other origins.
fn absolute(base: &str, setting: Option<&str>) -> Option<String> {
    let setting = setting?;
    if !setting.starts_with('/') {
        return Some(setting.to_owned());
    }
    Some(Url::parse(base).ok()?.join(setting).ok()?.into())
}

fn is_redirect_target(text: &str) -> bool {
    let is_path = text.starts_with('/')
        && !text.starts_with("//")
        && text
            .chars()
            .all(|character| character.is_ascii_graphic() && character != '\\');
    is_path || web_url(text).is_some()
}

#[cfg(test)]
mod tests {
    use super::{Home, Pages, PathSettings};

    const APPLICATION: Home<'_> = Home {
        origin: "http://localhost:3000",
        is_application: true,
    };
    const OURS: Home<'_> = Home {
        origin: "http://localhost:4000",
        is_application: false,
    };

    fn all(pages: &Pages) -> [&str; 13] {
        [
            &pages.home_url,
            &pages.sign_in_url,
            &pages.sign_up_url,
            &pages.user_profile_url,
            &pages.organization_profile_url,
            &pages.create_organization_url,
            &pages.after_sign_in_url,
            &pages.after_sign_up_url,
            &pages.after_sign_out_one_url,
            &pages.after_sign_out_all_url,
            &pages.after_switch_session_url,
            &pages.after_leave_organization_url,
            &pages.after_create_organization_url,
        ]
    }

    #[test]
    fn without_settings_pages_have_their_usual_names_at_the_application() {
        let pages = PathSettings::default().pages(APPLICATION);
        assert_eq!(pages.home_url, "http://localhost:3000");
        assert_eq!(pages.sign_in_url, "http://localhost:3000/sign-in");
        assert_eq!(pages.sign_up_url, "http://localhost:3000/sign-up");
        assert_eq!(pages.user_profile_url, "http://localhost:3000/user");
        assert_eq!(pages.after_sign_out_all_url, pages.sign_in_url);
        for target in [
            pages.organization_profile_url,
            pages.create_organization_url,
            pages.after_sign_in_url,
            pages.after_sign_out_one_url,
        ] {
            assert_eq!(target, "http://localhost:3000");
        }
    }

    #[test]
    fn while_nobody_knows_the_application_everything_leads_to_the_one_page_that_is_there() {
        let pages = PathSettings::default().pages(OURS);
        assert_eq!(all(&pages), [OURS.origin; 13]);
    }

    #[test]
    fn what_is_set_is_kept_and_paths_belong_to_the_home_page() {
        let settings = PathSettings {
            home_url: Some("https://app.example.com/start".to_owned()),
            sign_in_url: Some("/login".to_owned()),
            after_sign_in_url: Some("https://other.example.com/".to_owned()),
            after_sign_out_all_url: Some("/bye".to_owned()),
            create_organization_url: Some("/teams/new".to_owned()),
            ..PathSettings::default()
        };
        for home in [APPLICATION, OURS] {
            let pages = settings.pages(home);
            assert_eq!(pages.home_url, "https://app.example.com/start");
            assert_eq!(pages.sign_in_url, "https://app.example.com/login");
            assert_eq!(pages.sign_up_url, "https://app.example.com/sign-up");
            assert_eq!(pages.after_sign_in_url, "https://other.example.com/");
            assert_eq!(pages.after_sign_up_url, "https://app.example.com/start");
            assert_eq!(pages.after_sign_out_all_url, "https://app.example.com/bye");
            assert_eq!(pages.create_organization_url, "https://app.example.com/teams/new");
        }
        let path_only = PathSettings {
            home_url: Some("/start".to_owned()),
            ..PathSettings::default()
        };
        assert_eq!(path_only.pages(OURS).sign_in_url, "http://localhost:4000/start");
        assert_eq!(
            path_only.pages(APPLICATION).sign_in_url,
            "http://localhost:3000/sign-in"
        );
    }
}
