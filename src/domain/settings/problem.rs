//! What is wrong with a setting, and how the sections collect it.
//!
//! Invariant: a problem names its setting by the dotted path under which the setting is stored.

use std::ops::RangeInclusive;
use url::Url;

/// One thing that is wrong with settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingProblem {
    /// The setting, as a dotted path: `session.maximum_lifetime_seconds`.
    pub param_name: String,
    /// What is wrong, as a sentence without the name.
    pub message: String,
    /// What was probably meant: a known key, or the canonical spelling of the value.
    pub nearest: Option<String>,
    /// Whether there is no such setting at all.
    pub is_unknown: bool,
}

/// Problems, collected while a document is checked.
#[derive(Debug, Default)]
pub(super) struct Problems(pub(super) Vec<SettingProblem>);

impl Problems {
    pub(super) fn add(&mut self, param_name: &str, message: impl Into<String>) {
        self.add_with_nearest(param_name, message, None);
    }

    pub(super) fn add_with_nearest(&mut self, param_name: &str, message: impl Into<String>, nearest: Option<String>) {
        self.0.push(SettingProblem {
            param_name: param_name.to_owned(),
            message: message.into(),
            nearest,
            is_unknown: false,
        });
    }

    pub(super) fn add_unknown(&mut self, param_name: &str, nearest: Option<String>) {
        self.0.push(SettingProblem {
            param_name: param_name.to_owned(),
            message: match &nearest {
                Some(nearest) => format!("is not a setting; did you mean {nearest}?"),
                None => "is not a setting".to_owned(),
            },
            nearest,
            is_unknown: true,
        });
    }

    pub(super) fn unless(&mut self, holds: bool, param_name: &str, message: &str) {
        if !holds {
            self.add(param_name, message);
        }
    }

    pub(super) fn within(&mut self, param_name: &str, value: u32, allowed: RangeInclusive<u32>) {
        if !allowed.contains(&value) {
            self.add(
                param_name,
                format!("must be between {} and {}", allowed.start(), allowed.end()),
            );
        }
    }

    /// A text that is shown to people: no control characters, and of some length.
    pub(super) fn readable(&mut self, param_name: &str, text: &str, maximum_characters: usize) {
        let length = text.trim().chars().count();
        if length == 0 || length > maximum_characters || text.chars().any(char::is_control) {
            self.add(
                param_name,
                format!("must be a text of 1 to {maximum_characters} characters on one line"),
            );
        }
    }
}

/// Parses an absolute http or https URL that carries no user name or password.
pub(super) fn web_url(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let is_plain = text
        .chars()
        .all(|character| character.is_ascii_graphic() && character != '\\');
    let is_web = matches!(url.scheme(), "http" | "https") && text.contains("://") && url.has_host();
    (is_plain && is_web && url.username().is_empty() && url.password().is_none()).then_some(url)
}
