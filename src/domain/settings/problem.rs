//! What is wrong with a setting, and how the sections collect it.
//!
//! Invariant: a problem names its setting by the dotted path under which the setting is stored, beside a sentence that can be
//! shown to people as it is.

use std::ops::RangeInclusive;
use url::Url;

/// One thing that is wrong with settings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SettingProblem {
    /// The setting, as a dotted path: `session.maximum_lifetime_seconds`.
    pub param_name: String,
    /// What is wrong, as a sentence for people, which names no setting by its path.
    pub message: String,
    /// What was probably meant: a known key, or the canonical spelling of the value.
    pub nearest: Option<String>,
    /// The least that the value, or its length in characters, may be.
    pub minimum: Option<u32>,
    /// The most that it may be.
    pub maximum: Option<u32>,
    /// The values that there are, where they are words.
    pub allowed: Vec<String>,
    /// Whether there is no such setting at all.
    pub is_unknown: bool,
}

impl SettingProblem {
    pub(super) fn new(param_name: &str, message: impl Into<String>) -> Self {
        Self {
            param_name: param_name.to_owned(),
            message: message.into(),
            ..Self::default()
        }
    }
}

/// Problems, collected while a document is checked.
#[derive(Debug, Default)]
pub(super) struct Problems(pub(super) Vec<SettingProblem>);

impl Problems {
    pub(super) fn push(&mut self, problem: SettingProblem) {
        self.0.push(problem);
    }

    pub(super) fn add(&mut self, param_name: &str, message: impl Into<String>) {
        self.push(SettingProblem::new(param_name, message));
    }

    pub(super) fn add_with_nearest(&mut self, param_name: &str, message: impl Into<String>, nearest: Option<String>) {
        self.push(SettingProblem {
            nearest,
            ..SettingProblem::new(param_name, message)
        });
    }

    pub(super) fn add_unknown(&mut self, param_name: &str, nearest: Option<String>) {
        self.push(SettingProblem {
            nearest,
            is_unknown: true,
            ..SettingProblem::new(param_name, "There is no such setting.")
        });
    }

    pub(super) fn unless(&mut self, holds: bool, param_name: &str, message: &str) {
        if !holds {
            self.add(param_name, message);
        }
    }

    pub(super) fn within(&mut self, param_name: &str, value: u32, allowed: RangeInclusive<u32>) {
        if !allowed.contains(&value) {
            let (minimum, maximum) = allowed.into_inner();
            let message = format!("The value must be between {minimum} and {maximum}.");
            self.push(SettingProblem {
                minimum: Some(minimum),
                maximum: Some(maximum),
                ..SettingProblem::new(param_name, message)
            });
        }
    }

    /// A longest length, which is at least the shortest one.
    pub(super) fn lengths(&mut self, param_name: &str, shortest: u32, longest: u32) {
        if longest < shortest {
            self.push(SettingProblem {
                minimum: Some(shortest),
                ..SettingProblem::new(param_name, "The longest length must not be less than the shortest one.")
            });
        }
    }

    /// A text that is shown to people: no control characters, and of some length.
    pub(super) fn readable(&mut self, param_name: &str, text: &str, maximum_characters: u32) {
        let length = u32::try_from(text.trim().chars().count()).unwrap_or(u32::MAX);
        if length == 0 || length > maximum_characters || text.chars().any(char::is_control) {
            let message = format!("The value must be a text of 1 to {maximum_characters} characters on one line.");
            self.push(SettingProblem {
                minimum: Some(1),
                maximum: Some(maximum_characters),
                ..SettingProblem::new(param_name, message)
            });
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
