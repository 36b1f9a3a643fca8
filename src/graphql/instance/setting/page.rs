//! Where pages are, where people go, and from whom e-mail comes.
//!
//! Invariant: what pages see are absolute URLs; what is set may be paths, or nothing.

use super::mirror::section;
use crate::scalar::Text;
use async_graphql::SimpleObject;
use domain::settings::{email, path};

/// Where pages are and where people go after something is done, as absolute URLs: what the settings say, else the pages
/// of the usual names at the application.
#[derive(Clone, Debug, SimpleObject)]
pub struct Paths {
    /// The application's home page.
    pub home_url: Text,
    /// The page for signing in.
    pub sign_in_url: Text,
    /// The page for signing up.
    pub sign_up_url: Text,
    /// The page of one's own profile.
    pub user_profile_url: Text,
    /// Where signing in leads.
    pub after_sign_in_url: Text,
    /// Where signing up leads.
    pub after_sign_up_url: Text,
    /// Where signing out of one of several sessions leads.
    pub after_sign_out_one_url: Text,
    /// Where signing out of all sessions leads.
    pub after_sign_out_all_url: Text,
    /// Where switching sessions leads.
    pub after_switch_session_url: Text,
}

impl From<&path::Pages> for Paths {
    fn from(pages: &path::Pages) -> Self {
        Self {
            home_url: pages.home_url.as_str().into(),
            sign_in_url: pages.sign_in_url.as_str().into(),
            sign_up_url: pages.sign_up_url.as_str().into(),
            user_profile_url: pages.user_profile_url.as_str().into(),
            after_sign_in_url: pages.after_sign_in_url.as_str().into(),
            after_sign_up_url: pages.after_sign_up_url.as_str().into(),
            after_sign_out_one_url: pages.after_sign_out_one_url.as_str().into(),
            after_sign_out_all_url: pages.after_sign_out_all_url.as_str().into(),
            after_switch_session_url: pages.after_switch_session_url.as_str().into(),
        }
    }
}

section! {
    /// Where pages are and where people go after something is done: absolute http(s) URLs, or paths that begin with one
    /// slash. Null leaves the choice to the server.
    PathSettings / PathSettingsInput of path::PathSettings {
        /// The application's home page.
        home_url: Option<Text>,
        /// The page for signing in.
        sign_in_url: Option<Text>,
        /// The page for signing up.
        sign_up_url: Option<Text>,
        /// The page of one's own profile.
        user_profile_url: Option<Text>,
        /// The page of an organization's profile.
        organization_profile_url: Option<Text>,
        /// The page for creating an organization.
        create_organization_url: Option<Text>,
        /// Where signing in leads.
        after_sign_in_url: Option<Text>,
        /// Where signing up leads.
        after_sign_up_url: Option<Text>,
        /// Where signing out of one of several sessions leads.
        after_sign_out_one_url: Option<Text>,
        /// Where signing out of all sessions leads.
        after_sign_out_all_url: Option<Text>,
        /// Where switching sessions leads.
        after_switch_session_url: Option<Text>,
        /// Where leaving an organization leads.
        after_leave_organization_url: Option<Text>,
        /// Where creating an organization leads.
        after_create_organization_url: Option<Text>,
    }
}

section! {
    /// From whom e-mail comes. Null leaves the choice to the server.
    EmailSettings / EmailSettingsInput of email::EmailSettings {
        /// The sender's name.
        from_name: Option<String>,
        /// The sender's address.
        from_address: Option<String>,
    }
}
