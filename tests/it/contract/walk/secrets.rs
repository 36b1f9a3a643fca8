//! What people were told and may say again: codes by mail, apps and codes that stand in for them. Each server made its own, so that a
//! step says which one it means, and each walker says its own.

use crate::support::{Authenticator, TestServer};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// What a walker says in a parameter.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Given {
    Text(String),
    /// An identifier, by the name that our server has for it.
    Id(String),
    /// The code of a mail to an address, counted from the newest.
    Mailed {
        address: String,
        back: usize,
    },
    /// What a user's app shows so many steps from now.
    App {
        user: String,
        steps: i64,
    },
    /// One of the codes that a user was given last.
    Backup {
        user: String,
        index: usize,
    },
}

/// A code that is always wrong, but for one walk in a million.
pub(super) const WRONG_CODE: &str = "000000";

/// The secrets of one server's people. Users go by the identifiers of ours.
#[derive(Default)]
pub(super) struct Secrets {
    mailed: Vec<(String, String)>,
    apps: BTreeMap<String, Authenticator>,
    backup: BTreeMap<String, Vec<String>>,
    /// Codes that were taken: of an app with its step.
    used: BTreeSet<(String, i64)>,
}

impl Secrets {
    pub(super) fn keep_mail(&mut self, address: &str, code: &str) {
        self.mailed.push((address.to_owned(), code.to_owned()));
    }

    /// Keeps what a resource of `user` shows of secrets.
    pub(super) fn keep_shown(&mut self, user: &str, resource: &Value) {
        if let Some(secret) = resource["secret"].as_str() {
            self.apps.insert(user.to_owned(), Authenticator::of(secret));
        }
        let codes = resource["backupCodes"]
            .as_array()
            .or_else(|| resource["backup_codes"].as_array());
        if let Some(codes) = codes.or_else(|| resource["codes"].as_array()) {
            let codes = codes.iter().map(|code| code.as_str().unwrap().to_owned());
            self.backup.insert(user.to_owned(), codes.collect());
        }
    }

    pub(super) fn has_app(&self, user: &str) -> bool {
        self.apps.contains_key(user)
    }

    /// How many codes a user was given last.
    pub(super) fn backup_codes(&self, user: &str) -> usize {
        self.backup.get(user).map_or(0, Vec::len)
    }

    /// The text to say; a wrong code where there is none yet.
    pub(super) fn say(&self, given: &Given, server: &TestServer, name: impl Fn(&str) -> String) -> String {
        let said = match given {
            Given::Text(text) => Some(text.clone()),
            Given::Id(id) => Some(name(id)),
            Given::Mailed { address, back } => {
                let mut sent = self.mailed.iter().rev().filter(|(to, _)| to == address);
                sent.nth(*back).map(|(_, code)| code.clone())
            }
            Given::App { user, steps } => self.apps.get(user).map(|app| app.code(server, *steps)),
            Given::Backup { user, index } => self.backup.get(user).and_then(|codes| codes.get(*index)).cloned(),
        };
        said.unwrap_or_else(|| WRONG_CODE.to_owned())
    }

    /// Whether what is given was taken before.
    pub(super) fn is_used(&self, given: &Given, now: i64) -> bool {
        used_as(given, now).is_some_and(|used| self.used.contains(&used))
    }

    /// Remembers that it was taken.
    pub(super) fn use_up(&mut self, given: &Given, now: i64) {
        self.used.extend(used_as(given, now));
    }
}

fn used_as(given: &Given, now: i64) -> Option<(String, i64)> {
    match given {
        Given::App { user, steps } => Some((format!("app of {user}"), now / 30_000 + steps)),
        // New codes of the same user begin with one that is counted as used, which makes a walk less telling and never wrong.
        Given::Backup { user, index } => Some((format!("codes of {user}"), i64::try_from(*index).unwrap())),
        _ => None,
    }
}
