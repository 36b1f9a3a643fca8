//! Where pages of the application are, and where people go after something is done.
//!
//! Invariant: each is an absolute http(s) URL or a path that stays on its origin, so that none can carry a script or
//! lead to a host by `//` or `/\`.

use super::problem::{Problems, web_url};
use serde::{Deserialize, Serialize};

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

impl PathSettings {
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
                "must be an absolute http(s) URL or a path that begins with one slash",
            );
        }
    }
}

fn is_redirect_target(text: &str) -> bool {
    let is_path = text.starts_with('/')
        && !text.starts_with("//")
        && text
            .chars()
            .all(|character| character.is_ascii_graphic() && character != '\\');
    is_path || web_url(text).is_some()
}
